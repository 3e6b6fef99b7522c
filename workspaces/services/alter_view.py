"""ALTER TABLE of a view: PostgreSQL takes it, and dbt renames its views so; the engine wants ALTER VIEW."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workspaces.services.compile_sql import Compiled
from workspaces.services.sql_session import SqlSession
from workspaces.sql.statement import Definition, StatementKind

_PUBLIC: Final = {"public": "main"}
_IS_VIEW: Final = """SELECT count(*) FROM duckdb_views() WHERE database_name IN (?, 'temp')
AND lower(view_name) = lower(?) AND schema_name = coalesce(nullif(?, ''), current_schema())"""


def with_kind_of_target(sql: SqlSession, compiled: Compiled) -> Compiled:
    """The statement, as ALTER VIEW where it alters a view by the name of TABLE. Raises SqlFault."""
    statement = compiled.statement
    if statement.kind is not StatementKind.ALTER or not isinstance(statement.detail, Definition):
        return compiled
    if statement.detail.object_type != "TABLE" or not statement.targets:
        return compiled
    *places, name = statement.targets[0]
    schema = places[-1] if places else ""
    if not sql.ask(_IS_VIEW, sql.workspace.database, name, _PUBLIC.get(schema, schema))[0][0]:
        return compiled
    word = compiled.tokens[1]
    # As long as the word before: places in the text stay what they were.
    return replace(
        compiled, text=compiled.text[: word.start] + "VIEW ".ljust(len(word.text)) + compiled.text[word.end :]
    )
