"""Remove a link to a bucket of another project."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import LinkNotFound
from storage.models import Bucket
from storage.services.main_only import find_project_for


@operation("unlink_bucket", resource_type="bucket", need=Need.MANAGE)
def unlink_bucket(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> None:
    """The source and its shares stay, so it can be linked again. Raises LinkNotFound, also for an own bucket."""
    project = find_project_for("unlink bucket", project_id=project_id, branch_id=branch_id)
    with transaction.atomic():
        link = Bucket.objects.filter(project=project, name=bucket_name, source_project_id__isnull=False).first()
        if link is None:
            raise LinkNotFound(project_id, bucket_name)
        link.delete()
        source = {"source_project_id": link.source_project_id, "source_bucket_name": link.source_bucket_name}
        record_success(bucket_name, **source)
