"""Copying rows of a project table into a table of a workspace: all of them or none, within the size limit."""

from __future__ import annotations

from dataclasses import dataclass

from kbstore import faults
from kbstore.errors import KbstoreError, OperationCancelled
from storage.engine.errors import clean_message
from storage.engine.monitor import Monitor
from storage.engine.native import ErrorKind, NativeConnection, NativeError, rows
from storage.engine.sql import count_rows_sql, qualified_name, quote_identifiers
from storage.engine.workspace_errors import translate_native
from storage.engine.workspace_instance import PROJECT_CATALOG, WorkspaceInstance
from storage.engine.workspace_objects import WorkspaceChanging, give_space_back
from storage.engine.workspace_room import Watched, WorkspaceFull, require_room, size_watched
from storage.errors import InvalidWhereClause

#: What a condition that has been judged may still do wrong when it is bound or meets the rows.
_CONDITION_ERRORS = {
    ErrorKind.BINDER,
    ErrorKind.CATALOG,
    ErrorKind.CONVERSION,
    ErrorKind.EXPRESSION,
    ErrorKind.INVALID_INPUT,
    ErrorKind.INVALID_TYPE,
    ErrorKind.MISMATCH_TYPE,
    ErrorKind.NOT_IMPLEMENTED,
    ErrorKind.OUT_OF_RANGE,
    ErrorKind.PARSER,
    ErrorKind.SYNTAX,
}


@dataclass(frozen=True)
class CopyOrder:
    """What to copy: a table that the instance shows, columns of it (None: all), a condition that has been judged.

    `destination` is a table of the workspace's default schema: made, or replaced with its columns.
    """

    schema: str
    table: str
    destination: str
    size_limit_bytes: int
    columns: tuple[str, ...] | None = None
    where: str | None = None


def copy_into_workspace(
    instance: WorkspaceInstance, order: CopyOrder, monitor: Monitor, *, span: tuple[float, float] = (0.0, 1.0)
) -> int:
    """Copy the rows and return how many there are; whatever this raises, the old destination is as it was.

    `span` is the part of the monitor's work that this is. Raises WorkspaceFull, InvalidWhereClause, WorkspaceChanging.
    """
    limit = order.size_limit_bytes
    require_room(instance.size_bytes(), limit)
    with instance.session() as connection, size_watched(connection, instance.size_bytes, limit) as is_full:
        try:
            with monitor.phase(Watched(connection), *span):  # type: ignore[arg-type]
                copied = _copy(instance, connection, order)
                require_room(instance.size_bytes(), limit)
                faults.reach("workspace_copy.before_commit")
                connection.run("COMMIT")
        except NativeError as error:
            raise _translated(error, order, monitor, is_full=is_full.is_set()) from error
    give_space_back(instance)
    return copied


def _copy(instance: WorkspaceInstance, connection: NativeConnection, order: CopyOrder) -> int:
    target = qualified_name(instance.database_name, "main", order.destination)
    connection.run("BEGIN")
    if _is_view(connection, instance.database_name, order.destination):
        connection.run(f"DROP VIEW {target}")
    connection.run(f"CREATE OR REPLACE TABLE {target} AS {_select(order)}")
    return int(rows(connection, count_rows_sql(target))[0][0])


def _select(order: CopyOrder) -> str:
    # `data` is what conditions may call the table.
    columns = "*" if order.columns is None else quote_identifiers(order.columns)
    sql = f"SELECT {columns} FROM {qualified_name(PROJECT_CATALOG, order.schema, order.table)} AS data"  # noqa: S608
    return sql if order.where is None else f"{sql} WHERE (\n{order.where}\n)"


def _is_view(connection: NativeConnection, database: str, name: str) -> bool:
    sql = """
        SELECT count(*) FROM system.main.duckdb_views()
        WHERE database_name = $1 AND schema_name = 'main' AND lower(view_name) = lower($2)
    """
    return bool(rows(connection, sql, database, name)[0][0])


def _translated(error: NativeError, order: CopyOrder, monitor: Monitor, *, is_full: bool) -> KbstoreError:
    if error.kind is ErrorKind.INTERRUPT:
        reason = monitor.cancelled_with
        return reason or (WorkspaceFull(order.size_limit_bytes) if is_full else OperationCancelled())
    if error.kind is ErrorKind.TRANSACTION or "write-write conflict" in error.message.lower():
        return WorkspaceChanging()
    if order.where is not None and error.kind in _CONDITION_ERRORS:
        return InvalidWhereClause(clean_message(error.message), order.where, detail_name="where")
    return translate_native(error)
