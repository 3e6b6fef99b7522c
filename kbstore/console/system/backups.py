"""Backups: taken, listed, verified."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.response import TemplateResponse

from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM


@console_page("system/backups/", name="system_backups", permission=SEE_SYSTEM)
def backups_page(request: HttpRequest) -> TemplateResponse:
    return framed(request, "console/system/page.html", title="Backups")
