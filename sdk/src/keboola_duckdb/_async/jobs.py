"""Jobs: long work that runs on the server."""

from __future__ import annotations

import time

from keboola_duckdb._async.platform import sleep
from keboola_duckdb._async.resource import AsyncResource
from keboola_duckdb.errors import JobFailedError, TimeoutError
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.progress import ProgressCallback


class AsyncJobs(AsyncResource):
    """`kb.jobs`."""

    async def get(self, job: str) -> Job:
        return await self._call("GET", "/jobs/{job_id}", into=Job, path={"job_id": job})

    async def wait(self, job: str, *, timeout: float | None = None, on_progress: ProgressCallback | None = None) -> Job:
        """The job once it has succeeded. Raises JobFailedError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            current = await self.get(job)
            if current.state == "success":
                return current
            if current.is_finished:
                raise JobFailedError(current)
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"Job {job} is still {current.state} after {timeout} s; it goes on")
            await sleep(0.2)
