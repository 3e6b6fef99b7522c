"""The operators' AdminSite: the dashboard, the lists of the models, and pages that belong to no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from unfold.sites import UnfoldAdminSite

from kbstore.console.account_events import record_account_change
from kbstore.console.dashboard import dashboard
from kbstore.console.login_form import LoginForm

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class _Page:
    route: str
    name: str
    permission: str | None
    view: Callable[..., HttpResponseBase]


_PAGES: list[_Page] = []


def console_page(route: str, *, name: str, permission: str | None) -> Callable[[View], View]:
    """Serve a view at /admin/{route} as `admin:{name}`, for those who have the permission; None: for all who log in.

    Which objects they may see is up to the view. Use it in an `admin` package, which is imported before the URLs.
    """

    def register(view: View) -> View:
        _PAGES.append(_Page(route, name, permission, view))
        return view

    return register


def framed(request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
    """A page in the frame of the console; its template extends console/page.html."""
    request.current_app = admin.site.name
    return TemplateResponse(request, template, admin.site.each_context(request) | {"title": title} | context)


class ConsoleSite(UnfoldAdminSite):
    """The console at /admin/."""

    index_template = "console/dashboard.html"
    index_title = "Dashboard"
    login_form = LoginForm

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, dashboard(request) | (extra_context or {}))

    @transaction.atomic
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        response: HttpResponseBase = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            name = request.user.get_username()
            record_account_change(request, verb="change", resource_type="user", resource_id=name, changed=["Password"])
        return response

    def get_urls(self) -> list[URLPattern | URLResolver]:
        pages = [path(page.route, self.admin_view(_checked(page)), name=page.name) for page in _PAGES]
        return [*pages, *super().get_urls()]


def _checked(page: _Page) -> Callable[..., HttpResponseBase]:
    def view(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        if page.permission is not None and not request.user.has_perm(page.permission):
            raise PermissionDenied
        return page.view(request, **arguments)

    return view
