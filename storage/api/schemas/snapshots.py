"""Shapes of snapshots and their settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from kbstore.rest.schema import Description, Page, Reply, RequestModel, Text, Timestamp
from storage.services.get_snapshot import SnapshotFilter

Level = Literal["system", "project", "bucket", "table"]


class SnapshotCreateRequest(RequestModel):
    bucket: Text
    table: Text
    description: Description | None = None


class SnapshotQuery(Page):
    bucket: Text | None = None
    table: Text | None = None
    type: Text | None = None

    def wanted(self) -> SnapshotFilter:
        return SnapshotFilter(self.bucket, self.table, self.type)


class RestoreRequest(RequestModel):
    """Null and absent mean the snapshot's own place."""

    target_bucket: Text | None = None
    target_table: Text | None = None


class SnapshotDownloadQuery(RequestModel):
    format: Annotated[Text, BeforeValidator(lambda value: value or "parquet")] = "parquet"


class SnapshotReply(Reply):
    id: str
    project_id: str
    bucket_name: str
    table_name: str
    snapshot_type: str
    row_count: int
    size_bytes: int
    created_at: Timestamp
    created_by: str | None
    expires_at: Timestamp | None
    description: str | None


class SnapshotListReply(Reply):
    snapshots: list[SnapshotReply]
    total: int


class SnapshotColumnReply(Reply):
    name: str
    type: str
    nullable: bool


class SnapshotDetailReply(SnapshotReply):
    schema_columns: list[SnapshotColumnReply]
    primary_key: list[str]


class RestoredTo(Reply):
    bucket: str
    table: str


class RestoreReply(Reply):
    restored_to: RestoredTo
    row_count: int


class TriggersRequest(RequestModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    drop_table: bool | None = None
    truncate_table: bool | None = None
    delete_all_rows: bool | None = None
    drop_column: bool | None = None
    full_load: bool | None = None


class RetentionRequest(RequestModel):
    manual_days: int | None = None
    auto_days: int | None = None


class SnapshotSettingsRequest(RequestModel):
    auto_snapshot_triggers: TriggersRequest | None = None
    retention: RetentionRequest | None = None
    enabled: bool | None = None

    def config(self) -> dict[str, Any]:
        """What was sent and is not null."""
        sent = self.model_dump(exclude_none=True)
        return {name: value for name, value in sent.items() if value != {}}


class TriggersReply(Reply):
    """`full_load` is there only where somebody set it."""

    model_config = ConfigDict(extra="allow")

    drop_table: bool
    truncate_table: bool
    delete_all_rows: bool
    drop_column: bool


class RetentionReply(Reply):
    manual_days: int = Field(ge=1, le=3650)
    auto_days: int = Field(ge=1, le=3650)


class EffectiveConfig(Reply):
    auto_snapshot_triggers: TriggersReply
    retention: RetentionReply
    enabled: bool


class SnapshotSettingsReply(Reply):
    """`inheritance` names for each dotted key the level whose value is in force."""

    effective_config: EffectiveConfig
    inheritance: dict[str, Level]
    local_config: dict[str, Any] | None
