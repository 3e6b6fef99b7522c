"""Look at buckets, with their numbers."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import BucketNotFound
from storage.models import Bucket


def get_bucket(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> Bucket:
    """The bucket with `table_count`."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    project, _ = catalog.find_place(project_id=project_id, branch_id=branch_id)
    bucket = catalog.buckets_with_numbers(project).filter(name=bucket_name).first()
    if bucket is None:
        raise BucketNotFound(project_id, bucket_name)
    return bucket


def list_buckets(
    *, actor: Actor, project_id: str, branch_id: str, limit: int | None, offset: int
) -> tuple[list[Bucket], int]:
    """One page by name (all without a limit), and how many there are in all."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    project, _ = catalog.find_place(project_id=project_id, branch_id=branch_id)
    page = list(catalog.buckets_with_numbers(project)[offset : None if limit is None else offset + limit])
    complete = limit is None and offset == 0
    return page, len(page) if complete else Bucket.objects.filter(project=project).count()


def list_bucket_names(*, actor: Actor, project_id: str, branch_id: str) -> list[str]:
    """All buckets and links by name, without their numbers."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    project, _ = catalog.find_place(project_id=project_id, branch_id=branch_id)
    return list(Bucket.objects.filter(project=project).order_by("name").values_list("name", flat=True))
