"""A few rows of a table, chosen by filters and sorted."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from kbstore.access import Actor, Need
from kbstore.patience import patience
from storage.engine.column_choice import check_column_choice
from storage.engine.errors import VersionGone
from storage.engine.monitor import Monitor
from storage.engine.row_conditions import check_selection
from storage.engine.specs import LookOrder, ShownRows
from storage.runtime import engine
from storage.services.find_readable import find_readable


def look_at_rows(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str, order: LookOrder
) -> ShownRows:
    """Rows of the current version, or of a view of one; a writer neither waits for this nor delays it.

    Stops when its caller gives up. Raises FilterRefused, InvalidColumns, InvalidLimit, OperationTimeout.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    monitor, caller = Monitor(), patience()

    def read() -> ShownRows:
        found = find_readable(
            project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
        )
        spec, version = found.spec, found.version
        if order.columns is not None:
            check_column_choice(order.columns, spec.column_names)
        check_selection(order.selection, spec)
        return engine().look_at_rows(version.ref, version.spec, replace(order, view=found.shape), monitor)

    with caller.stopping(monitor.cancel) if caller is not None else nullcontext():
        try:
            return read()
        except VersionGone:
            # A writer let go of it between the look-up and the attach: the next look-up finds its successor.
            return read()
