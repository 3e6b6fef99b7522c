"""Let another project link a bucket."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import AlreadyShared, ProjectNotFound, SharedWithItself
from storage.models import BucketShare, Project
from storage.services.get_share import shared_with
from storage.services.main_only import find_project_for


@operation("share_bucket", resource_type="bucket", need=Need.MANAGE)
def share_bucket(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, target_project_id: str
) -> list[str]:
    """The projects that the bucket is shared with now, in the order of sharing.

    Raises ProjectNotFound, BucketReadOnly for a link: only its source's project may share it, SharedWithItself,
    AlreadyShared.
    """
    find_project_for("share bucket", project_id=project_id, branch_id=branch_id)
    target = Project.objects.filter(pk=target_project_id).first()
    if target is None:
        raise ProjectNotFound(target_project_id, role="Target")
    with transaction.atomic():
        bucket = catalog.find_writable_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
        if target.pk == project_id:
            raise SharedWithItself(project_id, bucket_name)
        share, is_new = BucketShare.objects.get_or_create(bucket=bucket, target_project=target)
        if not is_new:
            raise AlreadyShared(project_id, bucket_name, target_project_id)
        record_success(bucket_name, target_project_id=target_project_id, share_id=share.pk)
        return shared_with(bucket)
