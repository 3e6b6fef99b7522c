"""The history of a project's operations: what was done or refused, newest first."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import OperationNotFound
from storage.models import Event
from storage.retention import days_ago

SUCCESS = "success"
FAILED = "failed"


@dataclass(frozen=True)
class OperationFilter:
    """Which operations; None and the empty text mean all. `since` counts in, `until` does not."""

    command: str | None = None
    status: str | None = None
    bucket: str | None = None
    table: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


def list_operations(
    *, actor: Actor, project_id: str, wanted: OperationFilter, limit: int, offset: int
) -> tuple[list[Event], int]:
    """One page, newest first, and how many there are in all. Raises Forbidden, ProjectNotFound."""
    actor.require(Need.MANAGE, project_id=project_id)
    catalog.find_project(project_id)
    found = _matching(shown_operations(project_id), wanted)
    return list(found[offset : offset + limit]), found.count()


def get_operation(*, actor: Actor, project_id: str, operation_id: str) -> Event:
    """One operation of the project that is still shown. Raises Forbidden, ProjectNotFound, OperationNotFound."""
    actor.require(Need.MANAGE, project_id=project_id)
    catalog.find_project(project_id)
    if _is_row_id(operation_id):
        event = shown_operations(project_id).filter(pk=int(operation_id)).first()
        if event is not None:
            return event
    raise OperationNotFound(project_id, operation_id)


def shown_operations(project_id: str) -> QuerySet[Event]:
    """Operations young enough to be shown; failures longer than successes. The audit log keeps all for longer."""
    succeeded_after = days_ago(settings.OPERATIONS_KEPT_DAYS)
    failed_after = days_ago(settings.OPERATION_ERRORS_KEPT_DAYS)
    successes = Q(status=SUCCESS, timestamp__gte=succeeded_after)
    failures = Q(status=FAILED, timestamp__gte=failed_after)
    # The common bound lets the index leave out what only the audit log still keeps.
    recent = Event.objects.filter(project_id=project_id, timestamp__gte=min(succeeded_after, failed_after))
    return recent.filter(successes | failures)


def _matching(events: QuerySet[Event], wanted: OperationFilter) -> QuerySet[Event]:
    fields = {
        "operation": wanted.command,
        "status": wanted.status,
        "bucket_name": wanted.bucket,
        "table_name": wanted.table,
        "timestamp__gte": wanted.since,
        "timestamp__lt": wanted.until,
    }
    return events.filter(**{name: value for name, value in fields.items() if value})


def _is_row_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
