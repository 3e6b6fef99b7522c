"""Buckets, and who else sees them."""

from __future__ import annotations

from keboola_duckdb.models.base import Model


class Bucket(Model):
    """A bucket; a linked one shows a bucket of another project."""

    name: str
    table_count: int = 0
    description: str | None = None
    is_linked: bool = False
    source_project_id: str | None = None
    source_bucket_name: str | None = None


class BucketShare(Model):
    """The projects that may link the bucket."""

    shared_with: list[str]
    is_linked: bool = False
    source_project_id: str | None = None
    source_bucket_name: str | None = None


class BucketLink(Model):
    """A bucket of another project that shows this one."""

    project_id: str
    bucket_name: str


class BucketSharing(Model):
    """With whom a bucket is shared, and who has linked it."""

    shared_with: list[str]
    linked_by: list[BucketLink]


class ReadonlyGrant(Model):
    """Acknowledgement: links are read-only by themselves."""

    bucket_name: str
    status: str
    message: str
