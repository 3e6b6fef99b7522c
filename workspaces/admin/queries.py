"""The query log in the console: to read, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, FieldTextFilter

from kbstore.console import markup
from kbstore.console.pages import ConsoleAdmin
from workspaces.models import LoggedQuery, QueryStatus, Workspace
from workspaces.sql.statement import StatementKind

_BADGES = {
    QueryStatus.SUCCESS: "success",
    QueryStatus.ERROR: "error",
    QueryStatus.CANCELLED: "cancelled",
    QueryStatus.TIMEOUT: "error",
}
_DURATIONS = (("100", "over 0.1 s"), ("1000", "over 1 s"), ("10000", "over 10 s"), ("60000", "over a minute"))


class DurationFilter(DropdownFilter):
    title = "duration"
    parameter_name = "over_ms"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_DURATIONS)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = dict(_DURATIONS)
        return queryset.filter(duration_ms__gte=float(self.value())) if self.value() in known else queryset


class KindFilter(DropdownFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.value, kind.value.replace("_", " ")) for kind in StatementKind]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(LoggedQuery)
class LoggedQueryAdmin(ConsoleAdmin):
    page_template = "console/query.html"
    list_display = (
        "started", "kind_name", "workspace_name", "who", "door", "status_badge", "duration", "row_count", "size", "text"
    )  # fmt: skip
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("door", ChoicesDropdownFilter),
        KindFilter,
        DurationFilter,
        ("project_id", FieldTextFilter),
        ("workspace_id", FieldTextFilter),
    )
    search_fields = ("workspace__id", "project_id", "session_id", "user", "text_hash", "sqlstate")

    def has_change_permission(self, request: HttpRequest, obj: LoggedQuery | None = None) -> bool:
        return False

    @admin.display(description="Started", ordering="started_at")
    def started(self, query: LoggedQuery) -> str:
        return markup.time(query.started_at)

    @admin.display(description="Kind", ordering="kind")
    def kind_name(self, query: LoggedQuery) -> str:
        return query.kind.replace("_", " ")

    @admin.display(description="Workspace", ordering="workspace_id")
    def workspace_name(self, query: LoggedQuery) -> str:
        return f"{query.project_id} / {query.workspace_id}"

    @admin.display(description="User", ordering="user")
    def who(self, query: LoggedQuery) -> str:
        return markup.actor(query.user)

    @admin.display(description="Status", ordering="status")
    def status_badge(self, query: LoggedQuery) -> str:
        return _badge(query)

    @admin.display(description="Duration", ordering="duration_ms")
    def duration(self, query: LoggedQuery) -> str:
        return _milliseconds(query.duration_ms)

    @admin.display(description="Rows", ordering="rows")
    def row_count(self, query: LoggedQuery) -> str:
        return markup.number(query.rows)

    @admin.display(description="Bytes", ordering="bytes")
    def size(self, query: LoggedQuery) -> str:
        return markup.size(query.bytes)

    @admin.display(description="SQL")
    def text(self, query: LoggedQuery) -> str:
        return markup.cut(query.sql or query.text_hash or markup.EMPTY, 60)

    def page(self, request: HttpRequest, instance: LoggedQuery) -> dict[str, Any]:
        return {"facts": _facts(instance), "sql": instance.sql, "sql_url": _sql_url(request, instance)}


def _sql_url(request: HttpRequest, query: LoggedQuery) -> str | None:
    """Where its text can be run again; its workspace may be gone."""
    if not query.sql or not request.user.has_perm("workspaces.view_workspace"):
        return None
    if not Workspace.objects.filter(pk=query.workspace_id).exists():
        return None
    return reverse("admin:sql", query={"workspace": query.workspace_id, "query": query.pk})


def _facts(query: LoggedQuery) -> list[tuple[str, Any]]:
    return [
        ("Kind", query.kind.replace("_", " ")),
        ("Status", _badge(query)),
        ("SQLSTATE", query.sqlstate or "00000"),
        ("Started", markup.time(query.started_at)),
        ("Duration", _milliseconds(query.duration_ms)),
        ("Reading and preparing", _milliseconds(query.parse_ms)),
        ("Waiting", _milliseconds(query.wait_ms)),
        ("Running", _milliseconds(query.execute_ms)),
        ("Sending", _milliseconds(query.send_ms)),
        ("Rows", markup.number(query.rows)),
        ("Bytes", markup.size(query.bytes)),
        ("Project", query.project_id),
        ("Workspace", query.workspace_id),
        ("Session", markup.code(query.session_id)),
        ("User", query.user or markup.EMPTY),
        ("From", query.client or markup.EMPTY),
        ("Application", query.application or markup.EMPTY),
        ("Hash of the text", markup.code(query.text_hash) if query.text_hash else markup.EMPTY),
    ]


def _badge(query: LoggedQuery) -> str:
    return markup.badge(_BADGES.get(QueryStatus(query.status), "error"), query.status)


def _milliseconds(value: float) -> str:
    return f"{value:,.1f} ms"
