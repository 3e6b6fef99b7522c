"""The columns of what users keep in a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.engine.native import rows
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_objects import is_internal

# Views, too. Qualified, as a macro of the user's would stand before the name alone.
_COLUMNS = """
    SELECT schema_name, table_name, list([column_name, data_type] ORDER BY column_index)::VARCHAR[][]
    FROM system.main.duckdb_columns()
    WHERE database_name = $1 AND NOT internal
    GROUP BY ALL ORDER BY ALL
    LIMIT 5000
"""


@dataclass(frozen=True)
class ObjectColumns:
    """A table or view; `columns` are names with the types that the engine has for them."""

    schema: str
    name: str
    columns: Sequence[tuple[str, str]]


def list_columns(instance: WorkspaceInstance) -> list[ObjectColumns]:
    """The user's tables and views in all schemas, by schema and name; of very many the first ones."""
    with translated_native_errors(), instance.session() as connection:
        found = rows(connection, _COLUMNS, instance.database_name)
    return [
        ObjectColumns(schema, name, [(column, kind) for column, kind in columns])
        for schema, name, columns in found
        if not is_internal(schema, name)
    ]
