"""Backups: those there are, taking one, reading one again byte by byte, and deleting one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from kbstore.access import SYSTEM
from kbstore.console import formatting, markup
from kbstore.console.installation_status import installation_status
from kbstore.console.rights import actor_of
from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM, may_change, require_change
from kbstore.console.system.runs import moment, run_row
from kbstore.errors import KbstoreError
from storage.backup.last_backup import read_last_backup
from storage.upkeep import runs
from storage.upkeep.backups import (
    BACKUP,
    VERIFY,
    Backup,
    delete_backup,
    list_backups,
    start_backup,
    start_verification,
)

RUNS_SHOWN = 10


@console_page("system/backups/", name="system_backups", permission=SEE_SYSTEM)
def backups_page(request: HttpRequest) -> TemplateResponse:
    past = sorted(runs.list_runs(BACKUP) + runs.list_runs(VERIFY), key=lambda run: run.started_at, reverse=True)
    # Who may look at the installation sees them too; what is done with them needs more.
    found = list_backups(actor=SYSTEM)
    return framed(
        request,
        "console/system/backups.html",
        title="Backups",
        may_change=may_change(request),
        failed=run_row(request, past[0]) if past and past[0].state in (runs.ERROR, runs.INTERRUPTED) else None,
        is_taking=any(run.kind == BACKUP and not run.is_finished for run in past),
        current=[run_row(request, run) for run in past if not run.is_finished],
        backups=[_row(backup) for backup in found],
        runs=[run_row(request, run) for run in past[:RUNS_SHOWN] if run.is_finished],
        last=_last(),
        directory=settings.BACKUP_DIR,
        is_inside=settings.BACKUP_DIR.is_relative_to(settings.DATA_DIR),
        disk=next(part for part in installation_status() if part.name == "Disk"),
    )


@console_page("system/backups/take/", name="system_backup_take", permission=SEE_SYSTEM)
def take_view(request: HttpRequest) -> HttpResponse:
    return _done(request, lambda: start_backup(actor=actor_of(request), as_tar=request.POST.get("form") == "tar"))


@console_page("system/backups/<str:name>/verify/", name="system_backup_verify", permission=SEE_SYSTEM)
def verify_view(request: HttpRequest, name: str) -> HttpResponse:
    return _done(request, lambda: start_verification(actor=actor_of(request), name=name))


@console_page("system/backups/<str:name>/delete/", name="system_backup_delete", permission=SEE_SYSTEM)
def delete_view(request: HttpRequest, name: str) -> HttpResponse:
    """Asks first; the name has to be typed."""
    require_change(request)
    if request.method == "POST" and request.POST.get("typed", "").strip() == name:
        return _done(request, lambda: delete_backup(actor=actor_of(request), name=name), said="The backup was deleted.")
    return framed(
        request,
        "console/confirm.html",
        title=f"Delete backup {name}",
        command={"icon": "delete", "title": "Delete backup"},
        warnings=["Removes this backup for good.", "Nothing of the installation itself is touched."],
        expected=name,
        is_wrong=request.method == "POST",
        cancel_url=reverse("admin:system_backups"),
    )


def _done(request: HttpRequest, do: Any, *, said: str = "") -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require_change(request)
    try:
        do()
    except KbstoreError as error:
        messages.error(request, error.message)
    else:
        if said:
            messages.success(request, said)
    return redirect("admin:system_backups")


def _row(backup: Backup) -> dict[str, Any]:
    facts = backup.facts or {}
    return {
        "name": backup.name,
        "form": "archive" if backup.is_archive else "directory",
        "size": markup.size(backup.size_bytes),
        "made": markup.time(moment(backup.changed_at)),
        "versions": formatting.count(facts.get("versions")),
        "files": formatting.count(facts.get("files")),
        "kbstore": facts.get("kbstore_version", markup.EMPTY),
        "checked": _checked(backup),
        "verify_url": reverse("admin:system_backup_verify", args=[backup.name]),
        "delete_url": reverse("admin:system_backup_delete", args=[backup.name]),
    }


def _checked(backup: Backup) -> str:
    run = backup.verified
    if run is None:
        return markup.badge("waiting", "not yet")
    if not run.is_finished:
        return markup.badge("processing", "being read")
    kind = {"success": "success", "cancelled": "cancelled"}.get(run.state, "error")
    return markup.badge(kind, {"success": "intact", "error": "damaged"}.get(run.state, run.state))


def _last() -> dict[str, Any] | None:
    facts = read_last_backup()
    if facts is None:
        return None
    return {
        "at": markup.time(moment(facts["finished_at"])),
        "target": facts.get("target", ""),
        "size": formatting.size(facts.get("size_bytes")),
    }
