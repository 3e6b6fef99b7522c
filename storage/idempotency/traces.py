"""What a request whose process died has left behind: a change carries the id of its request."""

from __future__ import annotations

from storage.idempotency.errors import AnswerLost, StillInProgress
from storage.models import Event, IdempotentRequest, Job, JobState
from storage.models.job import UNFINISHED


def check_without_effect(row: IdempotentRequest) -> None:
    """Raise AnswerLost if the abandoned request changed something, StillInProgress if a job of it goes on.

    Events are written in the transaction of their change, jobs before their work: without a trace nothing happened.
    """
    if not row.request_id:
        return
    events = Event.objects.filter(request_id=row.request_id, timestamp__gte=row.created_at, status="success")
    jobs = Job.objects.filter(request_id=row.request_id, created_at__gte=row.created_at)
    states = set(jobs.values_list("state", flat=True))
    if states & set(UNFINISHED):
        raise StillInProgress
    if events.exists() or JobState.SUCCESS in states:
        raise AnswerLost
