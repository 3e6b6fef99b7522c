"""The numbers of the console's first page: what is stored, what runs, what happened."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone

from files.models import File, FileState
from kbstore.console import formatting, markup
from kbstore.console.job_cells import job_row
from kbstore.console.rights import visible
from storage.models import Bucket, Event, Job, JobState, Project, Table
from storage.models.job import UNFINISHED

M = TypeVar("M", bound=Model)
RECENT = 8
CHART_DAYS = 14
#: Of the chart, in the units of its drawing.
_CHART_HEIGHT = 100


@dataclass(frozen=True)
class Tile:
    title: str
    icon: str
    value: str
    note: str
    url: str


@dataclass(frozen=True)
class Day:
    """One bar: heights in percent of the highest day."""

    date: datetime.date
    finished: int
    failed: int
    finished_height: float
    failed_height: float


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """Only what this user may look at; a part that is missing is not drawn."""
    context: dict[str, Any] = {"tiles": _tiles(request)}
    if _may_view(request, Job):
        jobs = _seen(request, Job).select_related("project")[:RECENT]
        context |= {
            "jobs": [job_row(job) for job in jobs],
            "jobs_url": markup.list_url(Job),
            "days": loads_per_day(_seen(request, Job)),
        }
    if _may_view(request, Event):
        context |= {"events": [_event_row(event) for event in _seen(request, Event)[:RECENT]]}
        context["events_url"] = markup.list_url(Event)
    return context


def _seen(request: HttpRequest, model: type[M]) -> QuerySet[M]:
    return visible(request.user, model._default_manager.all())  # type: ignore[arg-type]


def _may_view(request: HttpRequest, model: type[Model]) -> bool:
    return request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def _tiles(request: HttpRequest) -> list[Tile]:
    tiles = []
    if _may_view(request, Project):
        tiles.append(_counted("Projects", "deployed_code", Project, _seen(request, Project).count()))
    if _may_view(request, Bucket):
        tiles.append(_counted("Buckets", "folder_open", Bucket, _seen(request, Bucket).count()))
    if _may_view(request, Table):
        tiles += _table_tiles(_seen(request, Table))
    if _may_view(request, File):
        tiles.append(_file_tile(_seen(request, File)))
    if _may_view(request, Job):
        tiles.append(_job_tile(_seen(request, Job)))
    return tiles


def _counted(title: str, icon: str, model: type[Model], number: int) -> Tile:
    return Tile(title, icon, formatting.count(number), "", markup.list_url(model))


def _table_tiles(tables: QuerySet[Table]) -> list[Tile]:
    totals = tables.aggregate(
        tables=Count("pk"), rows=Sum("current_version__row_count"), size=Sum("current_version__size_bytes")
    )
    url = markup.list_url(Table)
    return [
        Tile("Tables", "table", formatting.count(totals["tables"]), "", url),
        Tile("Rows", "table_rows", formatting.count(totals["rows"] or 0), "in current versions", url),
        Tile("Table data", "hard_drive", formatting.size(totals["size"] or 0), "in current versions", url),
    ]


def _file_tile(files: QuerySet[File]) -> Tile:
    totals = files.filter(state=FileState.REGISTERED).aggregate(files=Count("pk"), size=Sum("size_bytes"))
    note = formatting.size(totals["size"] or 0)
    return Tile("Files", "draft", formatting.count(totals["files"]), note, markup.list_url(File))


def _job_tile(jobs: QuerySet[Job]) -> Tile:
    states = {state: Count("pk", filter=Q(state=state)) for state in UNFINISHED}
    totals = jobs.filter(state__in=UNFINISHED).aggregate(**states)
    running, waiting = totals[JobState.PROCESSING], totals[JobState.WAITING]
    url = markup.list_url(Job, state__exact=JobState.PROCESSING)
    return Tile("Running jobs", "bolt", formatting.count(running), f"{waiting:,} waiting", url)


def loads_per_day(jobs: QuerySet[Job]) -> list[Day]:
    """Finished jobs of the last days, today last, in UTC."""
    today = timezone.now().astimezone(datetime.UTC).date()
    dates = [today - datetime.timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    since = datetime.datetime.combine(dates[0], datetime.time(), datetime.UTC)
    rows = (
        jobs.filter(created_at__gte=since)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(
            finished=Count("pk", filter=Q(state=JobState.SUCCESS)), failed=Count("pk", filter=Q(state=JobState.ERROR))
        )
    )
    counts = {row["day"]: (row["finished"], row["failed"]) for row in rows}
    highest = max((sum(pair) for pair in counts.values()), default=0) or 1
    return [_day(date, *counts.get(date, (0, 0)), highest=highest) for date in dates]


def _day(date: datetime.date, finished: int, failed: int, *, highest: int) -> Day:
    scale = _CHART_HEIGHT / highest
    return Day(date, finished, failed, round(finished * scale, 1), round(failed * scale, 1))


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "time": markup.time(event.timestamp),
        "operation": formatting.phrase(event.operation),
        "url": markup.page_url(event),
        "resource": markup.cut(event.resource_id or markup.EMPTY, 60),
        "project": event.project_id,
        "actor": markup.actor(event.actor),
        "status": markup.badge(event.status, event.status),
    }
