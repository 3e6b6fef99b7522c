"""What every endpoint that starts a job needs: whether the caller waits, the 202 answer, the shape of a job."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.rest.schema import Reply
from kbstore.rest.views import reply
from storage.models import Job
from storage.services.describe_job import describe_job

JobStateName = Literal["waiting", "processing", "success", "error", "cancelled"]


class JobError(Reply):
    """Why a job did not succeed; `status` is the HTTP status that a synchronous call would have had."""

    error: str
    message: str
    details: dict[str, Any]
    status: int
    retryable: bool = False


class JobReply(Reply):
    """What long work is doing."""

    id: str
    project_id: str
    branch_id: str
    type: str
    state: JobStateName
    progress: float = Field(ge=0, le=1)
    rows: int | None
    bytes: int | None
    bucket_name: str | None
    table_name: str | None
    params: dict[str, Any]
    result: dict[str, Any] | None
    error: JobError | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    cancel_requested_at: str | None
    requested_by: str
    request_id: str | None
    url: str


def job_reply(job: Job) -> JobReply:
    return JobReply.model_validate(describe_job(job))


def accepted(job: Job) -> Response:
    """202: the work goes on as this job."""
    return reply(job_reply(job), status=202, headers={"Location": f"/jobs/{job.id}"})


def prefers_async(request: Request) -> bool:
    """Whether the caller sent `Prefer: respond-async`, alone or among other preferences."""
    preferences = request.headers.get("Prefer", "").split(",")
    return any(part.split(";")[0].strip().lower() == "respond-async" for part in preferences)
