"""Workspaces: places where people and tools run SQL over a project's tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, overload

from keboola_duckdb._async.resource import PAGE_ROWS, pages_of
from keboola_duckdb._async.workspace_sql import AsyncWorkspaceSql
from keboola_duckdb.addresses import branch_path, workspace_path
from keboola_duckdb.calls import given, list_of_names
from keboola_duckdb.errors import ConfigurationError
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.models.workspaces import Connection, NewWorkspace, Workspace, WorkspaceDetail, WorkspaceLoad
from keboola_duckdb.progress import ProgressCallback

#: Tables to preload are copied within the request.
_CREATE_SECONDS = 600.0


class AsyncWorkspaces(AsyncWorkspaceSql):
    """`kb.workspaces`. Without a `branch` those of main and of all branches are meant, with one only its own."""

    async def list(
        self, project: str, *, branch: str = "default", limit: int | None = None, offset: int = 0
    ) -> Page[Workspace]:
        if branch == "default":
            return await self._page(
                "GET",
                "/projects/{project_id}/workspaces",
                into=Workspace,
                member="workspaces",
                path={"project_id": project},
                limit=limit,
                offset=offset,
            )
        return await self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/workspaces",
            into=Workspace,
            member="workspaces",
            path=branch_path(project, branch),
            limit=limit,
            offset=offset,
        )

    def iterate(self, project: str, *, branch: str = "default", page_size: int = PAGE_ROWS) -> AsyncIterator[Workspace]:
        """All of them, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, branch=branch, limit=limit, offset=offset),
            page_size=page_size,
        )

    async def create(
        self,
        project: str,
        name: str,
        *,
        ttl_hours: int | None = None,
        size_limit_gb: int | None = None,
        preload: Sequence[str] = (),
        branch: str = "default",
    ) -> NewWorkspace:
        """A workspace and, this once, its password. `preload` names tables as `bucket.table`.

        A table that cannot be loaded fails nothing: `preloaded` of the answer tells.
        """
        body = given(
            name=name,
            ttl_hours=ttl_hours,
            size_limit_gb=size_limit_gb,
            preload_tables=list_of_names(preload) or None,
        )
        if branch == "default":
            return await self._call(
                "POST",
                "/projects/{project_id}/workspaces",
                into=NewWorkspace,
                path={"project_id": project},
                body=body,
                read_timeout=_CREATE_SECONDS,
            )
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/workspaces",
            into=NewWorkspace,
            path=branch_path(project, branch),
            body=body,
            read_timeout=_CREATE_SECONDS,
        )

    async def get(self, project: str, workspace: str, *, branch: str = "default") -> WorkspaceDetail:
        """With what it holds and which project tables it sees."""
        if branch == "default":
            return await self._call(
                "GET",
                "/projects/{project_id}/workspaces/{workspace_id}",
                into=WorkspaceDetail,
                path=workspace_path(project, workspace),
            )
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/workspaces/{workspace_id}",
            into=WorkspaceDetail,
            path=branch_path(project, branch) | {"workspace_id": workspace},
        )

    async def delete(self, project: str, workspace: str, *, branch: str = "default") -> None:
        """The workspace and all that is in it; connections to it end."""
        if branch == "default":
            await self._call(
                "DELETE",
                "/projects/{project_id}/workspaces/{workspace_id}",
                path=workspace_path(project, workspace),
            )
            return
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/workspaces/{workspace_id}",
            path=branch_path(project, branch) | {"workspace_id": workspace},
        )

    async def clear(self, project: str, workspace: str) -> None:
        """Drop all that users made in it."""
        await self._call(
            "POST",
            "/projects/{project_id}/workspaces/{workspace_id}/clear",
            path=workspace_path(project, workspace),
        )

    async def drop_object(self, project: str, workspace: str, name: str) -> None:
        """Drop a table or view of this exact name."""
        await self._call(
            "DELETE",
            "/projects/{project_id}/workspaces/{workspace_id}/objects/{object_name}",
            path=workspace_path(project, workspace) | {"object_name": name},
        )

    @overload
    async def load(
        self,
        project: str,
        workspace: str,
        tables: Sequence[str | Mapping[str, Any]],
        *,
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> WorkspaceLoad: ...
    @overload
    async def load(
        self,
        project: str,
        workspace: str,
        tables: Sequence[str | Mapping[str, Any]],
        *,
        wait: Literal[False],
    ) -> Job: ...
    async def load(
        self,
        project: str,
        workspace: str,
        tables: Sequence[str | Mapping[str, Any]],
        *,
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> WorkspaceLoad | Job:
        """Copy project tables into it: names (`bucket.table`), or objects with source, destination, columns, where.

        A table that cannot be loaded has the status `failed` in the result; the others are loaded.
        """
        return await self._run(
            "POST",
            "/projects/{project_id}/workspaces/{workspace_id}/load",
            into=WorkspaceLoad,
            path=workspace_path(project, workspace),
            body={"tables": [{"source": table} if isinstance(table, str) else dict(table) for table in tables]},
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )

    async def reset_credentials(self, project: str, workspace: str) -> Connection:
        """A new password, shown this once; the old one ends at once."""
        return await self._call(
            "POST",
            "/projects/{project_id}/workspaces/{workspace_id}/credentials/reset",
            into=Connection,
            path=workspace_path(project, workspace),
        )

    async def connection_string(
        self, project: str, workspace: str, *, tool: Literal["psql", "jdbc", "sqlalchemy", "dbt"] = "psql"
    ) -> str:
        """How this tool spells the connection, without the password, which the server does not know any more.

        Raises ConfigurationError where the server takes no SQL clients.
        """
        found = await self.get(project, workspace)
        if found.connection is None:
            raise ConfigurationError(f"workspace {workspace} cannot be connected to: the server takes no SQL clients")
        return str(getattr(found.connection.connection_strings, tool))
