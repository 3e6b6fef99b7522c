"""A few rows of a table or view of a workspace, chosen by filters and sorted."""

from __future__ import annotations

from contextlib import nullcontext

from kbstore.access import Actor, Need
from kbstore.patience import patience
from storage.engine.column_choice import check_column_choice
from storage.engine.monitor import Monitor
from storage.engine.row_conditions import check_selection
from storage.engine.specs import LookOrder, ShownRows
from storage.engine.time_limit import time_limit
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_look import look_at_object
from storage.engine.workspace_unload import storable_spec
from storage.runtime import engine_config
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of
from workspaces.services.object_source import ObjectSource, show_tables_of_views
from workspaces.services.open_workspace import opened

#: As long as a preview of a table may take.
_SECONDS = 30.0


def look_at_rows_of_object(*, actor: Actor, workspace: Workspace, name: str, order: LookOrder) -> ShownRows:
    """Rows as they are committed now. Stops when its caller gives up.

    Raises Forbidden, ObjectNotFound, FilterRefused, InvalidColumns, InvalidLimit, OperationTimeout, WorkspaceBusy.
    """
    actor.require(Need.READ, project_id=workspace.project_id, branch_id=branch_of(workspace))
    monitor, caller = Monitor(), patience()
    with (
        caller.stopping(monitor.cancel) if caller is not None else nullcontext(),
        time_limit(monitor, _SECONDS),
        opened(workspace) as instance,
    ):
        found = ObjectSource(workspace.pk, name).find(workspace, instance)
        spec = storable_spec(found.spec)
        if order.columns is not None:
            check_column_choice(order.columns, spec.column_names)
        check_selection(order.selection, spec)
        with translated_native_errors(), instance.session() as connection:
            if found.kind == "view":
                show_tables_of_views(workspace, instance, connection)
            return look_at_object(
                instance,
                connection,
                name,
                spec=spec,
                order=order,
                config=engine_config(),
                limit_bytes=workspace.size_limit_bytes,
                monitor=monitor,
            )
