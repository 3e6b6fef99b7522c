"""Set or clear the snapshot settings of a project, a bucket or a table."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.errors import ChangedMeanwhile
from kbstore.operations import operation, record_success
from storage.errors import InvalidSnapshotConfig
from storage.services.get_snapshot_settings import SettingsLevel, find_level
from storage.services.snapshot_config import RETENTION

MAX_RETENTION_DAYS = 3650


@operation("update_snapshot_settings", resource_type="snapshot_settings", need=Need.MANAGE)
def update_snapshot_settings(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str | None = None,
    bucket_name: str | None = None,
    table_name: str | None = None,
    config: dict[str, Any],
) -> SettingsLevel:
    """Replace all that is set at one level; an empty `config` clears it. Raises InvalidSnapshotConfig.

    It holds from the next operation on. Snapshots that exist keep the expiry they were given.
    """
    names = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name, "table_name": table_name}
    with transaction.atomic():
        level = find_level(**names)
        check_retention(config.get(RETENTION, {}))
        owner = level.owner
        before = owner.snapshot_settings
        owner.snapshot_settings = config or None
        if not type(owner).objects.filter(pk=owner.pk).update(snapshot_settings=owner.snapshot_settings):
            raise ChangedMeanwhile
        record_success(
            ".".join(name for name in (bucket_name, table_name) if name) or project_id,
            before=before,
            after=owner.snapshot_settings,
        )
    return level


def check_retention(retention: dict[str, int]) -> None:
    """Raise InvalidSnapshotConfig with all that is wrong."""
    problems = []
    for name, days in retention.items():
        if days < 1:
            problems.append(f"Retention {name} must be a positive integer")
        elif days > MAX_RETENTION_DAYS:
            problems.append(f"Retention {name} cannot exceed {MAX_RETENTION_DAYS} days")
    if problems:
        raise InvalidSnapshotConfig(problems)
