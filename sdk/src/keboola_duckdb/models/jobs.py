"""Jobs: long work and what became of it."""

from __future__ import annotations

import datetime
from typing import Any

from keboola_duckdb.models.base import Model

#: States in which nothing more happens.
FINISHED = ("success", "error", "cancelled")


class JobError(Model):
    """Why a job did not succeed; `status` is the HTTP status that a synchronous call would have had."""

    error: str
    message: str
    status: int
    details: dict[str, Any]
    retryable: bool = False


class Job(Model):
    """What long work is doing: `progress` goes from 0 to 1, `result` is there once it succeeded."""

    id: str
    type: str
    state: str
    project_id: str
    branch_id: str
    bucket_name: str | None
    table_name: str | None
    params: dict[str, Any]
    progress: float
    rows: int | None
    bytes: int | None
    result: dict[str, Any] | None
    error: JobError | None
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    cancel_requested_at: datetime.datetime | None
    requested_by: str
    request_id: str | None
    url: str

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED
