"""Automatic snapshots: what is about to be destroyed is kept, if the settings say so."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from kbstore import metrics
from storage.errors import SnapshotFailed
from storage.models import Snapshot, SnapshotType, Table, TableVersion
from storage.runtime import engine
from storage.services.pin_version import pin_version
from storage.services.snapshot_config import config_of_table
from storage.services.write_target import gone

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Danger:
    """A kind of destruction: the triggers of which any one asks for a snapshot, its type and its description."""

    triggers: tuple[str, ...]
    snapshot_type: SnapshotType
    description: str


DROP_TABLE = Danger(("drop_table",), SnapshotType.BEFORE_DROP, "Auto-backup before DROP TABLE {table}")
DROP_COLUMN = Danger(
    ("drop_column",), SnapshotType.BEFORE_DROP_COLUMN, "Auto-backup before DROP COLUMN {table}.{column}"
)
DELETE_ALL_ROWS = Danger(
    ("truncate_table", "delete_all_rows"),
    SnapshotType.BEFORE_TRUNCATE,
    "Auto-backup before DELETE ALL ROWS from {table}",
)
FULL_LOAD = Danger(("full_load",), SnapshotType.BEFORE_FULL_LOAD, "Auto-backup before FULL LOAD of {table}")
#: No setting asks for these: they are taken whenever snapshots are enabled.
RESTORE = Danger((), SnapshotType.BEFORE_RESTORE, "Auto-backup before RESTORE of {table}")
PUSH = Danger((), SnapshotType.BEFORE_PUSH, "Auto-backup before PUSH to {table}")


def snapshot_before(
    danger: Danger,
    *,
    table: Table,
    actor_label: str,
    version: TableVersion | None = None,
    force: bool = False,
    column: str = "",
) -> Snapshot | None:
    """Keep a table's current version (or `version`) before it goes: call it in the transaction of the change.

    None if the settings in force do not ask for it. `table` has its bucket and project loaded. Raises SnapshotFailed
    if the data is not there, which `force` overrides, and TableNotFound if the table went away with its data.
    """
    config = config_of_table(table)
    wanted = config.is_triggered_by(*danger.triggers) if danger.triggers else config.is_enabled
    if not wanted:
        return None
    kept = version or table.current_version
    if not engine().has_version(kept.ref):
        if not Table.objects.filter(pk=table.pk).exists():
            raise gone(table)  # its bucket was deleted meanwhile, and the data with it
        if not force:
            raise SnapshotFailed(table.bucket.project_id, table.bucket.name, table.name)
        log.warning("destroyed without the snapshot that was due", table_id=table.pk, danger=danger.snapshot_type)
        return None
    snapshot = pin_version(
        bucket=table.bucket,
        branch_id=table.branch_id,  # not the row: it may be gone, which the caller finds out by itself
        table_name=table.name,
        version=kept,
        config=config,
        snapshot_type=danger.snapshot_type,
        description=danger.description.format(table=f"{table.bucket.name}.{table.name}", column=column),
        created_by=actor_label,
    )
    trigger = danger.snapshot_type.removeprefix("auto_")
    metrics.SNAPSHOTS_CREATED.labels(type=danger.snapshot_type.value, trigger=trigger).inc()
    return snapshot
