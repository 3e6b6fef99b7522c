"""Follow a job to its end: over the websocket, and by polling where there is none or it breaks."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from keboola_duckdb._async.platform import sleep
from keboola_duckdb._async.sockets import TextSocket
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
    from keboola_duckdb._async.jobs import AsyncJobs

log = logging.getLogger("keboola_duckdb")


class AsyncJobWatch:
    """One job as it changes, until the deadline."""

    def __init__(self, jobs: AsyncJobs, job_id: str, *, settings: ClientSettings, deadline: Deadline) -> None:
        self._jobs = jobs
        self._job_id = job_id
        self._settings = settings
        self._deadline = deadline

    async def changes(self) -> AsyncGenerator[Job]:
        """The job now and at each change, last when it has finished; ends without that when the deadline is over."""
        last: Job | None = None
        try:
            async with aclosing(self._from_socket()) as told:
                async for job in told:
                    if job != last:
                        yield job
                    last = job
        except SocketBroken as error:
            log.debug("job %s is polled: %s", self._job_id, error)
        if last is not None and last.is_finished:
            return
        async for job in self._from_polls():
            if job != last:
                yield job
            last = job

    async def _from_socket(self) -> AsyncGenerator[Job]:
        url = socket_url(self._settings, self._job_id)
        socket = await TextSocket.open(url, socket_headers(self._settings), tls=self._settings.tls())
        try:
            while not self._deadline.is_over:
                text = await socket.receive(self._deadline.at_most(SILENCE_SECONDS))
                job = told_job(text) if text is not None else await self._jobs.get(self._job_id)
                yield job
                if job.is_finished:
                    return
        finally:
            await socket.aclose()

    async def _from_polls(self) -> AsyncGenerator[Job]:
        for pause in poll_pauses():
            job = await self._jobs.get(self._job_id)
            yield job
            if job.is_finished or self._deadline.is_over:
                return
            await sleep(self._deadline.at_most(pause))
