"""Shapes of buckets."""

from __future__ import annotations

from kbstore.rest.schema import Description, Reply, RequestModel
from storage.models import Bucket


class BucketCreateRequest(RequestModel):
    name: str
    description: Description | None = None


class BucketDeleteQuery(RequestModel):
    cascade: bool = True
    force: bool = False


class BucketReply(Reply):
    name: str
    table_count: int = 0
    description: str | None = None
    is_linked: bool = False
    source_project_id: str | None = None
    source_bucket_name: str | None = None

    @classmethod
    def of(cls, bucket: Bucket) -> BucketReply:
        """From a row of `catalog.buckets_with_numbers`; a new bucket has no tables yet."""
        return cls(
            name=bucket.name,
            table_count=getattr(bucket, "table_count", 0),
            description=bucket.description,
            is_linked=bucket.is_linked,
            source_project_id=bucket.source_project_id,
            source_bucket_name=bucket.source_bucket_name,
        )


class BucketsReply(Reply):
    buckets: list[BucketReply]
    total: int
