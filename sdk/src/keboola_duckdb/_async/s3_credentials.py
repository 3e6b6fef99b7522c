"""Access keys for the S3 endpoint."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator

from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb.calls import given
from keboola_duckdb.models.page import Page
from keboola_duckdb.models.s3_credentials import NewS3Credential, S3Credential


class AsyncS3Credentials(AsyncResource):
    """`kb.s3_credentials`: of a project, or with None, which needs the admin key, those that open every bucket."""

    async def list(self, project: str | None, *, limit: int | None = None, offset: int = 0) -> Page[S3Credential]:
        if project is None:
            return await self._page(
                "GET",
                "/s3-credentials",
                into=S3Credential,
                member="s3_credentials",
                limit=limit,
                offset=offset,
            )
        return await self._page(
            "GET",
            "/projects/{project_id}/s3-credentials",
            into=S3Credential,
            member="s3_credentials",
            path={"project_id": project},
            limit=limit,
            offset=offset,
        )

    def iterate(self, project: str | None, *, page_size: int = PAGE_ROWS) -> AsyncIterator[S3Credential]:
        """All of them, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, limit=limit, offset=offset),
            page_size=page_size,
        )

    async def create(
        self,
        project: str | None,
        *,
        description: str | None = None,
        read_only: bool = False,
        key_prefix: str | None = None,
        expires_at: datetime.datetime | None = None,
        expires_in_days: int | None = None,
    ) -> NewS3Credential:
        """An access key and, this once, its secret; `key_prefix` confines it to objects whose keys begin so."""
        body = given(
            description=description,
            read_only=read_only or None,
            key_prefix=key_prefix,
            expires_at=expires_at.astimezone(datetime.UTC).isoformat() if expires_at is not None else None,
            expires_in_days=expires_in_days,
        )
        if project is None:
            return await self._call("POST", "/s3-credentials", into=NewS3Credential, body=body)
        return await self._call(
            "POST",
            "/projects/{project_id}/s3-credentials",
            into=NewS3Credential,
            path={"project_id": project},
            body=body,
        )

    async def get(self, project: str | None, access_key: str) -> S3Credential:
        if project is None:
            return await self._call(
                "GET", "/s3-credentials/{access_key_id}", into=S3Credential, path={"access_key_id": access_key}
            )
        return await self._call(
            "GET",
            "/projects/{project_id}/s3-credentials/{access_key_id}",
            into=S3Credential,
            path={"project_id": project, "access_key_id": access_key},
        )

    async def revoke(self, project: str | None, access_key: str) -> None:
        """The access key ends at once."""
        if project is None:
            await self._call("DELETE", "/s3-credentials/{access_key_id}", path={"access_key_id": access_key})
            return
        await self._call(
            "DELETE",
            "/projects/{project_id}/s3-credentials/{access_key_id}",
            path={"project_id": project, "access_key_id": access_key},
        )
