"""Delete a bucket, with its tables if the caller means it."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BucketIsLinked, BucketNotEmpty, OperationNotAllowedOnBranch
from storage.models import Bucket, Table
from storage.runtime import engine
from storage.services.drop_tables import LEFTOVERS, drop_rows, hold, wait_for_writers
from storage.services.named_faults import named_faults
from storage.services.snapshot_before import DROP_TABLE, snapshot_before
from storage.services.structure_lock import structure_locked
from storage.services.unlink_bucket import forget_share_of
from storage.services.write_target import lock_keys_of


@operation("delete_bucket", resource_type="bucket", need=Need.WRITE)
def delete_bucket(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    cascade: bool,
    force: bool = False,
    with_links: bool = False,
) -> None:
    """All its tables and views go in one transaction, then their files. Raises BucketNotEmpty without `cascade`.

    Links to it stay and show nothing; `with_links` they go, too, and without `cascade` BucketIsLinked is raised. Each
    table is kept as when it were dropped by itself. Raises SnapshotFailed where that fails, unless `force`.
    Of a linked bucket only the link goes.
    """
    project = catalog.find_project(project_id)
    branch = catalog.find_branch(project_id, branch_id)
    if branch is not None:
        raise OperationNotAllowedOnBranch("delete buckets", branch_id)
    catalog.require_directory(project)
    with structure_locked(project_id):
        with transaction.atomic():
            bucket = catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
            tables = Table.objects.filter(bucket=bucket)
            # Held, so that nobody publishes between what is kept and what is dropped.
            hold(tables)
            doomed = list(tables.select_related("bucket__project", "branch", "current_version"))
            if not cascade and (doomed or bucket.views.exists()):
                raise BucketNotEmpty(project_id, bucket_name)
            for table in doomed:
                snapshot_before(DROP_TABLE, table=table, actor_label=actor.label, force=force)
            if with_links:
                _drop_links(bucket, cascade=cascade)
            refs = drop_rows(tables)
            bucket.delete()
            forget_share_of(bucket)
            record_success(bucket_name, bucket_name=bucket_name, cascade=cascade, branch_id=branch_id)
        wait_for_writers(key for table in doomed for key in lock_keys_of(table))
        details = {"project_id": project_id, "bucket_name": bucket_name}
        with named_faults("delete bucket", code="delete_failed", reason=LEFTOVERS, **details):
            engine().remove_bucket(project_id, bucket_name)
            for touched in {table.branch_id for table in doomed if table.branch_id}:
                engine().remove_bucket(project_id, bucket_name, touched)
    engine().discard(refs)


def _drop_links(bucket: Bucket, *, cascade: bool) -> None:
    links = Bucket.objects.filter(source_project_id=bucket.project_id, source_bucket_name=bucket.name)
    count = links.count()
    if count and not cascade:
        raise BucketIsLinked(bucket.project_id, bucket.name, count)
    links.delete()
