"""Errors of snapshots and their settings, as the contract spells them."""

from __future__ import annotations

from collections.abc import Sequence

from kbstore.errors import InvalidRequest, KbstoreError, NotFound
from storage.errors.buckets import BucketError


class SnapshotNotFound(NotFound):
    code = "snapshot_not_found"

    def __init__(self, project_id: str, snapshot_id: str) -> None:
        super().__init__(
            f"Snapshot {snapshot_id} not found", details={"snapshot_id": snapshot_id, "project_id": project_id}
        )


class SnapshotFileNotFound(NotFound):
    code = "snapshot_file_not_found"

    def __init__(self, snapshot_id: str) -> None:
        super().__init__(f"Data of snapshot {snapshot_id} not found", details={"snapshot_id": snapshot_id})


class SnapshotsDisabled(BucketError, InvalidRequest):
    code = "snapshots_disabled"

    def __init__(self, project_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"Snapshots are disabled for table {bucket}.{table}",
            details=self.details_of(project_id, bucket, table_name=table),
        )


class SnapshotFailed(BucketError, KbstoreError):
    """The snapshot that has to precede a destructive operation could not be taken, so nothing was done."""

    code = "snapshot_failed"

    def __init__(self, project_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"The snapshot of table {bucket}.{table} that has to precede this operation could not be taken: "
            "the data of its current version is missing. Nothing was changed. Pass force=true to go on without it.",
            details=self.details_of(project_id, bucket, table_name=table),
        )

    @classmethod
    def of_lost_data(cls, project_id: str, bucket: str, table: str) -> SnapshotFailed:
        """A snapshot that was asked for by itself."""
        error = cls(project_id, bucket, table)
        error.message = f"The snapshot of table {bucket}.{table} could not be taken: its data is missing."
        return error


class InvalidSnapshotConfig(InvalidRequest):
    code = "invalid_config"

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("Invalid snapshot configuration", details={"errors": list(errors)})
