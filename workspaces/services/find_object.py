"""Whether an object of a workspace exists, as a session sees it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.engine.sql import quote_identifier
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.sql_session import SqlSession

#: The engine's lists of what is no relation that a query can name: table function and column of the name.
_LISTS: Final = {
    "SCHEMA": ("duckdb_schemas()", "schema_name"),
    "INDEX": ("duckdb_indexes()", "index_name"),
    "SEQUENCE": ("duckdb_sequences()", "sequence_name"),
    "TYPE": ("duckdb_types()", "type_name"),
    "FUNCTION": ("duckdb_functions()", "function_name"),
    "MACRO": ("duckdb_functions()", "function_name"),
    "MACRO TABLE": ("duckdb_functions()", "function_name"),
}


def has_object(
    sql: SqlSession, object_type: str, name: Sequence[str], *, is_temporary: bool = False, here: bool = False
) -> bool:
    """`name` has one to three parts; `here` looks where it would be made instead of along the search path."""
    if object_type not in _LISTS:
        return _can_name(sql, _where_made(sql, name, is_temporary=is_temporary) if here else name, "1")
    function, column = _LISTS[object_type]
    query = f"SELECT count(*) FROM {function} WHERE lower({column}) = lower(?) AND database_name IN (?, 'temp')"  # noqa: S608 - names of ours
    values = [name[-1], sql.workspace.database]
    if len(name) > 1 and object_type != "SCHEMA":
        query, values = query + " AND lower(schema_name) = lower(?)", [*values, name[-2]]
    return bool(sql.ask(query, *values)[0][0])


def has_column(sql: SqlSession, name: Sequence[str], column: str) -> bool:
    return _can_name(sql, name, quote_identifier(column))


def _where_made(sql: SqlSession, name: Sequence[str], *, is_temporary: bool) -> Sequence[str]:
    if is_temporary:
        return ("temp", "main", name[-1])
    if len(name) > 1:
        return name
    first = sql.view.path[0] if sql.view.path else "main"
    return (sql.workspace.database, "main" if first == "public" else first, name[-1])


def _can_name(sql: SqlSession, name: Sequence[str], column: str) -> bool:
    """Preparing finds out: it changes nothing, and its error ends no transaction."""
    chain = ".".join(quote_identifier(part) for part in name)
    try:
        sql.prepare(f"SELECT {column} FROM {chain} LIMIT 0", ()).close()  # noqa: S608 - quoted
    except SqlFault:
        return False
    return True
