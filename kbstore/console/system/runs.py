"""Runs of the doctor and of backups in pages: how far they are, how they ended, and stopping them."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from kbstore.console import formatting, markup
from kbstore.console.site import console_page
from kbstore.console.system.permission import SEE_SYSTEM, may_change, require_change
from storage.upkeep import runs
from storage.upkeep.errors import RunNotFound
from storage.upkeep.runs import Run

_BADGES = {runs.RUNNING: "processing", runs.SUCCESS: "success", runs.ERROR: "error", runs.CANCELLED: "cancelled"}
_PAGES = {"doctor": "admin:system_doctor"}


@console_page("system/runs/<str:run_id>/", name="system_run", permission=SEE_SYSTEM)
def run_view(request: HttpRequest, run_id: str) -> HttpResponse:
    """The progress of one run; the page that shows it asks each second, and is drawn anew when it has ended."""
    run = _find(run_id)
    reply = render(request, "console/system/run.html", {"run": run_row(request, run)})
    if run.is_finished:
        reply["HX-Refresh"] = "true"
    return reply


@console_page("system/runs/<str:run_id>/cancel/", name="system_run_cancel", permission=SEE_SYSTEM)
def cancel_view(request: HttpRequest, run_id: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require_change(request)
    run = _find(run_id)
    runs.request_cancel(run.id)
    return redirect(_PAGES.get(run.kind, "admin:system_backups"))


def run_row(request: HttpRequest, run: Run) -> dict[str, Any]:
    """What run.html and the lists of runs show."""
    ended = run.finished_at or run.started_at
    return {
        "id": run.id,
        "url": reverse("admin:system_run", args=[run.id]),
        "cancel_url": reverse("admin:system_run_cancel", args=[run.id]) if may_change(request) else "",
        "is_finished": run.is_finished,
        "is_cancelling": runs.is_cancel_requested(run.id),
        "title": _title(run),
        "state": markup.badge(_BADGES.get(run.state, "error"), run.state),
        "percent": round(run.progress * 100),
        "step": run.step,
        "error": run.error,
        "started": markup.time(moment(run.started_at)),
        "duration": formatting.duration(ended - run.started_at) if run.is_finished else "",
        "by": markup.actor(run.requested_by),
    }


def moment(unix_time: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(unix_time, datetime.UTC)


def _title(run: Run) -> str:
    if run.kind == "doctor":
        return "The doctor repairs" if run.arguments.get("repair") else "The doctor looks"
    return f"{'Backup' if run.kind == 'backup' else 'Verification of'} {run.arguments.get('name', '')}"


def _find(run_id: str) -> Run:
    try:
        return runs.find_run(run_id)
    except RunNotFound as error:
        raise Http404 from error
