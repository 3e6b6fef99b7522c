"""Writes audit events for `kbstore.operations`."""

from __future__ import annotations

from typing import Any

from kbstore import context
from kbstore.operations import Operation
from storage.models import Event


def record_event(
    operation: Operation, *, resource_id: str, details: dict[str, Any], error: str | None, job_id: str | None
) -> None:
    """Insert the event in the caller's transaction, so that it exists exactly if the change does."""
    branch_id = None if operation.branch_id in (None, "default") else operation.branch_id
    Event.objects.create(
        request_id=context.request_id.get() or "",
        project_id=operation.project_id,
        branch_id=branch_id,
        operation=operation.name,
        resource_type=operation.resource_type,
        resource_id=resource_id,
        details=details,
        duration_ms=operation.duration_ms,
        status="failed" if error else "success",
        error_message=error,
        actor=operation.actor.label,
        client_address=context.client_address.get() or "",
        job_id=job_id,
    )
