"""COPY FROM STDIN: rows of a client into a table of its workspace, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import pyarrow as pa

from workspaces.pgwire.messages import backend
from workspaces.pgwire.session import transactions
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.copy_columns import positions_of, quoted_chain
from workspaces.pgwire.session.portal import Reply
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_binary import BinaryReader
from workspaces.pgwire.values.copy_errors import CopyDataError
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind
from workspaces.pgwire.values.copy_lines import LineReader
from workspaces.pgwire.values.copy_targets import TargetColumn, engine_type_of
from workspaces.pgwire.values.types import postgres_type
from workspaces.services.compile_sql import Compiled
from workspaces.services.load_rows import RowLoader
from workspaces.services.run_query import Query
from workspaces.sql.statement import Chain, Copy, StatementKind


class Reader(Protocol):
    """What makes batches with columns c0, c1 ... of the bytes of a COPY; all raise CopyDataError."""

    line: int

    def feed(self, data: bytes) -> Iterator[pa.RecordBatch]: ...

    def finish(self) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True)
class Target:
    """A table, its columns that get values, and the condition of COPY ... WHERE as written."""

    chain: Chain
    columns: tuple[TargetColumn, ...]
    where: str | None = None

    @property
    def name(self) -> str:
        return self.chain[-1]


def copy_in(context: Context, compiled: Compiled, copy: Copy, form: CopyFormat) -> Reply:
    """Raises SqlFault; what was written is undone with the transaction then."""
    assert copy.target is not None  # noqa: S101 - the other direction has queries
    if context.block.read_only:
        raise SqlFault("25006", "cannot execute COPY FROM in a read-only transaction")
    target = _target(context, compiled, copy)
    form = _resolved(form, target)
    context.sql.check_room(StatementKind.INSERT)
    transactions.begin_implicit(context)
    context.block.writes += 1
    formats = [form.wire_code] * len(target.columns)
    context.output.write(backend.copy_in_response(overall_format=form.wire_code, column_formats=formats))
    is_binary = form.kind is CopyKind.BINARY
    reader: Reader = BinaryReader(target.columns) if is_binary else LineReader(target.columns, form)
    count = _load(context, target, reader)
    return Reply(f"COPY {count}", count=count)


def _load(context: Context, target: Target, reader: Reader) -> int:
    writer = _Writer(context, target)
    try:
        for data in context.input.copy_data(context.output):
            for batch in reader.feed(data):
                writer.write(batch)
        for batch in reader.finish():
            writer.write(batch)
        writer.finish()
    except CopyDataError as error:
        place = f"COPY {target.name}, {error.place}" if error.place else f"COPY {target.name}"
        raise SqlFault(error.sqlstate, error.message, hint=error.hint, context=place) from error
    finally:
        writer.close()
    return writer.count


class _Writer:
    """Batches into the table; their columns may change from typed values to text that the engine casts."""

    def __init__(self, context: Context, target: Target) -> None:
        self.count = 0
        self._context = context
        self._target = target
        self._schema: pa.Schema | None = None
        self._loader: RowLoader | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        self._context.output.flush()
        self._context.sql.check_room(StatementKind.INSERT)
        if self._loader is None or batch.schema != self._schema:
            self.finish()
            self.close()
            self._schema = batch.schema
            sql, columns = _insert(self._context, self._target, batch.schema)
            self._loader = self._context.sql.loader(sql, columns=columns)
        self._loader.append(batch)
        self.count += batch.num_rows

    def finish(self) -> None:
        if self._loader is not None:
            self._loader.finish()

    def close(self) -> None:
        if self._loader is not None:
            self._loader.close()
            self._loader = None


def _insert(context: Context, target: Target, schema: pa.Schema) -> tuple[str, dict[str, str]]:
    """The statement that takes batches of a schema, and the columns of its source."""
    types = {field.name: engine_type_of(field.type) for field in schema}
    chosen = []
    for name, column in zip(types, target.columns, strict=True):
        value = f"CAST({name} AS JSON)" if column.is_json_shaped else name
        chosen.append(value)
    names = ", ".join(quoted_chain((column.name,)) for column in target.columns)
    source = f"SELECT {', '.join(chosen)} FROM {RowLoader.SOURCE}"  # noqa: S608 - names of ours
    sql = f"INSERT INTO {quoted_chain(target.chain)} ({names}) {source}"  # noqa: S608 - quoted names
    return context.compiler.compile(sql).text, types


def _target(context: Context, compiled: Compiled, copy: Copy) -> Target:
    """The table and its columns, if rows can go there. Raises SqlFault."""
    assert copy.target is not None  # noqa: S101 - as above
    whole = context.compiler.compile(f"SELECT * FROM {quoted_chain(copy.target)}")  # noqa: S608 - quoted
    query = context.sql.prepare(whole.text, whole.tokens)
    known = [TargetColumn(each.name, each.type, postgres_type(each.type)) for each in query.columns]
    query.close()
    names = [column.name for column in known]
    wanted = positions_of(copy.columns or ("*",), names, table=copy.target[-1])
    where = None if copy.where is None else compiled.user_text[copy.where[0] : copy.where[1]]
    made = Target(copy.target, tuple(known[position] for position in wanted), where)
    return _writable(context, made, is_chosen=bool(copy.columns))


def _writable(context: Context, target: Target, *, is_chosen: bool) -> Target:
    """The target, without generated columns where the client named none."""
    try:
        _try_insert(context, target.chain, target.columns)
        return target
    except SqlFault as fault:
        if "generated column" not in fault.message:
            raise _refusal(fault, target) from fault
    plain = [column for column in target.columns if _takes_values(context, target.chain, column)]
    if is_chosen:
        wrong = next(column for column in target.columns if column not in plain)
        raise SqlFault(
            "42P10", f'column "{wrong.name}" is a generated column', detail="Generated columns cannot be used in COPY."
        )
    return replace(target, columns=tuple(plain))


def _takes_values(context: Context, chain: Chain, column: TargetColumn) -> bool:
    try:
        _try_insert(context, chain, [column])
    except SqlFault:
        return False
    return True


def _try_insert(context: Context, chain: Chain, columns: Sequence[TargetColumn]) -> None:
    names = ", ".join(quoted_chain((column.name,)) for column in columns)
    nulls = ", ".join(["NULL"] * len(columns))
    sql = f"INSERT INTO {quoted_chain(chain)} ({names}) SELECT {nulls}"  # noqa: S608 - quoted names
    made = context.compiler.compile(sql)
    query: Query = context.sql.prepare(made.text, made.tokens)
    query.close()


def _refusal(fault: SqlFault, target: Target) -> SqlFault:
    if "is not an table" in fault.message or fault.sqlstate == "42809":
        return SqlFault("42809", f'cannot copy to view "{target.name}"')
    return fault.moved(None)


def _resolved(form: CopyFormat, target: Target) -> CopyFormat:
    """The format with names of columns as they are in the table."""
    if form.kind is not CopyKind.CSV:
        return form
    names = [column.name for column in target.columns]

    def spelled(wanted: tuple[str, ...], option: str) -> tuple[str, ...]:
        return tuple(names[position] for position in positions_of(wanted, names, option=option))

    return replace(
        form,
        force_null=spelled(form.force_null, "FORCE_NULL"),
        force_not_null=spelled(form.force_not_null, "FORCE_NOT_NULL"),
    )
