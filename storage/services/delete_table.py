"""Delete a table."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import OperationNotAllowedOnBranch
from storage.models import Table
from storage.runtime import engine
from storage.services.drop_tables import LEFTOVERS, drop_rows, hold
from storage.services.named_faults import named_faults
from storage.services.publish_version import address_of, resource_id_of
from storage.services.snapshot_before import DROP_TABLE, snapshot_before
from storage.services.write_target import gone, own_version_locked, write_locked


@operation("delete_table", resource_type="table", need=Need.WRITE)
def delete_table(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str, force: bool = False
) -> None:
    """Waits for the table's writer, then row, history, link and files go. A branch can only delete its own version.

    What the snapshot settings protect is kept first. Raises SnapshotFailed where that fails, unless `force`.
    """
    table = catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    if table.branch_id is None and not catalog.is_default(branch_id):
        raise _only_in_main(branch_id, bucket_name, table_name)
    with (write_locked if table.branch_id is None else own_version_locked)(table) as fresh:
        with transaction.atomic():
            if not hold(Table.objects.filter(pk=fresh.pk)):
                raise gone(fresh)  # with its bucket or branch, whose deletion waits for no lock
            snapshot_before(DROP_TABLE, table=fresh, actor_label=actor.label, force=force)
            refs = drop_rows(Table.objects.filter(pk=fresh.pk))
            record_success(resource_id_of(fresh), bucket_name=bucket_name, table_name=table_name, branch_id=branch_id)
        details = {"project_id": project_id, "bucket_name": bucket_name, "table_name": table_name}
        with named_faults("delete table", code="delete_failed", reason=LEFTOVERS, **details):
            engine().remove_link(address_of(fresh))
        engine().discard(refs)


def _only_in_main(branch_id: str, bucket_name: str, table_name: str) -> OperationNotAllowedOnBranch:
    error = OperationNotAllowedOnBranch("delete tables", branch_id)
    error.message = "Cannot delete table from branch - it's only in main. Use pull endpoint to copy to branch first."
    error.details = {"branch_id": branch_id, "bucket_name": bucket_name, "table_name": table_name}
    return error
