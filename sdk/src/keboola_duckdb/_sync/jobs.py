# Written by generate_sync.py from _async/jobs.py: change that and run it again.

"""Jobs: long work that runs on the server."""

from __future__ import annotations

import time

from keboola_duckdb._sync.platform import sleep
from keboola_duckdb._sync.resource import Resource
from keboola_duckdb.errors import JobFailedError, TimeoutError
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.progress import ProgressCallback


class Jobs(Resource):
    """`kb.jobs`."""

    def get(self, job: str) -> Job:
        return self._call("GET", "/jobs/{job_id}", into=Job, path={"job_id": job})

    def wait(self, job: str, *, timeout: float | None = None, on_progress: ProgressCallback | None = None) -> Job:
        """The job once it has succeeded. Raises JobFailedError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            current = self.get(job)
            if current.state == "success":
                return current
            if current.is_finished:
                raise JobFailedError(current)
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"Job {job} is still {current.state} after {timeout} s; it goes on")
            sleep(0.2)
