"""Take a share back."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.models import BucketShare
from storage.services.main_only import find_project_for


@operation("unshare_bucket", resource_type="bucket", need=Need.MANAGE)
def unshare_bucket(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, target_project_id: str) -> None:
    """Afterwards there is no such share, whether bucket, target and share existed or not.

    Links of the target stay and cannot be read until the bucket is shared again.
    """
    project = find_project_for("unshare bucket", project_id=project_id, branch_id=branch_id)
    share = BucketShare.objects.filter(
        bucket__project=project, bucket__name=bucket_name, target_project=target_project_id
    )
    with transaction.atomic():
        deleted, _ = share.delete()
        record_success(bucket_name, target_project_id=target_project_id, was_shared=bool(deleted))
