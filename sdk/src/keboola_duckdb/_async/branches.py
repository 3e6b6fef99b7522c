"""Dev branches: copies on write of main."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, overload

from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb.addresses import branch_path, table_path
from keboola_duckdb.calls import UNCHANGED, Unchanged, changed, given
from keboola_duckdb.models.branches import Branch, BranchDetail, PullResult, PushResult, TableDiff
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.progress import ProgressCallback


class AsyncBranches(AsyncResource):
    """`kb.branches`."""

    async def list(self, project: str, *, limit: int | None = None, offset: int = 0) -> Page[Branch]:
        return await self._page(
            "GET",
            "/projects/{project_id}/branches",
            into=Branch,
            member="branches",
            path={"project_id": project},
            limit=limit,
            offset=offset,
        )

    def iterate(self, project: str, *, page_size: int = PAGE_ROWS) -> AsyncIterator[Branch]:
        """All dev branches, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, limit=limit, offset=offset),
            page_size=page_size,
        )

    async def create(self, project: str, name: str, *, description: str | None = None) -> Branch:
        """A branch that reads main until something is changed in it. The server makes its id."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches",
            into=Branch,
            path={"project_id": project},
            body=given(name=name, description=description),
        )

    async def get(self, project: str, branch: str) -> BranchDetail:
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}",
            into=BranchDetail,
            path=branch_path(project, branch),
        )

    async def update(
        self, project: str, branch: str, *, name: str | None = None, description: str | None | Unchanged = UNCHANGED
    ) -> Branch:
        """What is not given stays; a description of None goes."""
        return await self._call(
            "PATCH",
            "/projects/{project_id}/branches/{branch_id}",
            into=Branch,
            path=branch_path(project, branch),
            body=given(name=name) | changed(description=description),
        )

    @overload
    async def delete(
        self,
        project: str,
        branch: str,
        *,
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> None: ...
    @overload
    async def delete(self, project: str, branch: str, *, wait: Literal[False]) -> Job: ...
    async def delete(
        self,
        project: str,
        branch: str,
        *,
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Job | None:
        """The branch and all that is in it. Main stays as it is."""
        outcome = await self._start(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}",
            path=branch_path(project, branch),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return outcome if isinstance(outcome, Job) and not wait else None

    async def diff(self, project: str, branch: str, *, limit: int | None = None, offset: int = 0) -> Page[TableDiff]:
        """The tables that the branch has for itself, compared with main."""
        return await self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/diff",
            into=TableDiff,
            member="tables",
            path=branch_path(project, branch),
            limit=limit,
            offset=offset,
        )

    async def pull(self, project: str, branch: str, bucket: str, table: str) -> PullResult:
        """Drop the branch's own version of a table: it reads main again."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/tables/{bucket_name}/{table_name}/pull",
            into=PullResult,
            path=table_path(project, bucket, table, branch),
        )

    async def push(
        self, project: str, branch: str, bucket: str, table: str, *, keep: bool = False, force: bool = False
    ) -> PushResult:
        """Make the branch's version of a table main's. `keep`: the branch keeps its own as well.

        Raises ConflictError (`push_conflict`) if main changed since the copy was made; `force` replaces it.
        """
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/tables/{bucket_name}/{table_name}/push",
            into=PushResult,
            path=table_path(project, bucket, table, branch),
            query={"keep": keep or None, "force": force or None},
        )
