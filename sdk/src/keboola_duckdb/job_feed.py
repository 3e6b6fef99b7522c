"""What both clients know about following a job: where its websocket is, how long to wait, what to tell."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pydantic

from keboola_duckdb.calls import filled
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.progress import Progress, Stage
from keboola_duckdb.settings import ClientSettings

OPEN_SECONDS = 5.0
#: A socket that says nothing for so long is not trusted: the job is looked at.
SILENCE_SECONDS = 15.0
_FIRST_POLL_SECONDS, _MOST_POLL_SECONDS, _GROWTH = 0.1, 2.0, 1.5
_STAGES: dict[str, Stage] = {"table_import": "import", "table_export": "export"}


#: Of the websocket library, which at DEBUG would log the header with the key: it never gets so far, whatever is set.
quiet_log = logging.Logger("keboola_duckdb.websocket", logging.WARNING)
quiet_log.parent = logging.getLogger("keboola_duckdb")


class SocketBroken(Exception):  # noqa: N818 - a turn of events, not a fault: the job is polled then
    """There is no websocket, or no longer."""


class Deadline:
    """A moment up to which somebody waits, or never."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._at = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return self._at is not None and time.monotonic() >= self._at

    def at_most(self, seconds: float) -> float:
        """So many seconds, or those that are left."""
        return seconds if self._at is None else max(0.0, min(seconds, self._at - time.monotonic()))


def poll_pauses() -> Iterator[float]:
    """Seconds between looks at a job: short at first, since most jobs are."""
    pause = _FIRST_POLL_SECONDS
    while True:
        yield pause
        pause = min(_MOST_POLL_SECONDS, pause * _GROWTH)


def socket_url(settings: ClientSettings, job_id: str) -> str:
    """ws:// or wss:// beside the address of the API."""
    path = filled("/ws/jobs/{job_id}/", {"job_id": job_id})
    return f"ws{settings.url.removeprefix('http')}{path}"


def socket_headers(settings: ClientSettings) -> dict[str, str]:
    key = settings.api_key
    return {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}


def told_job(text: str) -> Job:
    """Raises SocketBroken for what is no job: something else answers there."""
    try:
        return Job.model_validate_json(text)
    except pydantic.ValidationError as error:
        raise SocketBroken("the websocket sends something else than jobs") from error


def job_progress(job: Job) -> Progress:
    done = 100 if job.state == "success" else int(job.progress * 100)
    return Progress(_STAGES.get(job.type, "job"), done, 100, "percent", rows=job.rows)
