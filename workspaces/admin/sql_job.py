"""A statement that runs in the background: how far it is, and then its file."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from kbstore.console import formatting, job_cells, markup
from kbstore.console.rights import visible
from kbstore.console.site import console_page, framed
from storage.models import Job, JobState
from workspaces.admin.sql_console import VIEW
from workspaces.services.query_job import JOB_TYPE


@console_page("sql/jobs/<str:job_id>/", name="sql_file", permission=VIEW)
@require_safe
def watch(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """The job with its bar; when it has ended, the file, or why there is none."""
    jobs = visible(request.user, Job.objects.select_related("project"))  # type: ignore[arg-type]
    job = jobs.filter(pk=job_id, type=JOB_TYPE).first()
    if job is None:
        raise Http404
    result = job.result or {}
    file_id = result.get("file_id") if request.user.has_perm("files.view_file") else None
    return framed(
        request,
        "console/sql_job.html",
        title="Query into a file",
        state=job_cells.state(job),
        progress=job_cells.progress(job),
        is_running=not job.is_finished,
        error=_error(job),
        rows=formatting.amount(result.get("row_count") or 0, "row"),
        size=markup.size(result.get("file_size_bytes")),
        file_url=reverse("admin:files_file_download", args=[file_id]) if file_id else None,
        page_url=reverse("admin:files_file_change", args=[file_id]) if file_id else None,
        console_url=reverse("admin:sql", query={"workspace": job.params["workspace_id"]}),
        job_url=markup.page_url(job) if request.user.has_perm("storage.view_job") else None,
        sql=job.params["order"]["sql"],
        facts=[
            ("Project", markup.page_link(job.project)),
            ("Workspace", job.params["workspace_id"]),
            ("Rows", job_cells.rows(job)),
            ("Bytes", job_cells.size(job)),
            ("Duration", job_cells.duration(job)),
        ],
    )


def _error(job: Job) -> str:
    if job.state == JobState.CANCELLED:
        return "The query was cancelled. Nothing was changed."
    return str((job.error or {}).get("message") or "The query failed.") if job.state == JobState.ERROR else ""
