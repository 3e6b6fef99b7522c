"""COPY TO STDOUT: the rows of a table or query as one stream."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from workspaces.pgwire.messages import backend
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.portal import Reply
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind
from workspaces.pgwire.values.copy_rows import CopyCsv, CopyEncoder, CopyText, copy_data
from workspaces.pgwire.values.errors import WireValueError
from workspaces.services.column_choice import positions_of
from workspaces.services.compile_sql import Compiled
from workspaces.services.load_target import quoted_chain
from workspaces.services.prepare_sql import ResultColumn, columns_of, prepare
from workspaces.services.run_query import Query
from workspaces.sql.statement import Copy, StatementKind

_MAKES_ROWS = frozenset({
    StatementKind.SELECT, StatementKind.INSERT, StatementKind.UPDATE, StatementKind.DELETE, StatementKind.MERGE,
})  # fmt: skip


def copy_out(context: Context, compiled: Compiled, copy: Copy, form: CopyFormat) -> Reply:
    """Send all rows. Raises SqlFault, also in the middle: the client knows by the error that they are not all."""
    inner = _inner(context, compiled, copy)
    query, _ = prepare(context.sql, inner)
    try:
        columns = columns_of(query, inner)
        if inner.statement.writes:
            if not columns:
                raise SqlFault("0A000", "COPY query must have a RETURNING clause")
            context.sql.check_room(inner.kind)
            context.block.writes += 1
        return _send(context, query, columns, form)
    finally:
        query.close()


def _inner(context: Context, compiled: Compiled, copy: Copy) -> Compiled:
    """The query whose rows are sent."""
    if copy.query is not None:
        start, end = copy.query
        inner = context.compiler.compile(compiled.user_text[start:end], start=compiled.place(start) or 0)
        if inner.kind not in _MAKES_ROWS:
            raise SqlFault("0A000", f"COPY query must be a query, not {inner.statement.tag}")
        return inner
    assert copy.target is not None  # noqa: S101 - one or the other
    chain = quoted_chain(copy.target)
    whole = context.compiler.compile(f"SELECT * FROM {chain}")  # noqa: S608 - quoted names, and compiled as a user's
    if not copy.columns:
        return whole
    query, _ = prepare(context.sql, whole)
    with_names = [column.name for column in query.columns]
    query.close()
    chosen = [with_names[each] for each in positions_of(copy.columns, with_names, table=copy.target[-1])]
    names = ", ".join(quoted_chain((name,)) for name in chosen)
    return context.compiler.compile(f"SELECT {names} FROM {chain}")  # noqa: S608 - as above


def _send(context: Context, query: Query, columns: Sequence[ResultColumn], form: CopyFormat) -> Reply:
    names, output = [column.name for column in columns], context.output
    encoder = CopyEncoder([column.type for column in columns], _encoder_options(form, names), style=context.style)
    rows = query.execute()
    sent = 0
    try:
        formats = [form.wire_code] * len(columns)
        output.write(backend.copy_out_response(overall_format=form.wire_code, column_formats=formats))
        start = encoder.start(names)
        if start and form.kind is not CopyKind.BINARY:
            output.write(backend.copy_data(start))
            start = b""

        def framed(batch: pa.RecordBatch) -> tuple[int, list[bytes | memoryview]]:
            before = iter((start,))
            streams = encoder.rows(batch)
            return batch.num_rows, [
                piece for stream in streams for piece in copy_data(stream, before_first=next(before, b""))
            ]

        for count, pieces in map(framed, rows.batches()):
            for piece in pieces:
                output.write(piece)
            start = b""
            sent += count
        if end := encoder.end():
            output.write(backend.copy_data(start + end))
        output.write(backend.COPY_DONE)
    except WireValueError as error:
        raise SqlFault(error.sqlstate, error.message) from error
    finally:
        rows.close()
    return Reply(f"COPY {sent}", count=sent)


def _encoder_options(form: CopyFormat, names: Sequence[str]) -> CopyText | CopyCsv | None:
    if form.kind is CopyKind.BINARY:
        return None
    if form.kind is CopyKind.TEXT:
        return CopyText(form.delimiter, form.null, form.header)
    forced = positions_of(form.force_quote, names, option="FORCE_QUOTE")
    return CopyCsv(form.delimiter, form.null, form.header, form.quote, form.escape, frozenset(forced))
