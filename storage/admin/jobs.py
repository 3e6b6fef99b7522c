"""Jobs in the console, with progress that moves by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, FieldTextFilter

from kbstore.console import formatting, job_cells, markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.admin.job_filters import JobDayFilter, JobTypeFilter
from storage.admin.job_log import job_log
from storage.admin.job_summary import job_counts, job_tiles
from storage.models import ApiKey, Job, Table
from storage.services.cancel_job import cancel_job
from storage.services.describe_job import describe_job
from storage.services.retry_job import RETRIED_STATES, retry_job

#: As many jobs as one page lists.
MAX_POLLED = 100
#: Lines of a result on the page of its job.
RESULT_LINES = 60


def cancel_warning(job: Job) -> Sequence[str]:
    return (f"The {formatting.job_name(job.type).lower()} is stopped. What it works on stays as it was.",)


def cancel(request: HttpRequest, job: Job) -> None:
    cancel_job(job_id=job.pk, actor=actor_of(request, job.project_id))


def retry_warning(job: Job) -> Sequence[str]:
    name = formatting.job_name(job.type).lower()
    return (
        f"A new job does the same {name} on what is there now, in your name. This one stays in the list.",
        f"It ended with: {(job.error or {}).get('message') or job.state}",
    )


def retry(request: HttpRequest, job: Job) -> str:
    return markup.page_url(retry_job(job_id=job.pk, actor=actor_of(request, job.project_id)))


COMMANDS = (
    Command(
        name="retry",
        title="Do it again",
        icon="replay",
        permission="change",
        warning=retry_warning,
        run=retry,
        done="A new job was started.",
        applies=lambda job: job.state in RETRIED_STATES,
        is_harmless=True,
    ),
    Command(
        name="cancel",
        title="Cancel job",
        icon="stop_circle",
        permission="change",
        warning=cancel_warning,
        run=cancel,
        done="The job is being cancelled.",
        applies=lambda job: not job.is_finished and job.cancel_requested_at is None,
    ),
)


def named(jobs: list[Job]) -> list[Job]:
    """The same jobs, each with `requester`: what the key of who asked for it is for, which says more than its id."""
    keys = ApiKey.objects.filter(pk__in={job.requested_by for job in jobs})
    descriptions = dict(keys.exclude(description=None).values_list("pk", "description"))
    for job in jobs:
        job.requester = descriptions.get(job.requested_by) or job.requested_by  # type: ignore[attr-defined]
    return jobs


@admin.register(Job)
class JobAdmin(ConsoleAdmin):
    page_template = "console/job.html"
    list_before_template = "console/job_summary.html"
    list_display = (
        "kind",
        "target",
        "project_link",
        "state_badge",
        "progress_bar",
        "row_count",
        "duration",
        "created",
        "outcome",
        "requested",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        JobTypeFilter,
        JobDayFilter,
        ("project", AutocompleteSelectFilter),
        ("requested_by", FieldTextFilter),
    )
    list_select_related = ("project",)
    search_fields = ("id", "bucket_name", "table_name", "requested_by", "project__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("project", "branch")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes = super().get_changelist_instance(request)
        changes.result_list = named(list(changes.result_list))
        return changes

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Job | None:
        job = super().get_object(request, object_id, from_field)
        return named([job])[0] if job else None

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("states/", self.admin_site.admin_view(self.states_view), name="storage_job_states"),
            path("counts/", self.admin_site.admin_view(self.counts_view), name="storage_job_counts"),
        ]
        return [*own, *super().get_urls()]

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts = job_counts(super().get_queryset(request))
        return super().changelist_view(request, {"counts": counts, "tiles": job_tiles(counts)} | (extra_context or {}))

    def counts_view(self, request: HttpRequest) -> JsonResponse:
        """What the list's page asks every few seconds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(job_counts(super().get_queryset(request)))

    def states_view(self, request: HttpRequest) -> JsonResponse:
        """The jobs named in `ids`, as the websocket would send them: for browsers that cannot open one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = [job_id for job_id in request.GET.get("ids", "").split(",") if job_id][:MAX_POLLED]
        return JsonResponse({"jobs": [describe_job(job) for job in self.get_queryset(request).filter(pk__in=ids)]})

    @admin.display(description="Job", ordering="type")
    def kind(self, job: Job) -> str:
        return formatting.job_name(job.type)

    @admin.display(description="Table", ordering="table_name")
    def target(self, job: Job) -> str:
        return job_cells.target(job)

    @admin.display(description="Project", ordering="project")
    def project_link(self, job: Job) -> str:
        return markup.page_link(job.project, job.project_id)

    @admin.display(description="State", ordering="state")
    def state_badge(self, job: Job) -> str:
        return job_cells.state(job)

    @admin.display(description="Progress")
    def progress_bar(self, job: Job) -> str:
        return job_cells.progress(job)

    @admin.display(description="Rows", ordering="rows")
    def row_count(self, job: Job) -> str:
        return job_cells.rows(job)

    @admin.display(description="Duration")
    def duration(self, job: Job) -> str:
        return job_cells.duration(job)

    @admin.display(description="Error")
    def outcome(self, job: Job) -> str:
        return job_cells.outcome(job)

    @admin.display(description="Requested by", ordering="requested_by")
    def requested(self, job: Job) -> str:
        return markup.cut(job.requester or markup.EMPTY, 24)

    @admin.display(description="Created", ordering="created_at")
    def created(self, job: Job) -> str:
        return markup.time(job.created_at)

    def page(self, request: HttpRequest, instance: Job) -> dict[str, Any]:
        shown = describe_job(instance)
        return {
            "progress": job_cells.progress(instance),
            "state": job_cells.state(instance),
            "is_cancelling": not instance.is_finished and instance.cancel_requested_at is not None,
            "log": job_log(request, instance),
            "facts": _facts(instance),
            "params": formatting.facts_of(shown["params"]),
            "result": _result(shown["result"]) if shown["result"] else [],
            "error": _error(shown["error"]),
        }


def _result(result: dict[str, Any]) -> list[tuple[str, str]]:
    """The beginning of it: profiles and comparisons are drawn on the page of their table, and long."""
    facts = formatting.facts_of(result)
    rest = len(facts) - RESULT_LINES
    return facts if rest <= 0 else [*facts[:RESULT_LINES], ("…", formatting.amount(rest, "more value"))]


def _facts(job: Job) -> list[tuple[str, Any]]:
    return [
        ("ID", markup.code(job.pk)),
        ("Project", markup.page_link(job.project)),
        ("Branch", job.branch or "main"),
        ("Table", _table_link(job)),
        ("Rows", job_cells.rows(job)),
        ("Bytes", job_cells.size(job)),
        ("Duration", job_cells.duration(job)),
        ("Created", markup.time(job.created_at)),
        ("Started", markup.time(job.started_at)),
        ("Finished", markup.time(job.finished_at)),
        ("Requested by", job.requester or markup.EMPTY),
        ("From", job.client_address or markup.EMPTY),
        ("Request", markup.code(job.request_id) if job.request_id else markup.EMPTY),
        ("Worker", job.worker or markup.EMPTY),
    ]


def _table_link(job: Job) -> str:
    tables = Table.objects.filter(bucket__project=job.project_id, bucket__name=job.bucket_name, name=job.table_name)
    table = tables.filter(branch=job.branch_id).first() or tables.filter(branch=None).first()
    return markup.page_link(table, job_cells.target(job)) if table else job_cells.target(job)


def _error(error: dict[str, Any] | None) -> dict[str, Any] | None:
    if not error:
        return None
    return {
        "message": error.get("message", ""),
        "code": error.get("error", ""),
        "status": error.get("status"),
        "details": formatting.facts_of(error["details"]) if error.get("details") else [],
    }
