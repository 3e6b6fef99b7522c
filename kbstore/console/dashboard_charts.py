"""The charts of the first page: what each project holds, and imports and queries over time."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, Model, Q, QuerySet, Sum
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from kbstore.console import formatting, markup
from storage.models import Job, JobState, Project, Table
from workspaces.models import LoggedQuery, QueryStatus

PROJECTS_SHOWN = 10
_IMPORTS = ("table_import", "table_row_import", "table_copy_rows", "workspace_unload", "table_load")


@dataclass(frozen=True)
class Period:
    """`digits` of a moment's text, as databases write it, name its step: 13 for the hour, 10 for the day."""

    name: str
    title: str
    steps: int
    step: datetime.timedelta
    digits: int

    def starts(self) -> list[datetime.datetime]:
        """The beginnings of the steps in UTC, the current one last."""
        now = timezone.now().astimezone(datetime.UTC)
        last = now.replace(minute=0, second=0, microsecond=0, **({} if self.digits == 13 else {"hour": 0}))
        return [last - back * self.step for back in reversed(range(self.steps))]


PERIODS = {
    period.name: period
    for period in (
        Period("24h", "24 hours", 24, datetime.timedelta(hours=1), 13),
        Period("14d", "14 days", 14, datetime.timedelta(days=1), 10),
    )
}


def period_of(name: str | None) -> Period:
    """The one of this name, else the first."""
    return PERIODS.get(name or "") or PERIODS["24h"]


def imports_over_time(jobs: QuerySet[Job], period: Period) -> dict[str, Any]:
    """For charts.js: finished and failed imports of each step."""
    states = {"good": Q(state=JobState.SUCCESS), "bad": Q(state=JobState.ERROR)}
    imports = jobs.filter(type__in=_IMPORTS)
    return _over_time(imports, "created_at", period, states, link_filters={"type__in": ",".join(_IMPORTS)})


def queries_over_time(queries: QuerySet[LoggedQuery], period: Period) -> dict[str, Any]:
    """For charts.js: statements that went well and that did not, of each step."""
    states = {"good": Q(status=QueryStatus.SUCCESS), "bad": ~Q(status=QueryStatus.SUCCESS)}
    return _over_time(queries, "started_at", period, states, link_filters={})


def _over_time(
    rows: QuerySet[Any], field: str, period: Period, states: dict[str, Q], *, link_filters: dict[str, str]
) -> dict[str, Any]:
    starts = period.starts()
    # The text of a moment is cut by the database itself; its own functions for hours are far slower in SQLite.
    step = Substr(Cast(field, CharField()), 1, period.digits)
    found = rows.filter(**{f"{field}__gte": starts[0]}).order_by().annotate(step=step).values("step")
    counts = {row["step"].replace("T", " "): row for row in found.annotate(**_counts(states))}
    names = [f"{start:%Y-%m-%d %H}"[: period.digits] for start in starts]
    series = [
        {"name": title, "kind": kind, "values": [counts.get(name, {}).get(key, 0) for name in names]}
        for key, title, kind in (("good", "success", "success"), ("bad", "failed", "error"))
    ]
    return {
        "labels": [start.isoformat() for start in starts],
        "time": "hour" if period.digits == 13 else "day",
        "series": series,
        "unit": "count",
        "stacked": True,
        "links": [_link(rows.model, field, start, period, link_filters) for start in starts],
    }


def _counts(states: dict[str, Q]) -> dict[str, Count]:
    return {key: Count("pk", filter=condition) for key, condition in states.items()}


def _link(model: type[Model], field: str, start: datetime.datetime, period: Period, filters: dict[str, str]) -> str:
    between = {f"{field}__gte": start.isoformat(), f"{field}__lt": (start + period.step).isoformat()}
    return markup.list_url(model, **filters, **between)


def total(chart: dict[str, Any]) -> str:
    """All of it in words, for those who cannot see the chart; empty where there is nothing to see."""
    good, bad = (sum(series["values"]) for series in chart["series"])
    if not good and not bad:
        return ""
    return f"{formatting.count(good)} succeeded, {formatting.count(bad)} failed"


def storage_by_project(tables: QuerySet[Table], projects: QuerySet[Project]) -> dict[str, Any]:
    """For charts.js: bytes of current versions of the largest projects, the others together."""
    sums = list(
        tables.order_by()
        .values("bucket__project_id")
        .annotate(size=Sum("current_version__size_bytes"))
        .order_by("-size")
        .values_list("bucket__project_id", "size")
    )
    largest, others = sums[:PROJECTS_SHOWN], sums[PROJECTS_SHOWN:]
    found = projects.in_bulk([project_id for project_id, _ in largest])
    labels = [found[project_id].name or project_id for project_id, _ in largest if project_id in found]
    links = [markup.page_url(found[project_id]) for project_id, _ in largest if project_id in found]
    values = [size for project_id, size in largest if project_id in found]
    if others:
        labels.append(f"{len(others)} others")
        links.append(markup.list_url(Project))
        values.append(sum(size for _, size in others))
    return {
        "labels": [label[:40] for label in labels],
        "series": [{"name": "Tables", "values": values}],
        "unit": "bytes",
        "horizontal": True,
        "links": links,
    }
