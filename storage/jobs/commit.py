"""Ending a job in the same transaction as the change that it made."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from storage.models import Job, JobState

#: The members of results that say how many rows the work was about.
_ROWS = ("imported_rows", "rows_exported", "deleted_rows", "row_count")


def note_success(job: Job, result: dict[str, Any]) -> None:
    """Mark a job as done in the caller's transaction: should the process die right after, the row tells the truth."""
    now = timezone.now()
    fields: dict[str, Any] = {"state": JobState.SUCCESS, "result": result, "progress": 1.0}
    rows = next((result[name] for name in _ROWS if isinstance(result.get(name), int)), None)
    if rows is not None:
        # Whoever sees the job succeed sees how many rows it was about, too.
        fields["rows"] = rows
    Job.objects.filter(pk=job.pk).update(**fields, finished_at=now, heartbeat_at=now)
