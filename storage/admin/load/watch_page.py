"""The last page of the wizard: the load while it runs, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from kbstore.console import formatting, job_cells, markup
from kbstore.console.rights import visible
from kbstore.console.site import console_page, framed
from storage.admin.load.start_page import LOAD
from storage.admin.table_place import tab_url
from storage.models import Job, JobState, Table

#: Columns of a rejected row, as far as the engine names them.
_PLACES = ("line", "row")


@console_page("load/jobs/<str:job_id>/watch/", name="load_job", permission=LOAD)
def watch(request: HttpRequest, job_id: str) -> TemplateResponse:
    """The job with its bar; when it has ended, the rows or why there are none."""
    jobs = visible(request.user, Job.objects.select_related("project", "branch"))  # type: ignore[arg-type]
    job = jobs.filter(pk=job_id).first()
    if job is None:
        raise Http404("No such job.")
    return framed(
        request,
        "console/load/watch.html",
        title=f"Load {job_cells.target(job)}",
        job=job,
        state=job_cells.state(job),
        progress=job_cells.progress(job),
        facts=_facts(job),
        job_url=markup.page_url(job),
        cancel_url=_cancel_url(request, job),
        **_outcome(request, job),
    )


def _cancel_url(request: HttpRequest, job: Job) -> str | None:
    if not request.user.has_perm("storage.change_job") or job.cancel_requested_at is not None:
        return None
    return reverse("admin:storage_job_cancel", args=[quote(job.pk)])


def _facts(job: Job) -> list[tuple[str, Any]]:
    return [
        ("Table", job_cells.target(job)),
        ("Project", markup.page_link(job.project)),
        ("Branch", job.branch or "main"),
        ("File", job.params.get("file_name") or markup.EMPTY),
        ("Rows", job_cells.rows(job)),
        ("Bytes", job_cells.size(job)),
        ("Duration", job_cells.duration(job)),
    ]


def _outcome(request: HttpRequest, job: Job) -> dict[str, Any]:
    if job.state == JobState.SUCCESS:
        return _success(job) | _next_steps(request, job)
    if not job.is_finished:
        return {"is_running": True}
    return {"error": job.error or {"message": "The load was cancelled. Nothing was changed."}} | _failure(job)


def _success(job: Job) -> dict[str, Any]:
    result: dict[str, Any] = job.result or {}
    return {
        "imported": formatting.amount(result.get("imported_rows") or 0, "row"),
        "after": formatting.amount(result.get("table_rows_after") or 0, "row"),
        "size": markup.size(result.get("table_size_bytes")),
        "notes": result.get("warnings") or [],
    }


def _next_steps(request: HttpRequest, job: Job) -> dict[str, str]:
    """Addresses; those of the table are missing where it is gone again."""
    place = {"project": job.project_id, "bucket": job.bucket_name}
    steps = {"again_url": reverse("admin:load", query=place)}
    table = Table.objects.filter(
        bucket__project=job.project_id, bucket__name=job.bucket_name, name=job.table_name, branch=job.branch_id
    ).first()
    if table is None:
        return steps
    steps |= {"table_url": markup.page_url(table), "profile_url": tab_url(table, "profile")}
    if request.user.has_perm("workspaces.view_workspace"):
        steps["sql_url"] = reverse("admin:sql", query=place | {"table": table.name})
    return steps


def _failure(job: Job) -> dict[str, Any]:
    details = (job.error or {}).get("details") or {}
    context: dict[str, Any] = {"rejected": [_rejected(row) for row in details.get("errors_sampled") or ()]}
    if job.params.get("file_id"):
        settings = reverse("admin:load_file", args=[job.project_id, job.params["file_id"]], query={"job": job.pk})
        context["settings_url"] = settings
    return context


def _rejected(row: dict[str, Any]) -> dict[str, Any]:
    place = next((f"{name} {row[name]:,}" for name in _PLACES if name in row), markup.EMPTY)
    value = row.get("value")
    return {
        "place": place,
        "column": row.get("column", ""),
        "value": value,
        "is_null": value is None,
        "type": row.get("expected_type", ""),
    }
