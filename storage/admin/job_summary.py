"""How many jobs wait, run and failed: the line above the list, and what tells its page that there is something new."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from kbstore.console import markup
from storage.models import Job, JobState
from storage.models.job import UNFINISHED

RECENT = datetime.timedelta(hours=24)
#: Of each state; more are as good as endless.
MAX_COUNTED = 10_000


def job_counts(jobs: QuerySet[Job]) -> dict[str, Any]:
    """Numbers of `jobs`, and `stamp`: a text that changes when one of them begins, ends, or is asked for.

    A few queries on the index of states, however many jobs there are.
    """
    plain = jobs.order_by()
    open_jobs = dict(plain.filter(state__in=UNFINISHED).values_list("state").annotate(Count("pk")))
    since = timezone.now() - RECENT
    # The last heartbeat of a job that has ended is its end, and it is indexed together with the state.
    failed = plain.filter(state=JobState.ERROR, heartbeat_at__gte=since)[:MAX_COUNTED].count()
    ends = [
        plain.filter(state=state).aggregate(at=Max("heartbeat_at"))["at"]
        for state in (JobState.SUCCESS, JobState.ERROR, JobState.CANCELLED)
    ]
    counts = {
        "waiting": open_jobs.get(JobState.WAITING, 0),
        "processing": open_jobs.get(JobState.PROCESSING, 0),
        "failed": failed,
    }
    return counts | {"stamp": "/".join(str(part) for part in (*counts.values(), *ends))}


def job_tiles(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """What the line shows; each number leads to its list."""
    return [
        {
            "name": "processing",
            "title": "Running",
            "icon": "play_circle",
            "value": counts["processing"],
            "url": markup.list_url(Job, state__exact=JobState.PROCESSING),
        },
        {
            "name": "waiting",
            "title": "Waiting",
            "icon": "hourglass_empty",
            "value": counts["waiting"],
            "url": markup.list_url(Job, state__exact=JobState.WAITING),
        },
        {
            "name": "failed",
            "title": "Failed in 24 hours",
            "icon": "error",
            "value": counts["failed"],
            "url": markup.list_url(Job, state__exact=JobState.ERROR),
        },
    ]
