"""Shapes of a table's history."""

from __future__ import annotations

from kbstore.rest.schema import Reply, Timestamp
from storage.api.schemas.tables import ColumnReply, columns_of
from storage.models import Table, TableVersion


class VersionReply(Reply):
    """`snapshots` are the ids of those that pin it and that the caller's branch can see."""

    version: int
    id: str
    operation: str
    created_at: Timestamp
    created_by: str | None
    job_id: str | None
    row_count: int
    size_bytes: int
    columns: list[ColumnReply]
    primary_key: list[str]
    is_current: bool
    snapshots: list[str]

    @classmethod
    def of(cls, version: TableVersion, table: Table) -> VersionReply:
        # Who did what in another project, and as which job, is not told through a link.
        is_own = table.via_link is None
        return cls(
            version=version.number,
            id=version.pk,
            operation=version.operation,
            created_at=version.created_at,
            created_by=version.created_by if is_own else None,
            job_id=version.job_id if is_own else None,
            row_count=version.row_count,
            size_bytes=version.size_bytes,
            columns=columns_of(version),
            primary_key=version.primary_key,
            is_current=version.pk == table.current_version_id,
            snapshots=[snapshot.pk for snapshot in version.snapshots.all()],
        )


class VersionListReply(Reply):
    versions: list[VersionReply]
    total: int
