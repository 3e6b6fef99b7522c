"""Shapes of the job endpoints."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from kbstore.rest.schema import Page, Reply

State = Literal["waiting", "processing", "success", "error", "cancelled"]


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
    state: State
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


class JobListReply(Reply):
    jobs: list[JobReply]
    total: int


class JobQuery(Page):
    state: Annotated[State | None, BeforeValidator(lambda value: value or None)] = None
    type: str | None = None
