"""Remove a link to a bucket of another project."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import LinkNotFound
from storage.models import Bucket, BucketShare
from storage.services.main_only import find_project_for


@operation("unlink_bucket", resource_type="bucket", need=Need.MANAGE)
def unlink_bucket(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, only_external: bool = False
) -> None:
    """The source and its shares stay, so it can be linked again. Raises LinkNotFound, also for an own bucket.

    With `only_external` it is raised for a link that is no external bucket, too.
    """
    project = find_project_for("unlink bucket", project_id=project_id, branch_id=branch_id)
    with transaction.atomic():
        link = Bucket.objects.filter(project=project, name=bucket_name, source_project_id__isnull=False).first()
        if link is None or (only_external and not link.is_external):
            raise LinkNotFound(project_id, bucket_name)
        link.delete()
        forget_share_of(link)
        source = {"source_project_id": link.source_project_id, "source_bucket_name": link.source_bucket_name}
        record_success(bucket_name, **source)


def forget_share_of(link: Bucket) -> None:
    """A share that was made for a link goes with the last link that needs it; of what is no link there is none."""
    source = {"source_project_id": link.source_project_id, "source_bucket_name": link.source_bucket_name}
    if link.is_linked and not Bucket.objects.filter(project=link.project_id, **source).exists():
        BucketShare.objects.filter(
            bucket__project=link.source_project_id,
            bucket__name=link.source_bucket_name,
            target_project=link.project_id,
            is_of_link=True,
        ).delete()
