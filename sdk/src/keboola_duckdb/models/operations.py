"""The audit log: what was done or refused."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import Field

from keboola_duckdb.models.base import Model


class Operation(Model):
    """One thing that was done, or was refused or failed; amounts are None where the operation has none."""

    id: str
    timestamp: datetime.datetime
    project_id: str
    branch_id: str
    command: str
    status: str
    actor: str
    resource_type: str
    resource_id: str
    bucket: str | None
    table: str | None
    rows: int | None
    bytes_in: int | None
    bytes_out: int | None
    duration_ms: int
    lock_wait_ms: int
    error_code: str | None
    error_message: str | None
    job_id: str | None
    request_id: str | None
    external_job_id: str | None
    external_run_id: str | None
    details: dict[str, Any]


class Durations(Model):
    """Milliseconds; None when nothing was done."""

    mean: float | None
    p50: int | None
    p95: int | None
    p99: int | None


class CommandStats(Model):
    """Numbers of one command."""

    command: str
    count: int
    success_rate: float | None
    duration_ms: Durations


class ErrorCount(Model):
    """How often an error came."""

    error_code: str
    count: int


class OperationStats(Model):
    """Numbers of one period; commands by name, errors by number."""

    project_id: str
    period: str
    since: datetime.datetime = Field(alias="from")
    until: datetime.datetime = Field(alias="to")
    count: int
    success_rate: float | None
    duration_ms: Durations
    commands: list[CommandStats]
    errors: list[ErrorCount]
