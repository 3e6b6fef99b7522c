"""Writes audit events for `kbstore.operations`: the one store behind the audit log and the history of operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import Error, transaction

from kbstore import context
from kbstore.operations import Failure, Operation
from storage.models import Event, Job

log = structlog.get_logger(__name__)

_ROW_COUNTS = ("imported_rows", "rows_exported", "deleted_rows", "row_count")
_RESOURCE_ID_LENGTH = 512
_MESSAGE_LENGTH = 4000


def record_event(
    operation: Operation, *, resource_id: str, details: dict[str, Any], failure: Failure | None, job_id: str | None
) -> None:
    """Insert the event: that of a success in the caller's transaction, so that it exists exactly if the change does.

    That of a failure comes after the failed transaction; should the catalog refuse it, only the log knows.
    """
    event = _event(operation, resource_id=resource_id, details=details, failure=failure, job_id=job_id)
    if failure is None:
        event.save(force_insert=True)
        return
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except Error as error:
        log.error("a failed operation could not be recorded", operation=operation.name, exc_info=error)


def _event(
    operation: Operation, *, resource_id: str, details: dict[str, Any], failure: Failure | None, job_id: str | None
) -> Event:
    job = _job_of(operation)
    bucket_name, table_name = _place(operation, details, job)
    return Event(
        request_id=context.request_id.get() or "",
        project_id=_fit(operation.project_id, "project_id"),
        branch_id=None if operation.branch_id in (None, "default") else _fit(operation.branch_id, "branch_id"),
        operation=operation.name,
        resource_type=operation.resource_type,
        resource_id=_stored(
            _resource_id(operation, resource_id or _dotted(bucket_name, table_name)), _RESOURCE_ID_LENGTH
        ),
        details=details | _labels(),
        duration_ms=operation.duration_ms,
        status="failed" if failure else "success",
        error_message=_stored(failure.message, _MESSAGE_LENGTH) if failure else None,
        error_code=_fit(failure.code, "error_code") if failure else "",
        actor=operation.actor.label,
        client_address=context.client_address.get() or "",
        job_id=job_id or (job.pk if job else None),
        bucket_name=_fit(bucket_name, "bucket_name"),
        table_name=_fit(table_name, "table_name"),
        lock_wait_ms=round(operation.lock_wait_seconds * 1000),
        external_job_id=context.external_job_id.get() or "",
        external_run_id=context.external_run_id.get() or "",
        **_amounts(operation, details, job),
    )


def _labels() -> dict[str, Any]:
    tags = context.query_tags.get()
    return {"query_tags": tags} if tags else {}


def _resource_id(operation: Operation, found: str) -> str:
    """Changes of a column say which table they are about; the column is an argument of theirs."""
    return _dotted(found, str(operation.arguments["column"])) if operation.resource_type == "column" else found


def _job_of(operation: Operation) -> Job | None:
    job = operation.arguments.get("job")
    return job if isinstance(job, Job) else None


def _place(operation: Operation, details: Mapping[str, Any], job: Job | None) -> tuple[str, str]:
    """The bucket and table that the call was about: from its details, its arguments or its job; empty without one."""
    known: dict[str, Any] = {"bucket_name": job.bucket_name, "table_name": job.table_name} if job else {}
    if operation.resource_type in ("bucket", "table") and operation.arguments.get("name"):
        known[f"{operation.resource_type}_name"] = operation.arguments["name"]
    for source in (operation.arguments, details):
        known |= {name: source[name] for name in ("bucket_name", "table_name") if source.get(name)}
    return str(known.get("bucket_name") or ""), str(known.get("table_name") or "")


def _amounts(operation: Operation, details: Mapping[str, Any], job: Job | None) -> dict[str, int | None]:
    rows = next((details[name] for name in _ROW_COUNTS if isinstance(details.get(name), int)), None)
    bytes_in = details.get("bytes_in")
    if operation.name == "import_table" and job is not None:
        bytes_in = job.bytes
    if operation.name == "upload_file":
        bytes_in = details.get("size_bytes")
    return {"rows": rows, "bytes_in": bytes_in, "bytes_out": details.get("bytes_out")}


def _dotted(*names: str) -> str:
    return ".".join(name for name in names if name)


def _fit(text: str | None, column: str) -> str:
    return _stored(text or "", Event._meta.get_field(column).max_length)


def _stored(text: str, length: int | None) -> str:
    """What was asked for may be any text: no longer than its column, and without NUL, which PostgreSQL cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:length]
