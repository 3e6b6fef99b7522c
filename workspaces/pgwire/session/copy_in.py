"""COPY FROM STDIN: rows of a client into a table of its workspace, all of them or none."""

from __future__ import annotations

from dataclasses import replace

from workspaces.pgwire.messages import backend
from workspaces.pgwire.session import transactions
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.copy_writer import CopyWriter, Reader
from workspaces.pgwire.session.portal import Reply
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_binary import BinaryReader
from workspaces.pgwire.values.copy_errors import CopyDataError
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind
from workspaces.pgwire.values.copy_lines import LineReader
from workspaces.services.column_choice import positions_of
from workspaces.services.compile_sql import Compiled
from workspaces.services.load_target import LoadTarget, find_target
from workspaces.sql.statement import Copy, StatementKind


def copy_in(context: Context, compiled: Compiled, copy: Copy, form: CopyFormat) -> Reply:
    """Raises SqlFault; what was written is undone with the transaction then."""
    assert copy.target is not None  # noqa: S101 - the other direction has queries
    if context.block.read_only:
        raise SqlFault("25006", "cannot execute COPY FROM in a read-only transaction")
    where = None if copy.where is None else compiled.user_text[copy.where[0] : copy.where[1]]
    target = find_target(context.sql, context.compiler, copy.target, columns=copy.columns, where=where)
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


def _load(context: Context, target: LoadTarget, reader: Reader) -> int:
    writer = CopyWriter(context, target, reader)
    try:
        for data in context.input.copy_data(context.output):
            for batch in reader.feed(data):
                writer.write(batch)
        for batch in reader.finish():
            writer.write(batch)
        return writer.finish()
    except CopyDataError as error:
        place = f"COPY {target.name}, {error.place}" if error.place else f"COPY {target.name}"
        raise SqlFault(error.sqlstate, error.message, hint=error.hint, context=place) from error
    finally:
        writer.close()


def _resolved(form: CopyFormat, target: LoadTarget) -> CopyFormat:
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
