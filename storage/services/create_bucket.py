"""Create a bucket."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BucketExists
from storage.models import Bucket
from storage.names import check_bucket_name
from storage.runtime import engine
from storage.services.named_faults import named_faults
from storage.services.structure_lock import structure_locked


@operation("create_bucket", resource_type="bucket", need=Need.WRITE)
def create_bucket(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    name: str,
    description: str | None,
    host_id: str | None = None,
) -> Bucket:
    """An empty bucket, in main whichever branch is named. `host_id` is what a host calls it.

    Raises InvalidName, BucketExists.
    """
    catalog.find_place(project_id=project_id, branch_id=branch_id)
    check_bucket_name(name)
    try:
        with (
            named_faults("create bucket", code="create_failed", project_id=project_id, bucket_name=name),
            structure_locked(project_id),
            transaction.atomic(),
        ):
            project = catalog.find_project(project_id)
            bucket = Bucket.objects.create(project=project, name=name, description=description, host_id=host_id)
            record_success(name, bucket_name=name, description=description, branch_id=branch_id)
            engine().make_bucket(project_id, name)
    except IntegrityError as error:
        raise BucketExists(project_id, name) from error
    return bucket
