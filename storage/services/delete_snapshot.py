"""Delete a snapshot."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import SnapshotNotFound
from storage.models import Snapshot
from storage.services.get_snapshot import find_snapshot
from storage.services.release_versions import forget_if_unused


@operation("delete_snapshot", resource_type="snapshot", need=Need.WRITE)
def delete_snapshot(*, actor: Actor, project_id: str, branch_id: str, snapshot_id: str) -> None:
    """Its version goes too, unless the table's history or another snapshot holds it. Raises SnapshotNotFound."""
    snapshot = find_snapshot(project_id=project_id, branch_id=branch_id, snapshot_id=snapshot_id)
    with transaction.atomic():
        if not Snapshot.objects.filter(pk=snapshot_id).delete()[0]:
            raise SnapshotNotFound(project_id, snapshot_id)
        record_success(snapshot_id, bucket_name=snapshot.bucket_name, table_name=snapshot.table_name)
    forget_if_unused(snapshot.version_id)
