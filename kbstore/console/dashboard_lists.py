"""The short lists of the first page: jobs, what went wrong, largest tables, oldest snapshots."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString

from kbstore.console import formatting, job_cells, markup
from storage.models import Event, Job, JobState, Snapshot, Table
from storage.models.job import UNFINISHED
from workspaces.models import LoggedQuery, QueryStatus

JOBS_SHOWN = 10
SHOWN = 8
_DAY = datetime.timedelta(hours=24)
_FAILED = "failed"
_MESSAGE_LENGTH = 110


def jobs_now(jobs: QuerySet[Job]) -> list[dict[str, Any]]:
    """Those that run or wait, then the newest of the others."""
    jobs = jobs.select_related("project")
    unfinished = list(jobs.filter(state__in=UNFINISHED).order_by("created_at")[:JOBS_SHOWN])
    finished = jobs.exclude(state__in=UNFINISHED)[: JOBS_SHOWN - len(unfinished)]
    return [job_cells.job_row(job) for job in (*unfinished, *finished)]


@dataclass(frozen=True)
class Trouble:
    """One kind of failures: how many there were in a day, where they are listed, and the newest."""

    title: str
    count: int
    url: str
    rows: list[tuple[datetime.datetime, dict[str, Any]]]


def failed_jobs(jobs: QuerySet[Job]) -> Trouble:
    since = _since()
    failed = jobs.filter(state=JobState.ERROR, created_at__gte=since)
    url = markup.list_url(Job, state__exact=JobState.ERROR, created_at__gte=since.isoformat())
    rows = [(job.created_at, _job(job)) for job in failed[:SHOWN]]
    return Trouble("Failed jobs", failed.count(), url, rows)


def failed_operations(events: QuerySet[Event]) -> Trouble:
    """Those of jobs are told by their jobs."""
    since = _since()
    failed = events.filter(status=_FAILED, timestamp__gte=since, job_id=None)
    url = markup.list_url(Event, status=_FAILED, timestamp__gte=since.isoformat())
    rows = [(event.timestamp, _event(event)) for event in failed[:SHOWN]]
    return Trouble("Refused or failed operations", failed.count(), url, rows)


def failed_queries(queries: QuerySet[LoggedQuery]) -> Trouble:
    since = _since()
    failed = queries.filter(status__in=(QueryStatus.ERROR, QueryStatus.TIMEOUT), started_at__gte=since)
    url = markup.list_url(LoggedQuery, status__exact=QueryStatus.ERROR, started_at__gte=since.isoformat())
    rows = [(query.started_at, _query(query)) for query in failed[:SHOWN]]
    return Trouble("Failed queries", failed.count(), url, rows)


def newest_failures(troubles: list[Trouble]) -> list[dict[str, Any]]:
    """The rows of all kinds in the order of time, newest first."""
    rows = [row for trouble in troubles for row in trouble.rows]
    return [shown for _, shown in sorted(rows, key=lambda row: row[0], reverse=True)[:SHOWN]]


def _since() -> datetime.datetime:
    return (timezone.now() - _DAY).replace(second=0, microsecond=0)


def _job(job: Job) -> dict[str, Any]:
    message = (job.error or {}).get("message", "")
    name = f"{formatting.job_name(job.type)} {job_cells.target(job)}"
    return _failure(job.created_at, markup.page_link(job, name), job.project_id, message)


def _event(event: Event) -> dict[str, Any]:
    name = f"{formatting.phrase(event.operation)} {event.resource_id}"[:60]
    message = event.error_message or event.error_code
    return _failure(event.timestamp, markup.page_link(event, name), event.project_id, message)


def _query(query: LoggedQuery) -> dict[str, Any]:
    name = f"Query in {query.workspace_id}"
    return _failure(query.started_at, markup.page_link(query, name), query.project_id, f"SQLSTATE {query.sqlstate}")


def _failure(moment: datetime.datetime, link: SafeString, project_id: str, message: str) -> dict[str, Any]:
    shown = markup.cut(" ".join(str(message).split()), _MESSAGE_LENGTH)
    return {"time": markup.time(moment), "what": link, "project": project_id, "message": shown}


def largest_tables(tables: QuerySet[Table]) -> list[dict[str, Any]]:
    found = tables.select_related("bucket", "branch", "current_version").order_by("-current_version__size_bytes")
    rows = list(found[:SHOWN])
    largest = max((table.current_version.size_bytes for table in rows), default=0) or 1
    return [
        {
            "link": markup.page_link(table),
            "branch": table.branch.name if table.branch else "",
            "project": table.bucket.project_id,
            "rows": formatting.count(table.current_version.row_count),
            "size": markup.size(table.current_version.size_bytes),
            "share": round(table.current_version.size_bytes / largest * 100),
        }
        for table in rows
    ]


def oldest_snapshots(snapshots: QuerySet[Snapshot], tables: QuerySet[Table]) -> list[dict[str, Any]]:
    """Live ones, with a link to their table where it still is."""
    now = timezone.now()
    live = snapshots.filter(expires_at=None) | snapshots.filter(expires_at__gt=now)
    rows = list(live.select_related("version").order_by("created_at", "id")[:SHOWN])
    places = {(row.project_id, row.bucket_name, row.table_name, row.branch_id): None for row in rows}
    named = tables.filter(
        bucket__project_id__in={place[0] for place in places},
        bucket__name__in={place[1] for place in places},
        name__in={place[2] for place in places},
    ).select_related("bucket")
    found = {(table.bucket.project_id, table.bucket.name, table.name, table.branch_id): table for table in named}
    return [_snapshot(row, found.get((row.project_id, row.bucket_name, row.table_name, row.branch_id))) for row in rows]


def _snapshot(snapshot: Snapshot, table: Table | None) -> dict[str, Any]:
    name = f"{snapshot.bucket_name}.{snapshot.table_name}"
    return {
        "table": markup.page_link(table, name) if table else name,
        "project": snapshot.project_id,
        "type": formatting.phrase(snapshot.type),
        "size": markup.size(snapshot.version.size_bytes),
        "created": markup.time(snapshot.created_at),
        "expires": markup.time(snapshot.expires_at) if snapshot.expires_at else "never",
    }
