"""Look at who may read a bucket from outside its project, and who does."""

from __future__ import annotations

from dataclasses import dataclass

from kbstore.access import Actor, Need
from storage import catalog
from storage.models import Bucket, BucketShare


@dataclass(frozen=True)
class Sharing:
    """Projects in the order of sharing, and the links that name the bucket, readable at the moment or not."""

    shared_with: list[str]
    links: list[Bucket]


def get_share(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str) -> Sharing:
    """For the owner of the bucket. A link has none: it cannot be shared on."""
    actor.require(Need.MANAGE, project_id=project_id, branch_id=branch_id)
    bucket = catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    if bucket.is_linked:
        return Sharing([], [])
    links = Bucket.objects.filter(source_project_id=project_id, source_bucket_name=bucket_name)
    return Sharing(shared_with(bucket), list(links))


def shared_with(bucket: Bucket) -> list[str]:
    return list(BucketShare.objects.filter(bucket=bucket).values_list("target_project", flat=True))
