"""Running one statement, whoever asked for it: its transaction, its rows, its tag, its line in the log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from workspaces.pgwire.messages import backend
from workspaces.pgwire.messages.faults import Severity
from workspaces.pgwire.session import cursors
from workspaces.pgwire.session.commands import ALLOWED_WHEN_FAILED, command_for, set_setting, shown_columns
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.copying import run_copy
from workspaces.pgwire.session.explain import explained, plan_columns, plan_rows
from workspaces.pgwire.session.own_catalogs import tell_own_catalogs
from workspaces.pgwire.session.portal import Portal, Reply, send_reply, text_columns
from workspaces.pgwire.session.prepared import PreparedStatement, with_expressions
from workspaces.pgwire.session.query_log import QueryRecord
from workspaces.pgwire.session.set_config import set_config_call
from workspaces.pgwire.session.signals import send_signal, signal_call
from workspaces.pgwire.session.skipped import skipped
from workspaces.pgwire.sqlstate import SqlFault, aborted
from workspaces.pgwire.values.types import NUMERIC, parameter_type
from workspaces.services.compile_sql import Compiled
from workspaces.services.prepare_sql import columns_of, prepare, same_types, types_of
from workspaces.services.run_query import Query, Rows
from workspaces.services.tell_fault import told_fault
from workspaces.sql import statement as words
from workspaces.sql.classify import command_tag
from workspaces.sql.relations import references
from workspaces.sql.statement import StatementKind

#: What the engine reports of these is nothing for the client.
_SILENT = frozenset({StatementKind.CHECKPOINT, StatementKind.VACUUM, StatementKind.ANALYZE})
_ENDS = frozenset({StatementKind.COMMIT, StatementKind.ROLLBACK})
_TRANSACTION = _ENDS | {StatementKind.BEGIN}
#: After any other statement the same words may mean something else.
_CHANGES_NO_MEANING = _TRANSACTION | {StatementKind.SELECT}
MAX_STATEMENTS = 1000


def is_transaction_control(compiled: Compiled) -> bool:
    return compiled.kind in _TRANSACTION


def check_allowed(context: Context, compiled: Compiled) -> None:
    """Raises SqlFault 25P02 for all that a failed block does not take."""
    if context.block.is_failed and compiled.kind not in ALLOWED_WHEN_FAILED:
        raise aborted()


def make_statement(context: Context, name: str, compiled: Compiled, oids: tuple[int, ...] = ()) -> PreparedStatement:
    """The statement, prepared in the engine where it can be without running anything. Raises SqlFault."""
    check_allowed(context, compiled)
    if compiled.kind is StatementKind.EXECUTE:
        compiled = _resolved(context, compiled)
    if compiled.kind is StatementKind.PREPARE or set_config_call(compiled) is not None:
        columns = text_columns(("set_config",)) if compiled.kind is not StatementKind.PREPARE else ()
        return PreparedStatement(name, compiled, columns=columns, is_ours=True)
    if compiled.kind is StatementKind.COPY:
        return PreparedStatement(name, compiled, is_ours=True)
    if (signal := signal_call(compiled)) is not None:
        return PreparedStatement(name, compiled, columns=signal.columns, is_ours=True)
    if command_for(compiled.statement, context.settings) is not None:
        return PreparedStatement(name, compiled, columns=text_columns(shown_columns(compiled.statement)), is_ours=True)
    if compiled.kind in cursors.KINDS:
        return cursors.make_statement(context, name, compiled, oids)
    if compiled.rewritten.before:
        # What it needs is made when it runs.
        return PreparedStatement(name, compiled)
    tell_own_catalogs(context, compiled)
    if compiled.kind is StatementKind.EXPLAIN:
        query, known = prepare(context.sql, explained(compiled), oids)
        return PreparedStatement(name, compiled, query, known, plan_columns(compiled))
    try:
        query, known = prepare(context.sql, compiled, oids)
    except SqlFault as fault:
        raise told_fault(fault, compiled) from fault
    columns = () if compiled.kind in _SILENT else columns_of(query, compiled)
    reads = compiled.kind is StatementKind.SELECT and not compiled.statement.writes and not compiled.asks_catalog
    return PreparedStatement(name, compiled, query, known, columns, is_plain=reads)


def run_portal(context: Context, portal: Portal, *, limit: int = 0) -> None:
    """Execute it, or go on with it: rows, then CommandComplete or PortalSuspended. Raises SqlFault."""
    compiled = portal.compiled
    if compiled is None:
        context.output.write(backend.EMPTY_QUERY_RESPONSE)
        return
    check_allowed(context, compiled)
    if compiled.kind not in _CHANGES_NO_MEANING:
        context.plans.clear()
    record = QueryRecord(context, compiled)
    try:
        if portal.rows is None and portal.query is None and portal.is_done:
            context.output.write(backend.command_complete(command_tag(compiled.statement)))
            return
        _run(context, portal, compiled, limit=limit, record=record)
    except SqlFault as fault:
        fault = told_fault(fault, compiled)
        record.finish(fault.sqlstate)
        raise fault from fault.__cause__
    record.finish("")


def _run(context: Context, portal: Portal, compiled: Compiled, *, limit: int, record: QueryRecord) -> None:
    is_for_engine = portal.is_plain or portal.rows is not None
    reply = None if is_for_engine else _answer(context, portal, compiled)
    if reply is not None:
        portal.is_done = True
        send_reply(reply, context.output)
        record.rows += reply.count
        context.output.write(backend.command_complete(reply.tag))
        return
    if portal.rows is None:
        if portal.is_plain:
            _start_plain(context, portal, compiled)
        else:
            _start(context, portal, compiled, is_whole=not limit)
        record.has_rows()
    assert portal.rows is not None  # noqa: S101 - started
    is_silent = compiled.kind in _SILENT or not portal.rows.returns_rows
    sent = _skip(portal) if is_silent else portal.send(context.output, limit=limit)
    record.rows += sent
    if not portal.is_done:
        context.output.write(backend.PORTAL_SUSPENDED)
        return
    changed = portal.rows.changed
    record.rows += changed or 0
    context.output.write(
        backend.command_complete(command_tag(compiled.statement, sent if changed is None else changed))
    )


def _skip(portal: Portal) -> int:
    """The engine's own report is nothing for the client."""
    portal.close()
    return 0


def _start_plain(context: Context, portal: Portal, compiled: Compiled) -> None:
    """As `_start`, for a query that only reads."""
    assert portal.query is not None  # noqa: S101 - of a plain statement
    try:
        if not portal.is_fresh:
            _look_again(context, portal.query, compiled)
        rows = portal.query.execute(portal.values)
    except SqlFault as fault:
        raise fault.moved(compiled.place(fault.position)) from fault
    _begin(context, portal, compiled, rows)


def _look_again(context: Context, query: Query, compiled: Compiled) -> None:
    """Others may have changed what it reads since it was prepared. Raises SqlFault."""
    definitions = context.sql.definitions
    if query.looked_at == definitions:
        return
    context.sql.look(compiled.tokens)
    if next(references(compiled.tokens), None) is None:
        query.looked_at = definitions


def _start(context: Context, portal: Portal, compiled: Compiled, *, is_whole: bool) -> None:
    statement = compiled.statement
    if _has_own_rows(context, portal, compiled, is_whole=is_whole):
        return
    _check_may_write(context, statement)
    tell_own_catalogs(context, compiled)
    notices = skipped(context, compiled)
    for text in compiled.rewritten.before:
        context.sql.run(text)
    try:
        if portal.query is None:
            portal.query, _ = prepare(context.sql, compiled)
        elif not portal.is_fresh:
            context.sql.look(compiled.tokens, asks_catalog=compiled.asks_catalog)
        rows = portal.query.execute(portal.values)
    except SqlFault as fault:
        raise fault.moved(fault.position if portal.query is None else compiled.place(fault.position)) from fault
    for state, message in notices:
        context.output.notice(state, message, severity=Severity.NOTICE)
    if compiled.kind is StatementKind.EXPLAIN:
        context.block.writes += statement.writes
        portal.begin(plan_rows(rows, compiled, context.sql, portal.values), context.style, context.sql.room)
        return
    if statement.writes or not statement.returns_rows:
        context.block.writes += 1
    _begin(context, portal, compiled, rows)


def _begin(context: Context, portal: Portal, compiled: Compiled, rows: Rows) -> None:
    """Give the portal its rows, in the types that the client was told of. Raises SqlFault."""
    assert portal.query is not None  # noqa: S101 - by its callers
    if rows.columns is not portal.query.fitting_columns and rows.returns_rows and compiled.kind not in _SILENT:
        if same_types([column.type for column in portal.columns], types_of(rows.columns, compiled)):
            portal.query.fitting_columns = rows.columns
        else:
            rows.close()
            rows = _as_shown(context, portal, compiled)
    portal.begin(rows, context.style, context.sql.room)


def _check_may_write(context: Context, statement: words.Statement) -> None:
    """Raises SqlFault where the block has become read-only, or the workspace is full."""
    if statement.writes and context.block.refuses_writes:
        raise SqlFault("25006", "cannot execute {tag} in a read-only transaction")
    context.sql.check_room(statement.kind)


def _has_own_rows(context: Context, portal: Portal, compiled: Compiled, *, is_whole: bool) -> bool:
    """Whether its rows are not the engine's; they are there then."""
    if compiled.kind is StatementKind.FETCH:
        cursors.fetch(context, portal, is_whole=is_whole)
        return True
    signal = signal_call(compiled)
    if signal is not None:
        portal.begin(send_signal(context, signal), context.style, context.sql.room)
    return signal is not None


def _as_shown(context: Context, portal: Portal, compiled: Compiled) -> Rows:
    """The rows in the types that the client was told of: a NULL among the values may have changed those of the engine.

    Raises SqlFault 0A000 where there is no such reason.
    """
    wanted = [parameter_type(column.type.oid, column.type.typmod) for column in portal.columns]
    if portal.query is None or all(value is not None for _, value in portal.values) or None in wanted:
        raise SqlFault("0A000", "cached plan must not change result type")
    names = [f"c{index}" for index in range(len(wanted))]
    chosen = ", ".join(f"CAST({name} AS {found}) AS {name}" for name, found in zip(names, wanted, strict=True))
    text = f"SELECT {chosen} FROM ({portal.query.sql}\n) AS q({', '.join(names)})"  # noqa: S608 - names of ours
    with closing(context.sql.prepare(text, compiled.tokens)) as query:
        return query.execute(portal.values)


def _answer(context: Context, portal: Portal, compiled: Compiled) -> Reply | None:
    """What the server says by itself; None for what the engine runs."""
    if compiled.kind is StatementKind.PREPARE:
        return _prepare_named(context, compiled)
    if compiled.kind is StatementKind.DECLARE:
        return cursors.declare(context, portal)
    if compiled.kind is StatementKind.MOVE:
        return cursors.move_cursor(context, portal)
    if compiled.kind is StatementKind.COPY:
        return run_copy(context, compiled)
    call = set_config_call(compiled)
    if call is not None:
        set_setting(context, call.name, call.value, is_local=call.is_local)
        return Reply("SELECT 1", ("set_config",), [(context.settings.get(call.name),)])
    command = command_for(compiled.statement, context.settings)
    if command is None:
        return None
    return command(context, compiled.statement)


def _prepare_named(context: Context, compiled: Compiled) -> Reply:
    detail = compiled.statement.detail
    assert isinstance(detail, words.Prepare)  # noqa: S101 - by kind
    if detail.name in context.statements:
        raise SqlFault("42P05", f'prepared statement "{detail.name}" already exists')
    if len(context.statements) >= MAX_STATEMENTS:
        raise SqlFault("54000", f"too many prepared statements: at most {MAX_STATEMENTS}")
    begin, end = detail.body
    inner = context.compiler.compile(" " * begin + compiled.user_text[begin:end])
    made = make_statement(context, detail.name, inner, _declared_types(context, detail.types))
    made.prepare_text = compiled.source
    context.statements[detail.name] = made
    return Reply("PREPARE")


def _declared_types(context: Context, types: Sequence[str]) -> tuple[int, ...]:
    """The OIDs of the types that PREPARE names; `unknown` is one to be inferred. Raises SqlFault."""
    found = []
    for name in types:
        if name.lower() == "unknown":
            found.append(0)
            continue
        query = context.sql.prepare(f"SELECT CAST(NULL AS {name})", ())  # noqa: S608 - words the guard has let through
        found.append(types_of(query.columns)[0].oid)
        query.close()
    return tuple(found)


def _resolved(context: Context, compiled: Compiled) -> Compiled:
    """EXECUTE as the statement it names, with its arguments in their places."""
    detail = compiled.statement.detail
    assert isinstance(detail, words.Execute)  # noqa: S101 - by kind
    found = context.statements.get(detail.name)
    if found is None or found.compiled is None:
        raise SqlFault("26000", f'prepared statement "{detail.name}" does not exist')
    arguments = [f"({compiled.user_text[start:end]})" for start, end in detail.arguments]
    if len(arguments) != len(found.oids):
        raise SqlFault(
            "42601",
            f'wrong number of parameters for prepared statement "{detail.name}"',
            detail=f"Expected {len(found.oids)} parameters but got {len(arguments)}.",
        )
    given = [_as_type(argument, oid) for argument, oid in zip(arguments, found.oids, strict=True)]
    text = with_expressions(found.compiled.user_text, found.compiled.user_tokens, given)
    return context.compiler.compile(text)


def _as_type(expression: str, oid: int) -> str:
    """An argument as its parameter takes it; a numeric keeps its own scale."""
    wanted = parameter_type(oid)
    return expression if wanted is None or oid == NUMERIC.oid else f"CAST({expression} AS {wanted})"
