"""The console's first page: what is up, what runs, what went wrong, what is stored, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractUser
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse

from files.models import File, FileState
from kbstore.console import dashboard_charts as charts
from kbstore.console import dashboard_lists as lists
from kbstore.console import formatting, markup
from kbstore.console.installation_status import installation_status
from kbstore.console.rights import sees_every_project, visible
from storage.models import Bucket, Event, Job, JobState, Project, Snapshot, Table
from storage.models.job import UNFINISHED
from workspaces.models import LoggedQuery

M = TypeVar("M", bound=Model)
EVENTS_SHOWN = 8
NO_IMPORTS = "Nothing was imported. Load data with the wizard, over REST, or from S3."
NO_QUERIES = "Nobody asked anything. Open the SQL console, or connect a client to a workspace."


@dataclass(frozen=True)
class Step:
    """One of the way to a first result; `url` is empty where it is not yet time for it."""

    title: str
    text: str
    url: str
    is_done: bool


@dataclass(frozen=True)
class Tile:
    title: str
    icon: str
    value: str
    note: str
    url: str


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """Only what this user may look at; a part that is missing is not drawn."""
    context = now(request) | activity(request) | _stored(request) | _changes(request) | {"tiles": _tiles(request)}
    return context | {"steps": _first_steps(request, context), "shortcuts": _shortcuts(request)}


def now(request: HttpRequest) -> dict[str, Any]:
    """The parts that change by the minute: they are renewed while the page is open."""
    context: dict[str, Any] = {}
    if sees_every_project(_user(request)):
        context["parts"] = [(part, _page_url(part.page)) for part in installation_status()]
    if _may_view(request, Job):
        context |= {"jobs": lists.jobs_now(_seen(request, Job)), "jobs_url": markup.list_url(Job)}
    troubles = _troubles(request)
    if troubles:
        context |= {"troubles": troubles, "failures": lists.newest_failures(troubles)}
    return context


def activity(request: HttpRequest) -> dict[str, Any]:
    """Imports and queries over the time that `?period=` names."""
    period = charts.period_of(request.GET.get("period"))
    drawn = []
    if _may_view(request, Job):
        chart = charts.imports_over_time(_seen(request, Job), period)
        drawn.append(("Imports", "chart-imports", chart, charts.total(chart), markup.list_url(Job), NO_IMPORTS))
    if _may_view(request, LoggedQuery):
        chart = charts.queries_over_time(_seen(request, LoggedQuery), period)
        drawn.append(
            ("SQL queries", "chart-queries", chart, charts.total(chart), markup.list_url(LoggedQuery), NO_QUERIES)
        )
    return {"activity": drawn, "period": period, "periods": charts.PERIODS.values()}


def _stored(request: HttpRequest) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if not _may_view(request, Table):
        return context
    tables = _seen(request, Table)
    context |= {"largest": lists.largest_tables(tables), "tables_url": markup.list_url(Table)}
    if _may_view(request, Project):
        by_project = charts.storage_by_project(tables, _seen(request, Project))
        context |= {"by_project": by_project, "projects_url": markup.list_url(Project)}
    if _may_view(request, Snapshot):
        context["snapshots"] = lists.oldest_snapshots(_seen(request, Snapshot), tables)
    return context


def _changes(request: HttpRequest) -> dict[str, Any]:
    if not _may_view(request, Event):
        return {}
    events = _seen(request, Event)[:EVENTS_SHOWN]
    return {"events": [_event_row(event) for event in events], "events_url": markup.list_url(Event)}


def _first_steps(request: HttpRequest, context: dict[str, Any]) -> list[Step]:
    """For those who may load data and have none yet."""
    if context.get("largest") or not request.user.has_perm("storage.change_table"):
        return []
    has_project = _seen(request, Project).exists()
    may_add = request.user.has_perm("storage.add_project")
    project_url = reverse("admin:storage_project_add") if may_add and not has_project else ""
    asking = (
        "Data lives in projects: one for each team or purpose." if may_add else "Ask an operator to add you to one."
    )
    return [
        Step("Create a project", asking, project_url, has_project),
        Step("Load a file", "Drop a CSV or Parquet file; columns and types are found.", _load_url(has_project), False),
        Step("Ask it something", "The table is profiled and open to SQL.", "", False),
    ]


def _load_url(has_project: bool) -> str:
    return reverse("admin:load") if has_project else ""


def _shortcuts(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Title, icon and address of what people come for."""
    wanted = (
        ("Load data", "upload_file", "load", "storage.change_table"),
        ("SQL console", "terminal", "sql", "workspaces.view_workspace"),
    )
    return [
        (title, icon, reverse(f"admin:{name}"))
        for title, icon, name, permission in wanted
        if request.user.has_perm(permission)
    ]


def _troubles(request: HttpRequest) -> list[lists.Trouble]:
    found = []
    if _may_view(request, Job):
        found.append(lists.failed_jobs(_seen(request, Job)))
    if _may_view(request, Event):
        found.append(lists.failed_operations(_seen(request, Event)))
    if _may_view(request, LoggedQuery):
        found.append(lists.failed_queries(_seen(request, LoggedQuery)))
    return found


def _user(request: HttpRequest) -> AbstractUser:
    return request.user  # type: ignore[return-value]


def _seen(request: HttpRequest, model: type[M]) -> QuerySet[M]:
    return visible(_user(request), model._default_manager.all())


def _may_view(request: HttpRequest, model: type[Model]) -> bool:
    return request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def _page_url(name: str) -> str:
    return reverse(f"admin:{name}_changelist" if name == "storage_job" else f"admin:{name}")


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
        Tile("Rows", "table_rows", formatting.count(totals["rows"] or 0), "current versions", url),
        Tile("Table data", "hard_drive", formatting.size(totals["size"] or 0), "current versions", url),
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


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "time": markup.time(event.timestamp),
        "operation": formatting.phrase(event.operation),
        "url": markup.page_url(event),
        "resource": markup.cut(event.resource_id or markup.EMPTY, 22),
        "project": event.project_id,
        "actor": markup.actor(event.actor),
        "failed": event.status != "success",
        "status": markup.badge(event.status, event.status),
    }
