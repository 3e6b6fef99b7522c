"""Drop what a dev branch holds of a bucket: main, and the bucket itself, stay."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import BucketNotEmpty
from storage.models import Table, TableView
from storage.services.delete_table import delete_table
from storage.services.drop_view import drop_view


def drop_branch_bucket(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, cascade: bool) -> int:
    """How many tables went, one by one, after its views: the branch reads those of main again.

    Raises BucketNotFound, and BucketNotEmpty without `cascade`.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    bucket = catalog.find_bucket(**place)
    names = list(Table.objects.filter(bucket=bucket, branch=branch_id).values_list("name", flat=True))
    views = list(TableView.objects.filter(bucket=bucket, branch=branch_id).values_list("name", flat=True))
    if not cascade and (names or views):
        raise BucketNotEmpty(project_id, bucket_name)
    for name in views:
        drop_view(actor=actor, **place, view_name=name)
    for name in names:
        delete_table(actor=actor, **place, table_name=name)
    return len(names)
