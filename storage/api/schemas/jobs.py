"""Shapes of the job endpoints."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from kbstore.rest.jobs import JobReply, JobStateName
from kbstore.rest.schema import Page, Reply

__all__ = ["JobListReply", "JobQuery", "JobReply"]


class JobListReply(Reply):
    jobs: list[JobReply]
    total: int


class JobQuery(Page):
    state: Annotated[JobStateName | None, BeforeValidator(lambda value: value or None)] = None
    type: str | None = None
