"""The extended protocol: Parse, Bind, Describe, Execute, Close."""

from __future__ import annotations

from workspaces.pgwire.messages import backend, frontend
from workspaces.pgwire.session import transactions
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.cursors import check_portals, current_columns
from workspaces.pgwire.session.execute import (
    MAX_STATEMENTS,
    check_allowed,
    is_transaction_control,
    make_statement,
    run_portal,
)
from workspaces.pgwire.session.portal import Portal, describe
from workspaces.pgwire.session.prepared import PreparedStatement
from workspaces.pgwire.session.query_log import Preparing
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import pieces_of


def parse(context: Context, message: frontend.Parse) -> None:
    if message.statement and message.statement in context.statements:
        raise SqlFault("42P05", f'prepared statement "{message.statement}" already exists')
    if len(context.statements) >= MAX_STATEMENTS:
        raise SqlFault("54000", f"too many prepared statements: at most {MAX_STATEMENTS}")
    pieces = pieces_of(message.sql)
    if len(pieces) > 1:
        raise SqlFault("42601", "cannot insert multiple commands into a prepared statement")
    if pieces:
        with Preparing(context, pieces[0].text):
            compiled = context.compiler.compile(pieces[0].text, start=pieces[0].start)
            made = make_statement(context, message.statement, compiled, message.parameter_oids)
    else:
        made = PreparedStatement(message.statement, None, oids=message.parameter_oids)
    before = context.statements.pop(message.statement, None)
    if before is not None:
        before.close()
    context.statements[message.statement] = made
    context.output.write(backend.PARSE_COMPLETE)


def bind(context: Context, message: frontend.Bind) -> None:
    if message.portal and message.portal in context.portals:
        raise SqlFault("42P03", f'cursor "{message.portal}" already exists')
    statement = _statement(context, message.statement)
    if statement.compiled is not None:
        check_allowed(context, statement.compiled)
    portal = Portal(
        statement.compiled,
        statement.query,
        current_columns(context, statement),
        statement.values(message),
        message.result_formats,
        declared=statement.declared,
        is_plain=statement.is_plain,
    )
    _ = portal.column_formats
    check_portals(context)
    before = context.portals.pop(message.portal, None)
    if before is not None:
        before.close()
    # Portals share the engine's statement: executing it again ends the rows of an earlier one.
    context.portals[message.portal] = portal
    context.output.write(backend.BIND_COMPLETE)


def describe_statement(context: Context, message: frontend.DescribeStatement) -> None:
    statement = _statement(context, message.name)
    context.output.write(backend.parameter_description(statement.oids))
    columns = current_columns(context, statement)
    context.output.write(describe(columns, (0,) * len(columns)) if columns else backend.NO_DATA)


def describe_portal(context: Context, message: frontend.DescribePortal) -> None:
    portal = _portal(context, message.name)
    context.output.write(portal.description() if portal.columns else backend.NO_DATA)


def execute(context: Context, message: frontend.Execute, *, is_alone: bool) -> None:
    """`is_alone`: nothing else runs before the next Sync, so the statement needs no transaction around it."""
    portal = _portal(context, message.portal)
    compiled = portal.compiled
    if compiled is not None and not is_transaction_control(compiled):
        if (
            not is_alone
            or compiled.rewritten.before
            or message.max_rows
            or transactions.needs_one(context, compiled.statement)
        ):
            transactions.begin_implicit(context)
    run_portal(context, portal, limit=message.max_rows)


def close_statement(context: Context, message: frontend.CloseStatement) -> None:
    found = context.statements.pop(message.name, None)
    if found is not None:
        found.close()
    context.output.write(backend.CLOSE_COMPLETE)


def close_portal(context: Context, message: frontend.ClosePortal) -> None:
    found = context.portals.pop(message.name, None)
    if found is not None:
        found.close()
    context.output.write(backend.CLOSE_COMPLETE)


def sync(context: Context) -> None:
    """The end of the implicit transaction; portals live on in a block only. Raises SqlFault of the commit."""
    if context.block.is_implicit:
        with context.running():
            transactions.end_implicit(context)
    if not context.block.is_explicit:
        context.end_portals()


def _statement(context: Context, name: str) -> PreparedStatement:
    found = context.statements.get(name)
    if found is None:
        label = f'prepared statement "{name}"' if name else "unnamed prepared statement"
        raise SqlFault("26000", f"{label} does not exist")
    return found


def _portal(context: Context, name: str) -> Portal:
    found = context.portals.get(name)
    if found is None:
        raise SqlFault("34000", f'portal "{name}" does not exist')
    return found
