"""Looking at a few rows of a table or view of a workspace."""

from __future__ import annotations

from dataclasses import replace

from storage.engine.config import EngineConfig
from storage.engine.connection import light_instance
from storage.engine.errors import translated_errors
from storage.engine.monitor import Monitor
from storage.engine.native import NativeConnection
from storage.engine.shown_rows import look_at_rows
from storage.engine.specs import LookOrder, RowSelection, ShownRows, TableSpec
from storage.engine.sql import attach_sql, qualified_name
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_unload import UnloadOrder, unloaded

_ALIAS = "looked_at"


def look_at_object(
    instance: WorkspaceInstance,
    connection: NativeConnection,
    name: str,
    *,
    spec: TableSpec,
    order: LookOrder,
    config: EngineConfig,
    limit_bytes: int,
    monitor: Monitor,
) -> ShownRows:
    """Rows of the object, which has the storable shape `spec`; `connection` is a session for this alone.

    The rows that are wanted are written to a file first, so that values look as those of tables do. Raises
    FilterRefused, InvalidColumns, WorkspaceFull, or the monitor's reason.
    """
    names = order.columns or spec.column_names
    kept = TableSpec(tuple(column for column in spec.columns if column.name in names))
    unload = UnloadOrder(name, spec, kept.column_names, order.selection, limit_bytes)
    # They are in their order there, and no others.
    all_of_them = replace(order, selection=RowSelection(table=name))
    with unloaded(instance, connection, unload, monitor) as path, translated_errors(monitor):
        with light_instance(config, allow=[path]) as reader:
            reader.execute(attach_sql(path, _ALIAS, ("READ_ONLY",)))
            table = qualified_name(_ALIAS)
            return look_at_rows(connection=reader, table=table, spec=kept, order=all_of_them, monitor=monitor)
