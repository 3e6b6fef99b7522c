"""Rows of a table as a whole: what they look like, and which of them go."""

from __future__ import annotations

from typing import Literal, overload

from keboola_duckdb._async.resource import AsyncResource
from keboola_duckdb.addresses import table_path
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.profiles import TableProfile
from keboola_duckdb.models.tables import RowDeletion
from keboola_duckdb.progress import ProgressCallback

ProfileMode = Literal["basic", "distribution", "quality", "full"]


class AsyncTableRows(AsyncResource):
    """Part of `kb.tables`. Each call is a job that is waited for; with `wait=False` it is given out instead."""

    @overload
    async def profile(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        mode: ProfileMode | None = None,
        sample: int | None = None,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> TableProfile: ...
    @overload
    async def profile(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        mode: ProfileMode | None = None,
        sample: int | None = None,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    async def profile(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        mode: ProfileMode | None = None,
        sample: int | None = None,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> TableProfile | Job:
        """Statistics of every column; `sample` is how many rows to look at instead of all."""
        return await self._run(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/profile",
            into=TableProfile,
            path=table_path(project, bucket, table, branch),
            query={"mode": mode, "sample": sample},
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )

    @overload
    async def delete_rows(
        self,
        project: str,
        bucket: str,
        table: str,
        where: str,
        *,
        force: bool = False,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> RowDeletion: ...
    @overload
    async def delete_rows(
        self,
        project: str,
        bucket: str,
        table: str,
        where: str,
        *,
        force: bool = False,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    async def delete_rows(
        self,
        project: str,
        bucket: str,
        table: str,
        where: str,
        *,
        force: bool = False,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> RowDeletion | Job:
        """Rows for which the SQL condition `where` is true. `force` takes no snapshot before."""
        return await self._run(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/rows",
            into=RowDeletion,
            path=table_path(project, bucket, table, branch),
            query={"force": force or None},
            body={"where_clause": where},
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
