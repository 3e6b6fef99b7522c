"""The doctor's findings: files compared with the catalog, and the repair of what is safe to repair."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from kbstore.console import formatting
from kbstore.console.rights import actor_of
from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM, may_change, require_change
from kbstore.console.system.runs import run_row
from kbstore.errors import KbstoreError
from storage.upkeep import runs
from storage.upkeep.run_doctor import KIND, run_doctor
from storage.upkeep.runs import Run

FINDINGS_SHOWN = 200
RUNS_SHOWN = 10


@console_page("system/doctor/", name="system_doctor", permission=SEE_SYSTEM)
def doctor_page(request: HttpRequest) -> TemplateResponse:
    past = runs.list_runs(KIND)
    last = next((run for run in past if run.result is not None), None)
    return framed(
        request,
        "console/system/doctor.html",
        title="Doctor",
        may_change=may_change(request),
        failed=run_row(request, past[0]) if past and past[0].state in (runs.ERROR, runs.INTERRUPTED) else None,
        current=next((run_row(request, run) for run in past if not run.is_finished), None),
        last=_looked(request, last) if last else None,
        runs=[(run_row(request, run), _outcome(run)) for run in past[:RUNS_SHOWN] if run.is_finished],
    )


@console_page("system/doctor/run/", name="system_doctor_run", permission=SEE_SYSTEM)
def run_view(request: HttpRequest) -> HttpResponse:
    """Start a look; with `repair` asked for, its page said what that does."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require_change(request)
    try:
        run_doctor(
            actor=actor_of(request), repair="repair" in request.POST, verify_checksums="checksums" in request.POST
        )
    except KbstoreError as error:
        messages.error(request, error.message)
    return redirect("admin:system_doctor")


@console_page("system/doctor/repair/", name="system_doctor_repair", permission=SEE_SYSTEM)
def repair_page(request: HttpRequest) -> TemplateResponse:
    """Asks before anything is repaired, and says what would be."""
    require_change(request)
    last = next((run for run in runs.list_runs(KIND) if run.result is not None), None)
    found = [finding for finding in (last.result or {})["findings"] if finding["repair"]] if last else []
    return framed(request, "console/system/doctor_repair.html", title="Repair", findings=found[:FINDINGS_SHOWN])


def _looked(request: HttpRequest, run: Run) -> dict[str, Any]:
    result = run.result or {}
    has_repaired = bool(run.arguments.get("repair"))
    findings = result["findings"]
    return run_row(request, run) | {
        "outcome": _outcome(run),
        "is_clean": result["is_clean"],
        "findings": [_finding(finding, has_repaired=has_repaired) for finding in findings[:FINDINGS_SHOWN]],
        "more": max(0, result["finding_count"] - FINDINGS_SHOWN),
        "can_repair": not has_repaired and any(finding["repair"] for finding in findings),
        "with_checksums": bool(run.arguments.get("verify_checksums")),
    }


def _finding(finding: dict[str, Any], *, has_repaired: bool) -> dict[str, str]:
    if finding["is_remark"]:
        kind, advice = "waiting", "nothing to do: good to know"
    elif finding["repair"]:
        kind, advice = ("success", f"done: {finding['repair']}") if has_repaired else ("processing", finding["repair"])
    else:
        kind, advice = "error", "look at it yourself"
    return {"kind": kind, "name": finding["kind"], "subject": finding["subject"], "advice": advice}


def _outcome(run: Run) -> str:
    if run.result is None:
        return run.error
    examined = (
        f"{formatting.amount(run.result['tables'], 'table')}, {formatting.amount(run.result['versions'], 'version')}"
    )
    found = formatting.amount(run.result["finding_count"], "finding")
    repaired = f", {run.result['repaired']:,} repaired" if run.arguments.get("repair") else ""
    return f"{examined}: {found if run.result['finding_count'] else 'all is well'}{repaired}"
