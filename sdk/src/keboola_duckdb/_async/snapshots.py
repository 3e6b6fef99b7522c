"""Snapshots of tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, overload

import httpx

from keboola_duckdb._async.download_target import DownloadTarget, Target
from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb.addresses import branch_path
from keboola_duckdb.calls import given
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.models.snapshots import RestoreResult, Snapshot, SnapshotDetail
from keboola_duckdb.progress import Progress, ProgressCallback

_BLOCK_BYTES = 1 << 20


class AsyncSnapshots(AsyncResource):
    """`kb.snapshots`. A dev branch has its own."""

    async def list(
        self,
        project: str,
        *,
        bucket: str | None = None,
        table: str | None = None,
        type: str | None = None,
        branch: str = "default",
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[Snapshot]:
        """Newest first; `type` is `manual` or one of `auto_...`."""
        return await self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/snapshots",
            into=Snapshot,
            member="snapshots",
            path=branch_path(project, branch),
            query={"bucket": bucket, "table": table, "type": type},
            limit=limit,
            offset=offset,
        )

    def iterate(
        self,
        project: str,
        *,
        bucket: str | None = None,
        table: str | None = None,
        type: str | None = None,
        branch: str = "default",
        page_size: int = PAGE_ROWS,
    ) -> AsyncIterator[Snapshot]:
        """All of them, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(
                project, bucket=bucket, table=table, type=type, branch=branch, limit=limit, offset=offset
            ),
            page_size=page_size,
        )

    @overload
    async def create(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        description: str | None = None,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Snapshot: ...
    @overload
    async def create(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        description: str | None = None,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    async def create(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        description: str | None = None,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Snapshot | Job:
        """Keep the table as it is now."""
        return await self._run(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/snapshots",
            into=Snapshot,
            path=branch_path(project, branch),
            body=given(bucket=bucket, table=table, description=description),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )

    async def get(self, project: str, snapshot: str, *, branch: str = "default") -> SnapshotDetail:
        """With columns and key."""
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/snapshots/{snapshot_id}",
            into=SnapshotDetail,
            path=branch_path(project, branch) | {"snapshot_id": snapshot},
        )

    @overload
    async def restore(
        self,
        project: str,
        snapshot: str,
        *,
        target_bucket: str | None = None,
        target_table: str | None = None,
        force: bool = False,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> RestoreResult: ...
    @overload
    async def restore(
        self,
        project: str,
        snapshot: str,
        *,
        target_bucket: str | None = None,
        target_table: str | None = None,
        force: bool = False,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    async def restore(
        self,
        project: str,
        snapshot: str,
        *,
        target_bucket: str | None = None,
        target_table: str | None = None,
        force: bool = False,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> RestoreResult | Job:
        """Put the table back, at its own place unless another is named.

        What is replaced is kept as a snapshot; where that fails nothing is done, unless `force`.
        """
        return await self._run(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/snapshots/{snapshot_id}/restore",
            into=RestoreResult,
            path=branch_path(project, branch) | {"snapshot_id": snapshot},
            query={"force": force or None},
            body=given(target_bucket=target_bucket, target_table=target_table),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )

    async def delete(self, project: str, snapshot: str, *, branch: str = "default") -> None:
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/snapshots/{snapshot_id}",
            path=branch_path(project, branch) | {"snapshot_id": snapshot},
        )

    async def download(
        self,
        project: str,
        snapshot: str,
        target: Target,
        *,
        format: Literal["parquet", "csv"] = "parquet",
        branch: str = "default",
        on_progress: ProgressCallback | None = None,
    ) -> int:
        """Write the rows to a path or a binary file; the number of bytes. A path gets the file when it is whole."""
        async with self._stream_down(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/snapshots/{snapshot_id}/download",
            path=branch_path(project, branch) | {"snapshot_id": snapshot},
            query={"format": format},
            headers={"Accept": "*/*", "Accept-Encoding": "identity"},
        ) as response:
            return await _saved(response, DownloadTarget(target, name=f"{snapshot}.{format}"), on_progress)


async def _saved(response: httpx.Response, target: DownloadTarget, on_progress: ProgressCallback | None) -> int:
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    try:
        async for block in response.aiter_raw(_BLOCK_BYTES):
            await target.write(block)
            if on_progress is not None:
                on_progress(Progress("download", target.written, total))
    except BaseException:
        target.discard()
        raise
    target.finish()
    return target.written
