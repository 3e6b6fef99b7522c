"""Snapshot settings: four levels, of which a lower one overrides the higher ones key by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.models import Bucket, Project, Table

TRIGGERS = "auto_snapshot_triggers"
RETENTION = "retention"
#: What holds where nobody set anything, in the order in which answers show it.
SYSTEM_DEFAULTS: dict[str, Any] = {
    f"{TRIGGERS}.drop_table": True,
    f"{TRIGGERS}.truncate_table": False,
    f"{TRIGGERS}.delete_all_rows": False,
    f"{TRIGGERS}.drop_column": False,
    f"{RETENTION}.manual_days": 90,
    f"{RETENTION}.auto_days": 7,
    "enabled": True,
}
#: Shown only where somebody set it: not part of the contract's answers.
FULL_LOAD = f"{TRIGGERS}.full_load"


@dataclass(frozen=True)
class SnapshotConfig:
    """Settings in force, and for each dotted key the level that set it: system, project, bucket or table."""

    values: dict[str, Any]
    levels: dict[str, str]

    @property
    def is_enabled(self) -> bool:
        return bool(self.values["enabled"])

    def is_triggered_by(self, *triggers: str) -> bool:
        """Whether snapshots are enabled and one of these triggers is on."""
        return self.is_enabled and any(self.values.get(f"{TRIGGERS}.{trigger}", False) for trigger in triggers)

    def retention_days(self, *, automatic: bool) -> int:
        return int(self.values[f"{RETENTION}.auto_days" if automatic else f"{RETENTION}.manual_days"])

    def nested(self) -> dict[str, Any]:
        """As answers show it."""
        answer: dict[str, Any] = {}
        for key, value in self.values.items():
            group, _, name = key.rpartition(".")
            (answer.setdefault(group, {}) if group else answer)[name] = value
        return answer


def config_of(project: Project, bucket: Bucket | None = None, table: Table | None = None) -> SnapshotConfig:
    """What is in force for a project, a bucket or a table; reads nothing from the database but these rows."""
    values, levels = dict(SYSTEM_DEFAULTS), dict.fromkeys(SYSTEM_DEFAULTS, "system")
    for level, owner in (("project", project), ("bucket", bucket), ("table", table)):
        for key, value in _flat(owner.snapshot_settings if owner is not None else None).items():
            values[key], levels[key] = value, level
    return SnapshotConfig(values, levels)


def config_of_table(table: Table) -> SnapshotConfig:
    """The same for a table whose bucket and project are loaded. A branch's version has the settings of main's table."""
    if table.branch_id is None:
        return config_of(table.bucket.project, table.bucket, table)
    main = Table.objects.filter(bucket=table.bucket_id, branch=None, name=table.name).first()
    return config_of(table.bucket.project, table.bucket, main)


def _flat(stored: dict[str, Any] | None) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in (stored or {}).items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": part for name, part in value.items()}
        else:
            flat[key] = value
    return flat
