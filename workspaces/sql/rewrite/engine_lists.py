"""The engine's lists, SHOW TABLES and its kin, without the server's own tables and databases."""

from __future__ import annotations

from typing import Final

from storage.engine.sql import quote_literal
from workspaces.sql.rewrite.edits import Edit, Layer, Rewritten
from workspaces.sql.statement import Show, Statement, StatementKind

_OWN_TABLE: Final = "name <> '_workspace_info'"
_DATABASES: Final = "{column} IN ({database}, {project}, 'temp')"
_AS_SHOWN: Final = "* REPLACE (CASE {column} WHEN {project} THEN {database} ELSE {column} END AS {column})"
_PLACE: Final = {"all tables": "database", "schemas": "database_name"}


def to_shown(text: str, statement: Statement, *, database: str, project: str) -> Rewritten:
    """A list as users may see it; the very same text for any other statement.

    The project's tables are shown in the workspace's own `database`.
    """
    detail = statement.detail
    if statement.kind is not StatementKind.SHOW or not isinstance(detail, Show) or not detail.is_engine_list:
        return Rewritten(text)
    names = {"database": quote_literal(database), "project": quote_literal(project)}
    start, end = statement.tokens[0].start, statement.tokens[-1].end
    listed = f"FROM ({text[start:end]})"
    if detail.name in _PLACE:
        names["column"] = _PLACE[detail.name]
        wanted = _DATABASES.format(**names)
        rule = (
            _OWN_TABLE
            if detail.name == "all tables"
            else f"(database_name, schema_name) <> ({names['project']}, 'main')"
        )
        query = f"SELECT {_AS_SHOWN.format(**names)} {listed} WHERE {wanted} AND {rule}"  # noqa: S608 - words of ours
    elif detail.name == "databases":
        query = f"{listed} WHERE database_name = {names['database']}"
    elif detail.name.startswith("tables"):
        query = f"{listed} WHERE {_OWN_TABLE}"
    else:
        return Rewritten(text)
    layer = Layer(text, [Edit(start, end, query)])
    return Rewritten(layer.text, rules=("engine_lists",), layers=(layer,))
