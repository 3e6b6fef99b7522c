# Written by generate_sync.py from _async/workspace_sql.py: change that and run it again.

"""SQL in a workspace: run it, see what was run, end connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, overload

from keboola_duckdb._sync.resource import Resource
from keboola_duckdb.addresses import branch_path, workspace_path
from keboola_duckdb.calls import given
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.models.workspaces import LoggedQuery, QueryFile, QueryResult, Session, SessionEnd, SessionsEnd
from keboola_duckdb.progress import ProgressCallback

#: The server ends queries by itself; this only notices that it is gone.
_QUERY_SECONDS = 3600.0
_BLOCK_BYTES = 1 << 20

QueryFormat = Literal["csv", "arrow", "parquet"]


class WorkspaceSql(Resource):
    """Part of `kb.workspaces`."""

    def query(
        self,
        project: str,
        workspace: str,
        sql: str,
        *,
        parameters: Sequence[Any] = (),
        limit: int | None = None,
        timeout: float | None = None,
        branch: str = "default",
    ) -> QueryResult:
        """Run statements, which succeed or fail together; the rows of the last one, at most `limit`.

        `parameters` are `$1`, `$2`, ... of a single statement. The server ends it after `timeout` seconds. Large
        results are better read with `query_stream`, long work is better done by `query_to_file`.
        """
        body = given(sql=sql, parameters=list(parameters) or None, limit=limit, timeout_seconds=timeout)
        if branch == "default":
            return self._call(
                "POST",
                "/projects/{project_id}/workspaces/{workspace_id}/queries",
                into=QueryResult,
                path=workspace_path(project, workspace),
                body=body,
                read_timeout=_QUERY_SECONDS,
            )
        return self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/workspaces/{workspace_id}/queries",
            into=QueryResult,
            path=branch_path(project, branch) | {"workspace_id": workspace},
            body=body,
            read_timeout=_QUERY_SECONDS,
        )

    @contextmanager
    def query_stream(
        self,
        project: str,
        workspace: str,
        sql: str,
        *,
        format: QueryFormat = "csv",
        parameters: Sequence[Any] = (),
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Iterator[Iterator[bytes]]:
        """The rows as blocks of bytes, sent while they are made; who leaves the block ends the query.

        It is sent once, whatever happens. A query that fails after its first rows breaks off: NetworkError.
        """
        with self._stream_down(
            "POST",
            "/projects/{project_id}/workspaces/{workspace_id}/queries",
            path=workspace_path(project, workspace),
            body=given(
                sql=sql, parameters=list(parameters) or None, limit=limit, timeout_seconds=timeout, format=format
            ),
            headers={"Accept": "*/*"},
            read_timeout=_QUERY_SECONDS,
            # Under a key the server would go on for somebody who has hung up.
            is_keyed=False,
        ) as response:
            yield response.iter_bytes(_BLOCK_BYTES)

    @overload
    def query_to_file(
        self,
        project: str,
        workspace: str,
        sql: str,
        *,
        format: QueryFormat = "csv",
        parameters: Sequence[Any] = (),
        limit: int | None = None,
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> QueryFile: ...
    @overload
    def query_to_file(
        self,
        project: str,
        workspace: str,
        sql: str,
        *,
        format: QueryFormat = "csv",
        parameters: Sequence[Any] = (),
        limit: int | None = None,
        wait: Literal[False],
    ) -> Job: ...
    def query_to_file(
        self,
        project: str,
        workspace: str,
        sql: str,
        *,
        format: QueryFormat = "csv",
        parameters: Sequence[Any] = (),
        limit: int | None = None,
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> QueryFile | Job:
        """Run as a job, its rows become a file of the project; `timeout` is how long to wait for it."""
        return self._run(
            "POST",
            "/projects/{project_id}/workspaces/{workspace_id}/queries",
            into=QueryFile,
            path=workspace_path(project, workspace),
            body=given(sql=sql, parameters=list(parameters) or None, limit=limit, format=format),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )

    def queries(
        self,
        project: str,
        workspace: str,
        *,
        status: str | None = None,
        kind: str | None = None,
        min_duration_ms: int | None = None,
        branch: str = "default",
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[LoggedQuery]:
        """What was run there by SQL clients, over REST and by jobs, newest first. Statements appear within a second."""
        query = {"status": status, "kind": kind, "min_duration_ms": min_duration_ms}
        if branch == "default":
            return self._page(
                "GET",
                "/projects/{project_id}/workspaces/{workspace_id}/queries",
                into=LoggedQuery,
                member="queries",
                path=workspace_path(project, workspace),
                query=query,
                limit=limit,
                offset=offset,
            )
        return self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/workspaces/{workspace_id}/queries",
            into=LoggedQuery,
            member="queries",
            path=branch_path(project, branch) | {"workspace_id": workspace},
            query=query,
            limit=limit,
            offset=offset,
        )

    def sessions(
        self, project: str, workspace: str, *, status: str | None = None, limit: int | None = None, offset: int = 0
    ) -> Page[Session]:
        """Connections to the workspace, newest first, also ended ones."""
        return self._page(
            "GET",
            "/projects/{project_id}/workspaces/{workspace_id}/sessions",
            into=Session,
            member="sessions",
            path=workspace_path(project, workspace),
            query={"status": status},
            limit=limit,
            offset=offset,
        )

    def disconnect(self, project: str, workspace: str, session: str) -> SessionEnd:
        """End one connection."""
        return self._call(
            "DELETE",
            "/projects/{project_id}/workspaces/{workspace_id}/sessions/{session_id}",
            into=SessionEnd,
            path=workspace_path(project, workspace) | {"session_id": session},
        )

    def disconnect_all(self, project: str, workspace: str) -> SessionsEnd:
        """End all connections."""
        return self._call(
            "POST",
            "/projects/{project_id}/workspaces/{workspace_id}/disconnect-all",
            into=SessionsEnd,
            path=workspace_path(project, workspace),
        )
