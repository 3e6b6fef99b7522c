"""Jobs: long work that runs on the server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from keboola_duckdb._async.job_watch import AsyncJobWatch
from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb.errors import JobFailedError, TimeoutError
from keboola_duckdb.job_feed import Deadline, job_progress
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.progress import ProgressCallback


class AsyncJobs(AsyncResource):
    """`kb.jobs`."""

    async def list(
        self,
        project: str,
        *,
        state: str | None = None,
        type: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[Job]:
        """Newest first. `state` is waiting, processing, success, error or cancelled."""
        return await self._page(
            "GET",
            "/projects/{project_id}/jobs",
            into=Job,
            member="jobs",
            path={"project_id": project},
            query={"state": state, "type": type},
            limit=limit,
            offset=offset,
        )

    def iterate(
        self, project: str, *, state: str | None = None, type: str | None = None, page_size: int = PAGE_ROWS
    ) -> AsyncIterator[Job]:
        """All jobs, newest first, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, state=state, type=type, limit=limit, offset=offset),
            page_size=page_size,
        )

    async def get(self, job: str) -> Job:
        return await self._call("GET", "/jobs/{job_id}", into=Job, path={"job_id": job})

    async def cancel(self, job: str) -> Job:
        """Stop it: nothing has changed then. Raises ConflictError for a job that has finished."""
        return await self._call("POST", "/jobs/{job_id}/cancel", into=Job, path={"job_id": job})

    async def watch(self, job: str, *, timeout: float | None = None) -> AsyncGenerator[Job]:
        """The job now and at each change until it has finished, however it ended: the last one tells.

        Over the server's websocket, and by polling where there is none. Raises TimeoutError when `timeout` seconds are
        over; the job goes on then.
        """
        deadline = Deadline(timeout)
        watch = AsyncJobWatch(self, job, settings=self._client.settings, deadline=deadline)
        last: Job | None = None
        async with aclosing(watch.changes()) as changes:
            async for last in changes:
                yield last
        if last is None or not last.is_finished:
            raise TimeoutError(f"Job {job} has not finished after {timeout} s. It goes on: wait again, or cancel it.")

    async def wait(self, job: str, *, timeout: float | None = None, on_progress: ProgressCallback | None = None) -> Job:
        """The job once it has succeeded. Raises JobFailedError, and TimeoutError as `watch`."""
        last: Job | None = None
        async with aclosing(self.watch(job, timeout=timeout)) as changes:
            async for last in changes:
                if on_progress is not None:
                    on_progress(job_progress(last))
        if last is None or last.state != "success":
            raise JobFailedError(last if last is not None else await self.get(job))
        return last
