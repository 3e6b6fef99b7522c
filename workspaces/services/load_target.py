"""The table that rows of a client go into: which columns take values, and the statement that takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from storage.engine.sql import quote_identifier
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_targets import TargetColumn
from workspaces.pgwire.values.types import postgres_type
from workspaces.services.column_choice import positions_of
from workspaces.services.compile_sql import Compiler
from workspaces.services.load_rows import RowLoader
from workspaces.services.sql_session import SqlSession
from workspaces.sql.statement import Chain


@dataclass(frozen=True)
class LoadTarget:
    """A table, its columns that get values, and the condition that rows have to meet, as written."""

    chain: Chain
    columns: tuple[TargetColumn, ...]
    where: str | None = None

    @property
    def name(self) -> str:
        return self.chain[-1]

    @property
    def sql_name(self) -> str:
        return quoted_chain(self.chain)

    def insert(self, types: Mapping[str, str]) -> str:
        """The statement that takes rows of a source with these columns, in the order of the target's."""
        names = ", ".join(quote_identifier(column.name) for column in self.columns)
        if self.where is None:
            values = ", ".join(self._value(name, column) for name, column in zip(types, self.columns, strict=True))
            return f"INSERT INTO {self.sql_name} ({names}) SELECT {values} FROM {RowLoader.SOURCE}"  # noqa: S608 - quoted
        # The condition sees what the table would hold, under its names.
        values = ", ".join(
            f"CAST({self._value(name, column)} AS {column.engine_type}) AS {quote_identifier(column.name)}"
            for name, column in zip(types, self.columns, strict=True)
        )
        source = f"(SELECT {values} FROM {RowLoader.SOURCE}) AS {quote_identifier(self.name)}"  # noqa: S608 - quoted
        return f"INSERT INTO {self.sql_name} ({names}) SELECT {names} FROM {source} WHERE (\n{self.where}\n)"  # noqa: S608 - compiled as a user's

    def _value(self, name: str, column: TargetColumn) -> str:
        return f"CAST({name} AS JSON)" if column.is_json_shaped else name


def quoted_chain(chain: Sequence[str]) -> str:
    """A name with its schema and catalog, if any, as SQL takes it."""
    return ".".join(quote_identifier(part) for part in chain)


def find_target(
    sql: SqlSession, compiler: Compiler, chain: Chain, *, columns: Sequence[str], where: str | None
) -> LoadTarget:
    """The target, all of whose columns take values; without a list of them all that can.

    Raises SqlFault: 42P01, 42703, 42701, 42P10 for a generated column, 42809 for a view, 42501 for a project table.
    """
    whole = compiler.compile(f"SELECT * FROM {quoted_chain(chain)}")  # noqa: S608 - quoted, and compiled as a user's
    query = sql.prepare(whole.text, whole.tokens)
    known = [TargetColumn(each.name, each.type, postgres_type(each.type)) for each in query.columns]
    query.close()
    wanted = positions_of(columns or ("*",), [column.name for column in known], table=chain[-1])
    target = LoadTarget(chain, tuple(known[position] for position in wanted), where)
    return _writable(sql, compiler, target, is_chosen=bool(columns))


def _writable(sql: SqlSession, compiler: Compiler, target: LoadTarget, *, is_chosen: bool) -> LoadTarget:
    """The target, without generated columns where the client named none."""
    try:
        _try_insert(sql, compiler, target)
    except SqlFault as fault:
        if "generated column" not in fault.message:
            raise _refusal(sql, fault, target) from fault
    else:
        return target
    plain = [each for each in target.columns if _takes_values(sql, compiler, replace(target, columns=(each,)))]
    if is_chosen:
        wrong = next(column for column in target.columns if column not in plain)
        words = f'column "{wrong.name}" is a generated column'
        raise SqlFault("42P10", words, detail="Generated columns cannot be used in COPY.")
    return replace(target, columns=tuple(plain))


def _takes_values(sql: SqlSession, compiler: Compiler, target: LoadTarget) -> bool:
    try:
        _try_insert(sql, compiler, target)
    except SqlFault:
        return False
    return True


def _try_insert(sql: SqlSession, compiler: Compiler, target: LoadTarget) -> None:
    """Preparing finds out: it changes nothing, and its error ends no transaction."""
    names = ", ".join(quote_identifier(column.name) for column in target.columns)
    nulls = ", ".join(["NULL"] * len(target.columns))
    made = compiler.compile(f"INSERT INTO {target.sql_name} ({names}) SELECT {nulls}")  # noqa: S608 - quoted
    sql.prepare(made.text, made.tokens).close()


def _refusal(sql: SqlSession, fault: SqlFault, target: LoadTarget) -> SqlFault:
    if fault.sqlstate != "42809":
        return fault.moved(None)
    views = "SELECT count(*) FROM duckdb_views() WHERE lower(view_name) = lower(?) AND database_name IN (?, 'temp')"
    if sql.ask(views, target.name, sql.workspace.database)[0][0]:
        return SqlFault("42809", f'cannot copy to view "{target.name}"')
    return SqlFault("42501", f"permission denied for table {target.name}", hint="Project tables are read-only.")
