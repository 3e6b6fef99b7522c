"""What happened to a job, step by step: from its row and from the audit events that speak of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kbstore.console import formatting, markup
from kbstore.console.rights import visible
from storage.models import Event, Job, JobState

MAX_EVENTS = 50
_RETRIED = "retry_job"
_CANCELLED = "cancel_job"


@dataclass(frozen=True)
class LogLine:
    """`kind` is a state and gives the colour; `after` is the time since the line before, as text."""

    at: SafeString | str
    after: str
    kind: str
    text: SafeString | str


def job_log(request: HttpRequest, job: Job) -> list[LogLine]:
    """Oldest first; the job's `requester` is known."""
    steps = sorted([*_steps_of(job), *_steps_of_events(request, job)], key=lambda step: step[0])
    before = job.created_at
    lines = []
    for at, kind, text in steps:
        lines.append(LogLine(markup.time(at), f"+{formatting.duration((at - before).total_seconds())}", kind, text))
        before = at
    return lines


_Step = tuple[datetime.datetime, str, "SafeString | str"]


def _steps_of(job: Job) -> list[_Step]:
    by = f" by {job.requester}" if job.requester else ""
    steps: list[_Step] = [(job.created_at, "waiting", f"Asked for{by}")]
    if job.started_at is not None:
        steps.append((job.started_at, "processing", f"Started{_place(job)}"))
    if job.cancel_requested_at is not None:
        steps.append((job.cancel_requested_at, "cancelled", "Asked to stop"))
    if job.finished_at is not None:
        steps.append((job.finished_at, job.state, _end(job)))
    elif job.started_at is not None and job.heartbeat_at is not None:
        heard_of = min(max(job.heartbeat_at, job.started_at), timezone.now())
        steps.append((heard_of, "processing", _progress(job)))
    return steps


def _place(job: Job) -> str:
    """The process that ran it: host and process id of the worker's name."""
    host, _, rest = job.worker.partition(".")
    return f" on {host}, process {rest.partition('.')[0]}" if rest else ""


def _progress(job: Job) -> str:
    counted = f", {formatting.amount(job.rows, 'row')}" if job.rows else ""
    return f"Last heard of: {job.progress:.0%}{counted}"


def _end(job: Job) -> str:
    if job.state == JobState.SUCCESS:
        counted = f": {formatting.amount(job.rows, 'row')}" if job.rows is not None else ""
        return f"Done{counted}"
    if job.state == JobState.CANCELLED:
        return "Stopped; nothing was changed"
    return f"Failed: {(job.error or {}).get('message', '')}"


def _steps_of_events(request: HttpRequest, job: Job) -> list[_Step]:
    # By project and time, which are indexed: the log is long.
    since = job.created_at - datetime.timedelta(minutes=1)
    about = Q(job_id=job.pk) | Q(operation=_RETRIED, resource_id=job.pk)
    events = Event.objects.filter(about, project_id=job.project_id, timestamp__gte=since).exclude(operation=_CANCELLED)
    newest = visible(request.user, events).order_by("-timestamp")[:MAX_EVENTS]  # type: ignore[arg-type]
    return [
        (event.timestamp, "success" if event.status == "success" else "error", _told(event, job)) for event in newest
    ]


def _told(event: Event, job: Job) -> SafeString | str:
    if event.operation == _RETRIED:
        is_old = event.job_id == job.pk
        other = event.resource_id if is_old else event.job_id
        text = "Done again by {}: job {}" if is_old else "Asked for by {} in place of job {}"
        return format_html(text, event.actor or "the system", _job_link(other or ""))
    details = formatting.facts_of(_shown(event.details))
    told = "; ".join(f"{name}: {value}" for name, value in details[:6])
    name = markup.page_link(event, formatting.phrase(event.operation))
    return format_html("{} {}", name, format_html('<span class="kb-muted">{}</span>', event.error_message or told))


def _job_link(job_id: str) -> SafeString:
    return markup.link(markup.page_url(Job(pk=job_id)), job_id[:8])


def _shown(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name not in ("job_id", "bucket_name", "table_name")}
