"""Ending a job in the same transaction as the change that it made."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from storage.models import Job, JobState


def note_success(job: Job, result: dict[str, Any]) -> None:
    """Mark a job as done in the caller's transaction: should the process die right after, the row tells the truth."""
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.SUCCESS, result=result, progress=1.0, finished_at=now, heartbeat_at=now
    )
