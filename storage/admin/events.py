"""The audit log in the console: to read, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, FieldTextFilter

from kbstore.console import formatting, markup
from kbstore.console.pages import ConsoleAdmin
from storage.models import Event, Job, Project


class ValuesFilter(DropdownFilter):
    """The values that the log holds of one field."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = Event.objects.order_by(self.parameter_name).values_list(self.parameter_name, flat=True).distinct()
        return [(value, formatting.phrase(value)) for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class OperationFilter(ValuesFilter):
    title = "operation"
    parameter_name = "operation"


class StatusFilter(ValuesFilter):
    title = "status"
    parameter_name = "status"


@admin.register(Event)
class EventAdmin(ConsoleAdmin):
    page_template = "console/event.html"
    list_display = ("time", "name", "resource", "project", "who", "status_badge", "duration", "client_address")
    list_filter = (OperationFilter, StatusFilter, ("project_id", FieldTextFilter), ("actor", FieldTextFilter))
    search_fields = ("resource_id", "project_id", "actor", "request_id", "operation")

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

    @admin.display(description="Status", ordering="status")
    def status_badge(self, event: Event) -> str:
        return markup.badge(event.status, event.status)

    @admin.display(description="Duration", ordering="duration_ms")
    def duration(self, event: Event) -> str:
        return f"{event.duration_ms:,} ms"

    def page(self, request: HttpRequest, instance: Event) -> dict[str, Any]:
        return {
            "facts": [
                ("Operation", formatting.phrase(instance.operation)),
                ("Status", markup.badge(instance.status, instance.status)),
                ("Time", markup.time(instance.timestamp)),
                ("Project", _project(instance)),
                ("Branch", instance.branch_id or "main"),
                ("Resource", f"{formatting.phrase(instance.resource_type)} {instance.resource_id}"),
                ("Actor", instance.actor or markup.EMPTY),
                ("From", instance.client_address or markup.EMPTY),
                ("Duration", f"{instance.duration_ms:,} ms"),
                ("Request", markup.code(instance.request_id) if instance.request_id else markup.EMPTY),
                ("Job", _job(instance)),
            ],
            "details": formatting.facts_of(instance.details) if instance.details else [],
            "error_message": instance.error_message,
        }


def _project(event: Event) -> Any:
    """A link only while the project exists: events outlive it."""
    project = Project.objects.filter(pk=event.project_id).first()
    return markup.page_link(project) if project else event.project_id or markup.EMPTY


def _job(event: Event) -> Any:
    job = Job.objects.filter(pk=event.job_id).first() if event.job_id else None
    return markup.page_link(job, job.pk) if job else event.job_id or markup.EMPTY
