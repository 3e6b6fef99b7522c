"""Let every project link a bucket that comes with the handle of its share: a host decides which ones get it."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.models import Bucket, BucketShare
from storage.services.main_only import find_project_for


@operation("share_openly", resource_type="bucket", need=Need.MANAGE)
def share_openly(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> None:
    """Again changes nothing. Raises BucketNotFound, BucketReadOnly for a link: only its source's project may share."""
    find_project_for("share bucket", project_id=project_id, branch_id=branch_id)
    with transaction.atomic():
        bucket = catalog.find_writable_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
        Bucket.objects.filter(pk=bucket.pk).update(is_openly_shared=True)
        record_success(bucket_name)


@operation("unshare_openly", resource_type="bucket", need=Need.MANAGE)
def unshare_openly(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> bool:
    """Whether it was shared. Afterwards it is with nobody: links stay, and cannot be read until it is shared again."""
    project = find_project_for("unshare bucket", project_id=project_id, branch_id=branch_id)
    own = Bucket.objects.filter(project=project, name=bucket_name)
    with transaction.atomic():
        was_open = bool(own.filter(is_openly_shared=True).update(is_openly_shared=False))
        deleted, _ = BucketShare.objects.filter(bucket__in=own).delete()
        was_shared = was_open or bool(deleted)
        record_success(bucket_name, was_shared=was_shared)
    return was_shared
