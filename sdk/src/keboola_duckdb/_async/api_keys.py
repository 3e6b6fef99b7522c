"""Keys of a project."""

from __future__ import annotations

from collections.abc import AsyncIterator

from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb.calls import given
from keboola_duckdb.models.api_keys import ApiKey, NewApiKey, Scope
from keboola_duckdb.models.page import Page


class AsyncApiKeys(AsyncResource):
    """`kb.api_keys`. A secret is in the answer that makes it, and nowhere else."""

    async def list(self, project: str, *, limit: int | None = None, offset: int = 0) -> Page[ApiKey]:
        return await self._page(
            "GET",
            "/projects/{project_id}/api-keys",
            into=ApiKey,
            member="api_keys",
            path={"project_id": project},
            limit=limit,
            offset=offset,
        )

    def iterate(self, project: str, *, page_size: int = PAGE_ROWS) -> AsyncIterator[ApiKey]:
        """All keys, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, limit=limit, offset=offset),
            page_size=page_size,
        )

    async def create(
        self,
        project: str,
        *,
        description: str,
        scope: Scope | None = None,
        branch: str | None = None,
        expires_in_days: int | None = None,
    ) -> NewApiKey:
        """A key for the project (the default), or with `branch_admin` and `branch_read` for one dev branch."""
        return await self._call(
            "POST",
            "/projects/{project_id}/api-keys",
            into=NewApiKey,
            path={"project_id": project},
            body=given(description=description, scope=scope, branch_id=branch, expires_in_days=expires_in_days),
        )

    async def get(self, project: str, key: str) -> ApiKey:
        return await self._call(
            "GET",
            "/projects/{project_id}/api-keys/{key_id}",
            into=ApiKey,
            path={"project_id": project, "key_id": key},
        )

    async def rotate(self, project: str, key: str) -> NewApiKey:
        """A new secret; the old one ends at once."""
        return await self._call(
            "POST",
            "/projects/{project_id}/api-keys/{key_id}/rotate",
            into=NewApiKey,
            path={"project_id": project, "key_id": key},
        )

    async def revoke(self, project: str, key: str) -> None:
        """The key ends at once."""
        await self._call(
            "DELETE", "/projects/{project_id}/api-keys/{key_id}", path={"project_id": project, "key_id": key}
        )
