"""One table or view of a workspace with its columns."""

from __future__ import annotations

from dataclasses import dataclass

from storage.engine.native import rows
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_objects import count_object_rows, own_objects

# Qualified, as a macro of the user's would stand before the name alone.
_COLUMNS = """
    SELECT column_name, data_type, is_nullable, column_default FROM system.main.duckdb_columns()
    WHERE database_name = $1 AND schema_name = 'main' AND table_name = $2 ORDER BY column_index
"""
_KEY = """
    SELECT unnest(constraint_column_names) FROM system.main.duckdb_constraints()
    WHERE database_name = $1 AND schema_name = 'main' AND table_name = $2 AND constraint_type = 'PRIMARY KEY'
"""


@dataclass(frozen=True)
class DescribedObject:
    """`kind` is `table` or `view`; `row_count` is 0 where it cannot be computed in time."""

    name: str
    kind: str
    spec: TableSpec
    row_count: int


def list_kinds(instance: WorkspaceInstance) -> list[tuple[str, str]]:
    """Name and kind of the user's tables and views, by name."""
    with translated_native_errors(), instance.session() as connection:
        return sorted(own_objects(connection, instance.database_name))


def describe_object(instance: WorkspaceInstance, name: str, *, patience_seconds: float) -> DescribedObject | None:
    """The user's table or view of exactly this name, None if there is none."""
    database = instance.database_name
    with translated_native_errors(), instance.session() as connection:
        kind = dict(own_objects(connection, database)).get(name)
        if kind is None:
            return None
        columns = tuple(ColumnSpec(*found) for found in rows(connection, _COLUMNS, database, name))
        key = tuple(column for (column,) in rows(connection, _KEY, database, name))
        count = count_object_rows(connection, database, name, patience_seconds)
    return DescribedObject(name, kind, TableSpec(columns, key), count)
