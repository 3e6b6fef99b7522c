"""Drop a column of a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec
from storage.errors import CannotDropLastColumn, ColumnInPrimaryKey
from storage.models import Job, Table
from storage.services.change_table import change, refusals_named
from storage.services.reshape_table import existing_column, reshape
from storage.services.snapshot_before import DROP_COLUMN, snapshot_before
from storage.services.write_target import WriteTarget, write_target


@change("drop_column")
@operation("drop_column", resource_type="column", need=Need.WRITE)
def drop_column(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    column: str,
    force: bool,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Drop a column with its values; a snapshot precedes it if the settings ask for one.

    Raises ColumnNotFound, CannotDropLastColumn, ColumnInPrimaryKey, and SnapshotFailed, which `force` overrides.
    """
    with (
        write_target(table, branch_id, monitor) as target,
        refusals_named("drop column", code="drop_column_failed", column_name=column),
    ):
        after = _without(target, column)
        return reshape(
            "drop_column",
            actor=actor,
            target=target,
            after=after,
            sources=after.column_names,
            job=job,
            monitor=monitor,
            details={"column_name": column},
            also=lambda: _keep(target, actor, column, force=force),
        )


def _without(target: WriteTarget, column: str) -> TableSpec:
    existing_column(target, column)
    spec = target.base.spec
    if len(spec.columns) == 1:
        raise CannotDropLastColumn
    if column in spec.primary_key:
        raise ColumnInPrimaryKey(column, spec.primary_key)
    return replace(spec, columns=tuple(kept for kept in spec.columns if kept.name != column))


def _keep(target: WriteTarget, actor: Actor, column: str, *, force: bool) -> None:
    if target.table is not None:
        snapshot_before(DROP_COLUMN, table=target.table, actor_label=actor.label, force=force, column=column)
