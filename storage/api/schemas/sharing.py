"""Shapes of sharing and linking."""

from __future__ import annotations

from kbstore.rest.schema import Reply, RequestModel, Text
from storage.models import Bucket


class ShareRequest(RequestModel):
    target_project_id: Text


class UnshareQuery(RequestModel):
    target_project_id: Text


class ShareReply(Reply):
    """The three members about a source are always those of an own bucket: a link cannot be shared."""

    shared_with: list[str]
    is_linked: bool = False
    source_project_id: str | None = None
    source_bucket_name: str | None = None


class LinkRequest(RequestModel):
    source_project_id: Text
    source_bucket_name: Text


class LinkOfBucket(Reply):
    """A bucket of another project that shows this one."""

    project_id: str
    bucket_name: str

    @classmethod
    def of(cls, link: Bucket) -> LinkOfBucket:
        return cls(project_id=link.project_id, bucket_name=link.name)


class SharingReply(Reply):
    shared_with: list[str]
    linked_by: list[LinkOfBucket]


class GrantReply(Reply):
    status: str = "success"
    message: str = "Readonly access is enforced via ATTACH READ_ONLY when linking buckets"
    bucket_name: str
