# Written by generate_sync.py from _async/api_keys.py: change that and run it again.

"""Keys of a project."""

from __future__ import annotations

from collections.abc import Iterator

from keboola_duckdb._sync.resource import PAGE_ROWS, Resource, pages_of
from keboola_duckdb.calls import given
from keboola_duckdb.models.api_keys import ApiKey, NewApiKey, Scope
from keboola_duckdb.models.page import Page


class ApiKeys(Resource):
    """`kb.api_keys`. A secret is in the answer that makes it, and nowhere else."""

    def list(self, project: str, *, limit: int | None = None, offset: int = 0) -> Page[ApiKey]:
        return self._page(
            "GET",
            "/projects/{project_id}/api-keys",
            into=ApiKey,
            member="api_keys",
            path={"project_id": project},
            limit=limit,
            offset=offset,
        )

    def iterate(self, project: str, *, page_size: int = PAGE_ROWS) -> Iterator[ApiKey]:
        """All keys, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, limit=limit, offset=offset),
            page_size=page_size,
        )

    def create(
        self,
        project: str,
        *,
        description: str,
        scope: Scope | None = None,
        branch: str | None = None,
        expires_in_days: int | None = None,
    ) -> NewApiKey:
        """A key for the project (the default), or with `branch_admin` and `branch_read` for one dev branch."""
        return self._call(
            "POST",
            "/projects/{project_id}/api-keys",
            into=NewApiKey,
            path={"project_id": project},
            body=given(description=description, scope=scope, branch_id=branch, expires_in_days=expires_in_days),
        )

    def get(self, project: str, key: str) -> ApiKey:
        return self._call(
            "GET",
            "/projects/{project_id}/api-keys/{key_id}",
            into=ApiKey,
            path={"project_id": project, "key_id": key},
        )

    def rotate(self, project: str, key: str) -> NewApiKey:
        """A new secret; the old one ends at once."""
        return self._call(
            "POST",
            "/projects/{project_id}/api-keys/{key_id}/rotate",
            into=NewApiKey,
            path={"project_id": project, "key_id": key},
        )

    def revoke(self, project: str, key: str) -> None:
        """The key ends at once."""
        self._call("DELETE", "/projects/{project_id}/api-keys/{key_id}", path={"project_id": project, "key_id": key})
