"""The operators' AdminSite."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.sites import UnfoldAdminSite

from kbstore.console.dashboard import dashboard
from kbstore.console.login_form import LoginForm


class ConsoleSite(UnfoldAdminSite):
    """The console at /admin/."""

    index_template = "console/dashboard.html"
    index_title = "Dashboard"
    login_form = LoginForm

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, dashboard(request) | (extra_context or {}))
