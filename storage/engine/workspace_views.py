"""Views that a workspace has on rows of its project, or of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.engine.monitor import Monitor
from storage.engine.row_conditions import condition_text
from storage.engine.specs import RowSelection, TableSpec
from storage.engine.sql import qualified_name, quote_identifier
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_fill import drop_in_the_way
from storage.engine.workspace_instance import PROJECT_CATALOG, WorkspaceInstance
from storage.engine.workspace_room import NO_LIMIT, watched


@dataclass(frozen=True)
class ViewOrder:
    """A view `name` of the default schema onto `table`: of that schema of the project, or of the workspace where it is
    None. `columns` are pairs (column of the table, column of the view), `spec` is the shape of the table.
    """

    name: str
    schema: str | None
    table: str
    spec: TableSpec
    columns: Sequence[tuple[str, str]]
    selection: RowSelection | None = None


def view_sql(instance: WorkspaceInstance, order: ViewOrder) -> str:
    """CREATE VIEW with the conditions as literals. Raises FilterRefused."""
    cells = ", ".join(f"{quote_identifier(name)} AS {quote_identifier(target)}" for name, target in order.columns)
    source = (instance.database_name, "main") if order.schema is None else (PROJECT_CATALOG, order.schema)
    rows = f"SELECT * FROM {qualified_name(*source, order.table)}"  # noqa: S608 - quoted
    if order.selection is not None:
        where = condition_text(order.selection, order.spec)
        limit = order.selection.limit
        rows += (f" WHERE {where}" if where else "") + (f" LIMIT {int(limit)}" if limit else "")
    view = qualified_name(instance.database_name, "main", order.name)
    return f"CREATE VIEW {view} AS SELECT {cells} FROM ({rows})"  # noqa: S608


def make_view(instance: WorkspaceInstance, order: ViewOrder, *, monitor: Monitor) -> None:
    """Make the view, in the place of a table or view of its name; what it reads of the project is shown.

    Raises WorkspaceChanging, ObjectInUse, FilterRefused.
    """
    with (
        translated_native_errors(),
        instance.session() as connection,
        watched(connection, monitor, NO_LIMIT),
    ):
        connection.run("BEGIN")
        drop_in_the_way(instance, connection, order.name)
        connection.run(view_sql(instance, order))
        connection.run("COMMIT")
