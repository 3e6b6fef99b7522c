"""The rows of a branch's table beside those of main: the page that starts the comparison, follows it and draws it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from kbstore.console import markup
from kbstore.console.job_cells import job_row
from kbstore.console.pages import ConsoleAdmin
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError
from storage.admin.branch_tables import View, address, find_table
from storage.admin.table_compare import drawn
from storage.models import Job, JobState
from storage.services.compare_with_main import known_comparison, request_comparison_with_main
from storage.services.diff_branch import TableDiff


def compare_view(pages: ConsoleAdmin) -> View:
    """Started by those who may change the branch, since it is work; looked at by all who see it."""

    def view(request: HttpRequest, object_id: str, table_id: int) -> HttpResponseBase:
        branch, diff = find_table(pages, request, object_id, table_id, needs_main=True)
        may_start = pages.has_change_permission(request, branch)
        if request.method == "POST":
            if not may_start:
                raise PermissionDenied
            try:
                request_comparison_with_main(
                    actor=actor_of(request, branch.project_id), **address(branch, diff.own), respond_async=True
                )
            except KbstoreError as error:
                messages.error(request, error.message)
            return HttpResponseRedirect(request.path)
        return pages.shown(
            request,
            "console/branch_comparison.html",
            title=f"{diff.own} compared with main",
            object=branch,
            table=diff.own,
            table_url=markup.page_url(diff.own),
            may_start=may_start,
            comparison=_comparison(request, diff),
        )

    return view


def _comparison(request: HttpRequest, diff: TableDiff) -> dict[str, Any] | None:
    """As console/table/comparison.html wants it; None while nobody asked for it."""
    job = known_comparison(diff.own, diff.main) if diff.main else None
    if job is None or diff.main is None:
        return None
    here = {
        "older": f"{diff.main.current_version.number} of main",
        "newer": f"{diff.own.current_version.number} of the branch",
        "here_url": request.path,
    }
    return here | _outcome(job)


def _outcome(job: Job) -> dict[str, Any]:
    if not job.is_finished:
        return {"running": job_row(job)}
    if job.state != JobState.SUCCESS or job.result is None:
        return {"error": (job.error or {}).get("message", "The comparison was cancelled.")}
    return {"result": drawn(job.result)}
