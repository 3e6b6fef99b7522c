"""What pg_cursors and pg_prepared_statements say of a session, told to the engine when a statement asks them."""

from __future__ import annotations

from workspaces.pgwire.session.context import Context
from workspaces.pgwire.values.types import BY_OID, sql_name
from workspaces.services.compile_sql import Compiled


def tell_own_catalogs(context: Context, compiled: Compiled) -> None:
    """Before a statement is prepared, and again before it runs. Raises SqlFault."""
    if not compiled.asks_catalog:
        return
    if "pg_cursors" in compiled.text:
        context.sql.tell_rows("kb_cursors", _cursors(context))
    if "pg_prepared_statements" in compiled.text:
        context.sql.tell_rows("kb_prepared_statements", _prepared(context))


def _cursors(context: Context) -> list[list[str]]:
    """name, statement, is_holdable, is_binary, is_scrollable, creation_time."""
    found = []
    for portal in context.portals.values():
        if (cursor := portal.cursor) is not None:
            flags = [str(each).lower() for each in (cursor.is_holdable, cursor.is_binary, cursor.is_scrollable)]
            found.append([cursor.name, cursor.statement, *flags, cursor.created_at.isoformat()])
    return found


def _prepared(context: Context) -> list[list[str]]:
    """name, statement, prepare_time, parameter_types, from_sql."""
    found = []
    for name, statement in context.statements.items():
        if name and statement.compiled is not None:
            types = ",".join(sql_name(BY_OID[oid]) if oid in BY_OID else str(oid) for oid in statement.oids)
            made = statement.made_at.isoformat()
            found.append([name, statement.text, made, f"[{types}]", str(statement.is_from_sql).lower()])
    return found
