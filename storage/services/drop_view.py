"""Drop a view; what it shows stays."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import OperationNotAllowedOnBranch, ViewNotFound
from storage.models import TableView
from storage.services.find_readable import find_view


@operation("drop_view", resource_type="table", need=Need.WRITE)
def drop_view(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, view_name: str) -> None:
    """A branch can only drop its own. Raises ViewNotFound, BucketReadOnly for one that is seen through a link."""
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    catalog.find_writable_bucket(**place)
    view = find_view(**place, view_name=view_name)
    if view.branch_id is None and not catalog.is_default(branch_id):
        raise OperationNotAllowedOnBranch("drop views of main", branch_id)
    with transaction.atomic():
        deleted, _ = TableView.objects.filter(pk=view.pk).delete()
        if not deleted:
            raise ViewNotFound(project_id, bucket_name, view_name)
        record_success(f"{bucket_name}.{view_name}", bucket_name=bucket_name, view_name=view_name)
