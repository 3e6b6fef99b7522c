"""The audit log in the console: to read and to take away as CSV, never to change."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from kbstore.console import formatting, markup
from kbstore.console.pages import ConsoleAdmin
from kbstore.console.rights import visible
from storage.admin.event_csv import lines
from storage.admin.event_filters import ActorFilter, OperationFilter, OutcomeFilter, ProjectFilter, TimeFilter
from storage.models import Bucket, Event, Job, Project, Table

#: Of a file with the log: more than anybody reads, less than what keeps a thread busy for minutes.
MAX_LINES = 100_000
_AS_CSV = "as_csv"


@admin.register(Event)
class EventAdmin(ConsoleAdmin):
    page_template = "console/event.html"
    list_before_template = "console/event_shortcuts.html"
    list_display = ("time", "name", "resource", "project", "who", "outcome", "row_count", "duration", "client_address")
    list_filter = (TimeFilter, OutcomeFilter, OperationFilter, ProjectFilter, ActorFilter)
    search_fields = ("resource_id", "project_id", "actor", "request_id", "operation", "job_id")

    class Media:
        css: ClassVar = {"all": ("kbstore/events.css",)}
        js = ("kbstore/events.js",)

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    @admin.display(description="Time", ordering="timestamp")
    def time(self, event: Event) -> str:
        return markup.time(event.timestamp)

    @admin.display(description="Operation", ordering="operation")
    def name(self, event: Event) -> str:
        return formatting.phrase(event.operation)

    @admin.display(description="Resource")
    def resource(self, event: Event) -> str:
        return markup.cut(event.resource_id or markup.EMPTY, 60)

    @admin.display(description="Project", ordering="project_id")
    def project(self, event: Event) -> str:
        return event.project_id or markup.EMPTY

    @admin.display(description="Actor", ordering="actor")
    def who(self, event: Event) -> str:
        return markup.actor(event.actor)

    @admin.display(description="Outcome", ordering="status")
    def outcome(self, event: Event) -> str:
        return markup.badge(event.status, event.error_code or event.status)

    @admin.display(description="Rows", ordering="rows")
    def row_count(self, event: Event) -> str:
        return markup.number(event.rows)

    @admin.display(description="Duration", ordering="duration_ms")
    def duration(self, event: Event) -> str:
        return format_html('<span class="kb-number">{} ms</span>', formatting.count(event.duration_ms))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if _AS_CSV in request.GET:
            return self._as_csv(request)
        csv_url = f"?{_query(request, **{_AS_CSV: '1'})}"
        context = {"shortcuts": _shortcuts(request), "csv_url": csv_url, "max_lines": formatting.count(MAX_LINES)}
        response: HttpResponseBase = super().changelist_view(request, context | (extra_context or {}))
        return response

    def _as_csv(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with these filters, all pages of it."""
        request.GET = request.GET.copy()  # type: ignore[assignment]
        del request.GET[_AS_CSV]
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            events = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:storage_event_changelist"))
        name = f"audit-{timezone.now():%Y%m%d-%H%M%S}.csv"
        return StreamingHttpResponse(
            lines(events[:MAX_LINES]),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def page(self, request: HttpRequest, instance: Event) -> dict[str, Any]:
        return {
            "facts": [
                ("Operation", formatting.phrase(instance.operation)),
                ("Outcome", markup.badge(instance.status, instance.status)),
                ("Time", markup.time(instance.timestamp)),
                ("Project", _project(request, instance)),
                ("Branch", instance.branch_id or "main"),
                (formatting.phrase(instance.resource_type), _resource(request, instance)),
                ("Actor", instance.actor or markup.EMPTY),
                ("From", instance.client_address or markup.EMPTY),
                ("Duration", f"{instance.duration_ms:,} ms"),
                *_amounts(instance),
                ("Job", _job(request, instance)),
                ("Request", markup.code(instance.request_id) if instance.request_id else markup.EMPTY),
                *_orchestrator(instance),
            ],
            "details": formatting.facts_of(instance.details) if instance.details else [],
            "error_message": instance.error_message,
            "error_code": instance.error_code,
            "related": list(_related(instance)),
        }


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop("p", None)
    for name, value in changes.items():
        query[name] = value
    return str(query.urlencode())


def _shortcuts(request: HttpRequest) -> list[dict[str, Any]]:
    """Links to what is asked for most."""
    now = timezone.now().replace(microsecond=0)
    day, week = (now - datetime.timedelta(days=days) for days in (1, 7))
    asked: list[tuple[str, dict[str, Any]]] = [
        ("Everything", {}),
        ("Last 24 hours", {"timestamp__gte": day.isoformat()}),
        ("Last 7 days", {"timestamp__gte": week.isoformat()}),
        ("Failed", {"status": "failed"}),
        ("Logins", {"operation": "log_in"}),
    ]
    if not request.user.has_perm("auth.view_user"):
        asked.pop()
    shown = set(request.GET) - {"o", "p"}
    return [
        {
            "title": title,
            "url": markup.list_url(Event, **filters),
            "is_current": shown == set(filters)
            and all(name == "timestamp__gte" or request.GET[name] == value for name, value in filters.items()),
        }
        for title, filters in asked
    ]


def _amounts(event: Event) -> Iterator[tuple[str, Any]]:
    if event.rows is not None:
        yield "Rows", markup.number(event.rows)
    if event.bytes_in is not None:
        yield "Read", markup.size(event.bytes_in)
    if event.bytes_out is not None:
        yield "Written", markup.size(event.bytes_out)
    if event.lock_wait_ms:
        yield "Waited for locks", f"{event.lock_wait_ms:,} ms"


def _orchestrator(event: Event) -> Iterator[tuple[str, Any]]:
    if event.external_run_id:
        yield "Run of the orchestrator", markup.code(event.external_run_id)
    if event.external_job_id:
        yield "Job of the orchestrator", markup.code(event.external_job_id)


def _related(event: Event) -> Iterator[tuple[str, str]]:
    """Lists that somebody who looks at this event may want next."""
    if event.request_id:
        yield "This request", markup.list_url(Event, q=event.request_id)
    if event.resource_id:
        yield "This resource", markup.list_url(Event, q=event.resource_id)
    if event.actor:
        yield "This actor", markup.list_url(Event, actor=event.actor)
    if event.project_id:
        yield "This project", markup.list_url(Event, project=event.project_id)


def _project(request: HttpRequest, event: Event) -> Any:
    """A link only while the project exists: events outlive it."""
    return _linked(request, Project.objects.filter(pk=event.project_id), event.project_id)


def _resource(request: HttpRequest, event: Event) -> Any:
    """A link to the table or bucket that has this name now."""
    shown = markup.code(event.resource_id) if event.resource_id else markup.EMPTY
    found: QuerySet[Any] | None = None
    if event.resource_type == "table" and event.table_name:
        found = Table.objects.filter(
            bucket__project=event.project_id,
            bucket__name=event.bucket_name,
            name=event.table_name,
            branch=event.branch_id,
        )
    elif event.resource_type == "bucket" and event.bucket_name:
        found = Bucket.objects.filter(project=event.project_id, name=event.bucket_name)
    return shown if found is None else _linked(request, found, shown)


def _job(request: HttpRequest, event: Event) -> Any:
    return _linked(request, Job.objects.filter(pk=event.job_id), event.job_id) if event.job_id else markup.EMPTY


def _linked(request: HttpRequest, rows: QuerySet[Any], text: Any) -> Any:
    """The text, and a link if there is such a row which the user may look at."""
    meta = rows.model._meta
    if not text or not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return text or markup.EMPTY
    row = visible(request.user, rows).first()  # type: ignore[arg-type]
    return markup.page_link(row, text) if row else text
