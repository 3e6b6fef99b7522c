"""The cells of a job that its script keeps up to date, the same in every list and on every page.

Each cell names its job and its field in data attributes; kbstore/console.js finds them and fills in what the job's
websocket, or where that is blocked the address in `data-job-source`, says.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kbstore.console import formatting, markup
from storage.models import Job, JobState


def job_row(job: Job) -> dict[str, Any]:
    """A job as a row of the short lists."""
    return {
        "url": markup.page_url(job),
        "name": formatting.job_name(job.type),
        "target": target(job),
        "project": job.project_id,
        "state": state(job),
        "progress": progress(job),
        "rows": rows(job),
        "duration": duration(job),
        "created": markup.time(job.created_at),
    }


def target(job: Job) -> str:
    """What the job works on."""
    return ".".join(name for name in (job.bucket_name, job.table_name) if name) or markup.EMPTY


def state(job: Job) -> SafeString:
    return format_html(
        '<span class="kb-badge" data-kind="{0}" data-job="{1}" data-job-field="state" data-job-state="{0}" '
        'data-job-project="{2}" data-job-source="{3}">{0}</span>',
        job.state,
        job.id,
        job.project_id,
        reverse("admin:storage_job_states"),
    )


def progress(job: Job) -> SafeString:
    percent = round(job.progress * 100)
    return format_html(
        '<span class="kb-progress" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" '
        'aria-valuenow="{0}" data-kind="{1}" data-job="{2}" data-job-field="progress">'
        '<progress class="kb-bar" max="100" value="{0}"></progress><span class="kb-percent">{0}%</span></span>',
        percent,
        job.state,
        job.id,
    )


def rows(job: Job) -> SafeString:
    return _cell(job, "rows", formatting.count(job.rows))


def size(job: Job) -> SafeString:
    return _cell(job, "bytes", formatting.size(job.bytes))


def duration(job: Job) -> SafeString:
    """From start to end; it ticks while the job runs."""
    started = job.started_at.isoformat() if job.started_at else ""
    return format_html(
        '<span class="kb-number" data-job="{}" data-job-field="duration" data-started="{}">{}</span>',
        job.id,
        started,
        formatting.duration(seconds(job)),
    )


def seconds(job: Job) -> float | None:
    if job.started_at is None:
        return None
    return ((job.finished_at or timezone.now()) - job.started_at).total_seconds()


def outcome(job: Job) -> SafeString | str:
    """In a list: why it failed, in a few words."""
    if job.state != JobState.ERROR or not job.error:
        return ""
    return format_html('<span class="kb-error-text">{}</span>', markup.cut(str(job.error.get("message", "")), 80))


def _cell(job: Job, field: str, text: str) -> SafeString:
    return format_html('<span class="kb-number" data-job="{}" data-job-field="{}">{}</span>', job.id, field, text)
