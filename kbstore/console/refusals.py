"""Pages of the console for what is not there and for what is not for this account, instead of bare status lines."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse

from kbstore.console.site import framed

_FORBIDDEN = (
    "Not for your account",
    "Your groups do not let you see or do this. An operator can change that; “My account” tells what you may do.",
)
_MISSING = (
    "Not here",
    "There is no such page, it was deleted, or it belongs to a project that you are not a member of.",
)


class RefusalMiddleware:
    """For people who open pages; scripts get the status that they can read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, PermissionDenied | Http404) or not _is_somebody_at_a_page(request):
            return None
        is_forbidden = isinstance(exception, PermissionDenied)
        title, text = _FORBIDDEN if is_forbidden else _MISSING
        response = framed(request, "console/refused.html", title=title, text=text, is_forbidden=is_forbidden)
        response.status_code = HTTPStatus.FORBIDDEN if is_forbidden else HTTPStatus.NOT_FOUND
        return response


def _is_somebody_at_a_page(request: HttpRequest) -> bool:
    if not request.path_info.startswith(reverse("admin:index")) or "HX-Request" in request.headers:
        return False
    return "text/html" in request.headers.get("Accept", "") and admin.site.has_permission(request)
