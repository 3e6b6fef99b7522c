"""Snapshots of tables, and the settings that make the server take them."""

from __future__ import annotations

import datetime
from typing import Any

from keboola_duckdb.models.base import Model


class Snapshot(Model):
    """A table as it was; `snapshot_type` says who wanted it (`manual`, `auto_...`)."""

    id: str
    project_id: str
    bucket_name: str
    table_name: str
    snapshot_type: str
    row_count: int
    size_bytes: int
    created_at: datetime.datetime
    created_by: str | None
    expires_at: datetime.datetime | None
    description: str | None


class SnapshotColumn(Model):
    """A column of the table at that time."""

    name: str
    type: str
    nullable: bool


class SnapshotDetail(Snapshot):
    """A snapshot with columns and key."""

    schema_columns: list[SnapshotColumn]
    primary_key: list[str]


class RestoredTo(Model):
    """Where a snapshot went."""

    bucket: str
    table: str


class RestoreResult(Model):
    """The table that a restore has made."""

    restored_to: RestoredTo
    row_count: int


class SnapshotTriggers(Model):
    """Before what a snapshot is taken."""

    drop_table: bool
    truncate_table: bool
    delete_all_rows: bool
    drop_column: bool


class SnapshotRetention(Model):
    """For how many days snapshots are kept."""

    manual_days: int
    auto_days: int


class EffectiveSnapshotConfig(Model):
    """What is in force."""

    enabled: bool
    retention: SnapshotRetention
    auto_snapshot_triggers: SnapshotTriggers


class SnapshotConfig(Model):
    """`inheritance` names for each dotted setting the level whose value is in force."""

    effective_config: EffectiveSnapshotConfig
    inheritance: dict[str, str]
    local_config: dict[str, Any] | None
