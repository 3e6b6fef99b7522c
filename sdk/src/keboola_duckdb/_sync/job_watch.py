# Written by generate_sync.py from _async/job_watch.py: change that and run it again.

"""Follow a job to its end: over the websocket, and by polling where there is none or it breaks."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from keboola_duckdb._sync.platform import sleep
from keboola_duckdb._sync.sockets import TextSocket
from keboola_duckdb.job_feed import (
    SILENCE_SECONDS,
    Deadline,
    SocketBroken,
    poll_pauses,
    socket_headers,
    socket_url,
    told_job,
)
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.settings import ClientSettings

if TYPE_CHECKING:
    from keboola_duckdb._sync.jobs import Jobs

log = logging.getLogger("keboola_duckdb")


class JobWatch:
    """One job as it changes, until the deadline."""

    def __init__(self, jobs: Jobs, job_id: str, *, settings: ClientSettings, deadline: Deadline) -> None:
        self._jobs = jobs
        self._job_id = job_id
        self._settings = settings
        self._deadline = deadline

    def changes(self) -> Generator[Job]:
        """The job now and at each change, last when it has finished; ends without that when the deadline is over."""
        last: Job | None = None
        try:
            with closing(self._from_socket()) as told:
                for job in told:
                    if job != last:
                        yield job
                    last = job
        except SocketBroken as error:
            log.debug("job %s is polled: %s", self._job_id, error)
        if last is not None and last.is_finished:
            return
        for job in self._from_polls():
            if job != last:
                yield job
            last = job

    def _from_socket(self) -> Generator[Job]:
        url = socket_url(self._settings, self._job_id)
        socket = TextSocket.open(url, socket_headers(self._settings), tls=self._settings.tls())
        try:
            while not self._deadline.is_over:
                text = socket.receive(self._deadline.at_most(SILENCE_SECONDS))
                job = told_job(text) if text is not None else self._jobs.get(self._job_id)
                yield job
                if job.is_finished:
                    return
        finally:
            socket.close()

    def _from_polls(self) -> Generator[Job]:
        for pause in poll_pauses():
            job = self._jobs.get(self._job_id)
            yield job
            if job.is_finished or self._deadline.is_over:
                return
            sleep(self._deadline.at_most(pause))
