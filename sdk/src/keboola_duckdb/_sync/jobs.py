# Written by generate_sync.py from _async/jobs.py: change that and run it again.

"""Jobs: long work that runs on the server."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from keboola_duckdb._sync.job_watch import JobWatch
from keboola_duckdb._sync.resource import PAGE_ROWS, Resource, pages_of
from keboola_duckdb.errors import JobFailedError, TimeoutError
from keboola_duckdb.job_feed import Deadline, job_progress
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.progress import ProgressCallback


class Jobs(Resource):
    """`kb.jobs`."""

    def list(
        self,
        project: str,
        *,
        state: str | None = None,
        type: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[Job]:
        """Newest first. `state` is waiting, processing, success, error or cancelled."""
        return self._page(
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
    ) -> Iterator[Job]:
        """All jobs, newest first, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, state=state, type=type, limit=limit, offset=offset),
            page_size=page_size,
        )

    def get(self, job: str) -> Job:
        return self._call("GET", "/jobs/{job_id}", into=Job, path={"job_id": job})

    def cancel(self, job: str) -> Job:
        """Stop it: nothing has changed then. Raises ConflictError for a job that has finished."""
        return self._call("POST", "/jobs/{job_id}/cancel", into=Job, path={"job_id": job})

    def watch(self, job: str, *, timeout: float | None = None) -> Generator[Job]:
        """The job now and at each change until it has finished, however it ended: the last one tells.

        Over the server's websocket, and by polling where there is none. Raises TimeoutError when `timeout` seconds are
        over; the job goes on then.
        """
        deadline = Deadline(timeout)
        watch = JobWatch(self, job, settings=self._client.settings, deadline=deadline)
        last: Job | None = None
        with closing(watch.changes()) as changes:
            for last in changes:
                yield last
        if last is None or not last.is_finished:
            raise TimeoutError(f"Job {job} has not finished after {timeout} s. It goes on: wait again, or cancel it.")

    def wait(self, job: str, *, timeout: float | None = None, on_progress: ProgressCallback | None = None) -> Job:
        """The job once it has succeeded. Raises JobFailedError, and TimeoutError as `watch`."""
        last: Job | None = None
        with closing(self.watch(job, timeout=timeout)) as changes:
            for last in changes:
                if on_progress is not None:
                    on_progress(job_progress(last))
        if last is None or last.state != "success":
            raise JobFailedError(last if last is not None else self.get(job))
        return last
