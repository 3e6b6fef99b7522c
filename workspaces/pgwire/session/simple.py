"""The simple protocol: one message of SQL, with as many statements as it holds, answered in text."""

from __future__ import annotations

from workspaces.pgwire.messages import backend
from workspaces.pgwire.session import transactions
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.cursors import simple_formats
from workspaces.pgwire.session.execute import check_allowed, is_transaction_control, make_statement, run_portal
from workspaces.pgwire.session.portal import Portal
from workspaces.pgwire.session.query_log import Preparing
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiled, pieces_of
from workspaces.sql.lexer import TokenKind
from workspaces.sql.split import Piece


def answer_query(context: Context, sql: str) -> None:
    """All but ReadyForQuery. Several statements outside a block succeed or fail together. Raises SqlFault."""
    pieces = pieces_of(sql)
    if not pieces:
        context.output.write(backend.EMPTY_QUERY_RESPONSE)
        return
    # The unnamed statement and portal do not outlive a simple query.
    _forget_unnamed(context)
    for piece in pieces:
        with context.running():
            _run_piece(context, piece, is_one_of_many=len(pieces) > 1)
    if context.block.is_implicit:
        with context.running():
            transactions.end_implicit(context)


def _run_piece(context: Context, piece: Piece, *, is_one_of_many: bool) -> None:
    with Preparing(context, piece.text):
        compiled = context.compiler.compile(piece.text, start=piece.start)
        check_allowed(context, compiled)
        if is_one_of_many and not is_transaction_control(compiled):
            transactions.begin_implicit(context)
        elif compiled.rewritten.before or transactions.needs_one(context, compiled.statement):
            transactions.begin_implicit(context)
        statement = context.plans.find(compiled)
        is_kept = statement is not None
        if statement is None:
            statement = make_statement(context, "", compiled)
            is_kept = context.plans.keep(statement)
    if statement.oids:
        raise no_parameter(statement.compiled or compiled)
    portal = Portal(
        statement.compiled,
        statement.query,
        statement.columns,
        formats=simple_formats(context, compiled),
        is_fresh=True,
        is_plain=statement.is_plain,
        declared=statement.declared,
    )
    try:
        if portal.columns:
            context.output.write(portal.description())
        run_portal(context, portal)
    finally:
        portal.close()
        if not is_kept:
            statement.close()


def no_parameter(compiled: Compiled) -> SqlFault:
    """Nothing gives a value to a parameter here."""
    token = next(token for token in compiled.tokens if token.kind == TokenKind.PARAMETER)
    return SqlFault("42P02", f"there is no parameter {token.text}", position=compiled.place(token.start))


def _forget_unnamed(context: Context) -> None:
    portal = context.portals.pop("", None)
    if portal is not None:
        portal.close()
    statement = context.statements.pop("", None)
    if statement is not None:
        statement.close()
