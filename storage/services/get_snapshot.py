"""Look at snapshots: those of main on the default branch, a dev branch's own on that branch."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import SnapshotNotFound
from storage.models import Snapshot


@dataclass(frozen=True)
class SnapshotFilter:
    """Which snapshots; None and the empty text mean all."""

    bucket: str | None = None
    table: str | None = None
    type: str | None = None


def get_snapshot(*, actor: Actor, project_id: str, branch_id: str, snapshot_id: str) -> Snapshot:
    """The snapshot with its version. Raises SnapshotNotFound."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    return find_snapshot(project_id=project_id, branch_id=branch_id, snapshot_id=snapshot_id)


def list_snapshots(
    *, actor: Actor, project_id: str, branch_id: str, wanted: SnapshotFilter, limit: int, offset: int
) -> tuple[list[Snapshot], int]:
    """One page, newest first, and how many match in all."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    fields = {"bucket_name": wanted.bucket, "table_name": wanted.table, "type": wanted.type}
    found = visible_snapshots(project_id=project_id, branch_id=branch_id)
    found = found.filter(**{name: value for name, value in fields.items() if value})
    return list(found[offset : offset + limit]), found.count()


def find_snapshot(*, project_id: str, branch_id: str, snapshot_id: str) -> Snapshot:
    """C1, C2, C4, then the snapshot. Unknown, deleted, expired and foreign ones raise SnapshotNotFound alike."""
    snapshot = visible_snapshots(project_id=project_id, branch_id=branch_id).filter(pk=snapshot_id).first()
    if snapshot is None:
        raise SnapshotNotFound(project_id, snapshot_id)
    return snapshot


def visible_snapshots(*, project_id: str, branch_id: str) -> QuerySet[Snapshot]:
    """What a branch has of its own and what has not expired. Raises ProjectNotFound, BranchNotFound."""
    project, branch = catalog.find_place(project_id=project_id, branch_id=branch_id)
    return Snapshot.objects.live().filter(project=project, branch=branch).select_related("version")
