"""Shapes of the history of operations."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from kbstore.rest.schema import Page, Reply, RequestModel, Text, Timestamp

Status = Literal["success", "failed"]
Period = Literal["1h", "24h", "7d", "30d"]


def _moment(value: Any) -> datetime.datetime:
    """An ISO 8601 time, UTC unless it says otherwise; a `+` that a client forgot to escape arrives as a space."""
    try:
        moment = datetime.datetime.fromisoformat(str(value).replace(" ", "+") if "T" in str(value) else str(value))
        return moment.replace(tzinfo=moment.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("datetime_parsing", "Input should be a valid datetime in ISO 8601") from error


Moment = Annotated[datetime.datetime, BeforeValidator(_moment)]


class OperationQuery(Page):
    command: Text | None = None
    status: Annotated[Status | None, BeforeValidator(lambda value: value or None)] = None
    bucket: Text | None = None
    table: Text | None = None
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")


class StatsQuery(RequestModel):
    period: Period = "24h"


class OperationReply(Reply):
    """One thing that was done, or was refused or failed; amounts are null where the operation has none."""

    id: str
    timestamp: Timestamp
    project_id: str
    branch_id: str
    bucket: str | None
    table: str | None
    command: str
    resource_type: str
    resource_id: str
    status: Status
    duration_ms: int
    lock_wait_ms: int
    rows: int | None
    bytes_in: int | None
    bytes_out: int | None
    error_code: str | None
    error_message: str | None
    request_id: str | None
    job_id: str | None
    external_job_id: str | None
    external_run_id: str | None
    actor: str
    details: dict[str, Any]


class OperationListReply(Reply):
    operations: list[OperationReply]
    total: int


class Durations(Reply):
    """Milliseconds; null when nothing was done."""

    mean: float | None
    p50: int | None
    p95: int | None
    p99: int | None


class StatsReply(Reply):
    count: int
    success_rate: float | None
    duration_ms: Durations


class CommandStatsReply(StatsReply):
    command: str


class ErrorCountReply(Reply):
    error_code: str
    count: int


class OperationStatsReply(StatsReply):
    """Numbers of one period; commands by name, errors by number."""

    model_config = ConfigDict(serialize_by_alias=True)

    project_id: str
    period: Period
    since: Timestamp = Field(serialization_alias="from")
    until: Timestamp = Field(serialization_alias="to")
    commands: list[CommandStatsReply]
    errors: list[ErrorCountReply]
