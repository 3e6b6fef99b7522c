"""Writing rows of a table or view of a workspace to a file of their own, which storage can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storage.engine.monitor import Monitor
from storage.engine.native import NativeConnection, NativeError, rows
from storage.engine.row_conditions import clauses
from storage.engine.specs import ColumnSpec, RowSelection, TableSpec
from storage.engine.sql import attach_sql, qualified_name, quote_identifier
from storage.engine.type_grammar import canonical_type
from storage.engine.workspace_errors import translated_open_errors
from storage.engine.workspace_file import workspace_size_bytes
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_room import Room, watched
from storage.errors import InvalidColumn

_VIEWS = "SELECT sql FROM system.main.duckdb_views() WHERE database_name = $1 AND NOT internal"


@dataclass(frozen=True)
class UnloadOrder:
    """Which rows of the object `name`, whose shape is `spec`, and which of its columns. `spec` is storable."""

    name: str
    spec: TableSpec
    columns: tuple[str, ...]
    selection: RowSelection | None
    limit_bytes: int


def storable_spec(spec: TableSpec) -> TableSpec:
    """The shape as tables of the storage may have it: types that these do not have are texts, defaults are left out."""
    return TableSpec(tuple(_storable(column) for column in spec.columns), spec.primary_key)


def view_texts(instance: WorkspaceInstance, connection: NativeConnection) -> list[str]:
    """The definitions of all views of the users."""
    return [text for (text,) in rows(connection, _VIEWS, instance.database_name)]


@contextmanager
def unloaded(
    instance: WorkspaceInstance, connection: NativeConnection, order: UnloadOrder, monitor: Monitor
) -> Iterator[Path]:
    """A database file with the rows in `main.data`, for as long as the block lasts; the workspace stays as it is.

    `connection` is a session for this alone. Raises FilterRefused, WorkspaceFull for more than may be unloaded, and
    InvalidRequest where a view cannot be read.
    """
    with instance.gate.empty() as path:
        room = Room(lambda: workspace_size_bytes(path), order.limit_bytes)
        with attached(connection, path) as alias, watched(connection, monitor, room, span=(0.0, 0.3)):
            _write(instance, connection, order, alias)
        yield path


@contextmanager
def attached(connection: NativeConnection, path: Path, *options: str) -> Iterator[str]:
    """The alias of a file in the gate; an open transaction of the connection ends with the block, undone."""
    alias = f"_v_file_{path.stem}"
    with translated_open_errors():
        connection.run(attach_sql(path, alias, options))
    try:
        yield alias
    finally:
        with suppress(NativeError):
            connection.run("ROLLBACK")
        with suppress(NativeError):
            connection.run(f"DETACH DATABASE IF EXISTS {quote_identifier(alias)}")


def _write(instance: WorkspaceInstance, connection: NativeConnection, order: UnloadOrder, alias: str) -> None:
    cells = ", ".join(_cell(column) for column in order.spec.columns)
    source = f"(SELECT {cells} FROM {qualified_name(instance.database_name, 'main', order.name)})"  # noqa: S608 - quoted
    found = None if order.selection is None else clauses(order.selection, order.spec)
    wanted = ", ".join(quote_identifier(name) for name in order.columns)
    sql = f"CREATE TABLE {qualified_name(alias)} AS SELECT {wanted} FROM {source} AS data{found or ''}"  # noqa: S608
    rows(connection, sql, *(() if found is None else found.parameters))
    connection.run(f"CHECKPOINT {quote_identifier(alias)}")


def _storable(column: ColumnSpec) -> ColumnSpec:
    try:
        kind = canonical_type(column.type)
    except InvalidColumn:
        kind = "VARCHAR"
    return ColumnSpec(column.name, kind, column.nullable)


def _cell(column: ColumnSpec) -> str:
    name = quote_identifier(column.name)
    return f"CAST({name} AS {column.type}) AS {name}"
