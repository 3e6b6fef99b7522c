"""Buckets: shared with other projects, linked from them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb.addresses import branch_path, bucket_path
from keboola_duckdb.calls import given
from keboola_duckdb.models.buckets import Bucket, BucketShare, BucketSharing, ReadonlyGrant
from keboola_duckdb.models.page import Page


class AsyncBuckets(AsyncResource):
    """`kb.buckets`."""

    async def list(
        self, project: str, *, branch: str = "default", limit: int | None = None, offset: int = 0
    ) -> Page[Bucket]:
        return await self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets",
            into=Bucket,
            member="buckets",
            path=branch_path(project, branch),
            limit=limit,
            offset=offset,
        )

    def iterate(self, project: str, *, branch: str = "default", page_size: int = PAGE_ROWS) -> AsyncIterator[Bucket]:
        """All buckets, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, branch=branch, limit=limit, offset=offset), page_size=page_size
        )

    async def create(
        self, project: str, name: str, *, description: str | None = None, branch: str = "default"
    ) -> Bucket:
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets",
            into=Bucket,
            path=branch_path(project, branch),
            body=given(name=name, description=description),
        )

    async def get(self, project: str, bucket: str, *, branch: str = "default") -> Bucket:
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}",
            into=Bucket,
            path=bucket_path(project, bucket, branch),
        )

    async def delete(
        self, project: str, bucket: str, *, cascade: bool = False, force: bool = False, branch: str = "default"
    ) -> None:
        """A bucket with tables is refused unless `cascade`. `force` takes no snapshots of what is dropped."""
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}",
            path=bucket_path(project, bucket, branch),
            query={"cascade": cascade, "force": force or None},
        )

    async def sharing(self, project: str, bucket: str, *, branch: str = "default") -> BucketSharing:
        """With whom the bucket is shared, and who has linked it."""
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/share",
            into=BucketSharing,
            path=bucket_path(project, bucket, branch),
        )

    async def share(self, project: str, bucket: str, target_project: str, *, branch: str = "default") -> BucketShare:
        """Let another project link this bucket."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/share",
            into=BucketShare,
            path=bucket_path(project, bucket, branch),
            body={"target_project_id": target_project},
        )

    async def unshare(self, project: str, bucket: str, target_project: str, *, branch: str = "default") -> None:
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/share",
            path=bucket_path(project, bucket, branch),
            query={"target_project_id": target_project},
        )

    async def link(
        self, project: str, bucket: str, source_project: str, source_bucket: str, *, branch: str = "default"
    ) -> Bucket:
        """Show a bucket of another project under the name `bucket`, read-only."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/link",
            into=Bucket,
            path=bucket_path(project, bucket, branch),
            body={"source_project_id": source_project, "source_bucket_name": source_bucket},
        )

    async def unlink(self, project: str, bucket: str, *, branch: str = "default") -> None:
        """The link goes, its source stays."""
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/link",
            path=bucket_path(project, bucket, branch),
        )

    async def grant_readonly(self, project: str, bucket: str, *, branch: str = "default") -> ReadonlyGrant:
        """Acknowledged, changes nothing: links are read-only by themselves."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/grant-readonly",
            into=ReadonlyGrant,
            path=bucket_path(project, bucket, branch),
        )

    async def revoke_readonly(self, project: str, bucket: str, *, branch: str = "default") -> None:
        """Acknowledged, changes nothing."""
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/grant-readonly",
            path=bucket_path(project, bucket, branch),
        )
