"""Cursors of SQL: DECLARE, FETCH, MOVE and CLOSE. They are portals, and FETCH takes any portal by its name."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pyarrow as pa

from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.moving import is_on_row, move
from workspaces.pgwire.session.portal import MAX_PORTALS, CursorOptions, Portal, Reply
from workspaces.pgwire.session.prepared import PreparedStatement
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiled
from workspaces.services.prepare_sql import ResultColumn, columns_of, prepare, same_types, types_of
from workspaces.services.run_query import Column, Rows
from workspaces.services.tell_fault import told_fault
from workspaces.sql import statement as words
from workspaces.sql.classify import command_tag
from workspaces.sql.statement import StatementKind


class FetchedRows:
    """The rows of a FETCH, in the shape of those of a query."""

    returns_rows = True
    changed: int | None = None
    columns: tuple[Column, ...] = ()

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches

    def batches(self) -> Iterator[pa.RecordBatch]:
        return self._batches

    def keep_by(self, drain: Callable[[], None]) -> None:
        """The cursor keeps them."""

    def close(self) -> None:
        """The cursor stays."""


KINDS = frozenset({StatementKind.DECLARE, StatementKind.FETCH, StatementKind.MOVE})


def make_statement(context: Context, name: str, compiled: Compiled, oids: tuple[int, ...]) -> PreparedStatement:
    """A statement of one of the KINDS. Raises SqlFault."""
    if compiled.kind is StatementKind.DECLARE:
        return _prepare_declared(context, name, compiled, oids)
    columns = fetched_columns(context, compiled) if compiled.kind is StatementKind.FETCH else ()
    return PreparedStatement(name, compiled, columns=columns, is_ours=True)


def _prepare_declared(context: Context, name: str, compiled: Compiled, oids: tuple[int, ...]) -> PreparedStatement:
    """DECLARE as a statement: its query with its parameters; it gives no rows itself. Raises SqlFault."""
    detail = _declare(compiled)
    begin, end = detail.query
    try:
        # In its own place, so that positions are those of the whole text.
        inner = context.compiler.compile(" " * begin + compiled.user_text[begin:end])
        query, known = prepare(context.sql, inner, oids)
    except SqlFault as fault:
        raise fault.moved(compiled.place(fault.position)) from fault
    declared = Portal(inner, query, columns_of(query, inner))
    return PreparedStatement(name, compiled, query, known, declared=declared)


def declare(context: Context, portal: Portal) -> Reply:
    """Start the query, so that the cursor sees what there is now. Raises SqlFault."""
    assert portal.compiled is not None  # noqa: S101 - by kind
    template, detail = portal.declared, _declare(portal.compiled)
    assert template is not None  # noqa: S101 - by kind
    block = context.block
    if not detail.hold and not block.is_explicit and not block.is_implicit:
        raise SqlFault("25P01", "DECLARE CURSOR can only be used in transaction blocks")
    if detail.name in context.portals:
        raise SqlFault("42P03", f'cursor "{detail.name}" already exists')
    check_portals(context)
    rows = _run(context, portal, template)
    made = Portal(
        template.compiled,
        template.query,
        template.columns,
        formats=(int(detail.binary),),
        cursor=CursorOptions(
            detail.name,
            portal.compiled.source,
            is_binary=detail.binary,
            is_holdable=detail.hold,
            is_scrollable=bool(detail.scroll) or (detail.hold and detail.scroll is None),
            created_at=datetime.datetime.now(datetime.UTC),
        ),
    )
    made.begin(rows, context.style, context.sql.room)
    if not block.is_explicit and not block.is_implicit:
        made.hold()
    context.portals[detail.name] = made
    return Reply("DECLARE CURSOR")


def _run(context: Context, portal: Portal, template: Portal) -> Rows:
    query, inner = template.query, template.compiled
    assert query is not None  # noqa: S101 - prepared
    assert inner is not None  # noqa: S101 - prepared
    if not portal.is_fresh:
        context.sql.look(inner.tokens, asks_catalog=inner.asks_catalog)
    rows = query.execute(portal.values)
    if not same_types([column.type for column in template.columns], types_of(rows.columns, inner)):
        rows.close()
        raise SqlFault("0A000", "cached plan must not change result type")
    return rows


def check_portals(context: Context) -> None:
    if len(context.portals) >= MAX_PORTALS:
        raise SqlFault("54000", f"too many cursors: at most {MAX_PORTALS} cursors and portals can be open")


def fetched_columns(context: Context, compiled: Compiled) -> tuple[ResultColumn, ...]:
    """The columns that a FETCH will answer; none where there is no such cursor now."""
    found = context.portals.get(_fetch(compiled).cursor)
    return found.columns if found is not None else ()


def current_columns(context: Context, statement: PreparedStatement) -> tuple[ResultColumn, ...]:
    """The columns of a statement; those of a FETCH are the cursor's of this moment."""
    if statement.compiled is None or statement.compiled.kind is not StatementKind.FETCH:
        return statement.columns
    return fetched_columns(context, statement.compiled)


def simple_formats(context: Context, compiled: Compiled) -> tuple[int, ...]:
    """The simple protocol answers text, but for a FETCH from a cursor that was declared BINARY."""
    if compiled.kind is not StatementKind.FETCH:
        return ()
    found = context.portals.get(_fetch(compiled).cursor)
    return found.formats if found is not None and found.cursor is not None else ()


def fetch(context: Context, portal: Portal, *, is_whole: bool) -> None:
    """Give the portal of a FETCH its rows; `is_whole` says that they will all be sent at once. Raises SqlFault."""
    assert portal.compiled is not None  # noqa: S101 - by kind
    detail = _fetch(portal.compiled)
    found = find_cursor(context, detail.cursor)
    if [column.type for column in portal.columns] != [column.type for column in found.columns]:
        raise SqlFault("0A000", "cached plan must not change result type")
    portal.begin(FetchedRows(_moved(found, detail)), context.style, context.sql.room)
    if not is_whole:
        portal.spool()


def move_cursor(context: Context, portal: Portal) -> Reply:
    assert portal.compiled is not None  # noqa: S101 - by kind
    detail = _fetch(portal.compiled)
    found = find_cursor(context, detail.cursor)
    if detail.count == 0 and detail.direction in ("forward", "backward", "relative"):
        count = int(found.source is not None and is_on_row(found.source))
    else:
        count = sum(batch.num_rows for batch in _moved(found, detail))
    return Reply(command_tag(portal.compiled.statement, count))


def close(context: Context, statement: words.Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.Close)  # noqa: S101 - by kind
    if detail.name is None:
        for name in [name for name, portal in context.portals.items() if portal.cursor is not None]:
            context.portals.pop(name).close()
    else:
        find_cursor(context, detail.name)
        context.portals.pop(detail.name).close()
    return Reply(statement.tag)


def find_cursor(context: Context, name: str) -> Portal:
    """The cursor or portal of this name. Raises SqlFault 34000."""
    found = context.portals.get(name)
    if found is None or not name:
        raise SqlFault("34000", f'cursor "{name}" does not exist')
    return found


def _moved(found: Portal, detail: words.Fetch) -> Iterator[pa.RecordBatch]:
    if found.source is None:
        raise SqlFault("55000", f'portal "{detail.cursor}" cannot be run')
    assert found.compiled is not None  # noqa: S101 - it has rows
    return _told(move(found.source, detail.direction, detail.count), found.compiled)


def _told(batches: Iterator[pa.RecordBatch], compiled: Compiled) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except SqlFault as fault:
        raise told_fault(fault, compiled) from fault


def _declare(compiled: Compiled) -> words.Declare:
    assert isinstance(compiled.statement.detail, words.Declare)  # noqa: S101 - by kind
    return compiled.statement.detail


def _fetch(compiled: Compiled) -> words.Fetch:
    assert isinstance(compiled.statement.detail, words.Fetch)  # noqa: S101 - by kind
    return compiled.statement.detail
