"""Django middleware of the REST paths."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from kbstore.rest.endpoint_label import note_route
from kbstore.rest.errors import not_found

#: Paths that end with a slash by nature: pages of the console.
_PAGES = ("/admin/", "/static/")


class TrailingSlashMiddleware:
    """Paths that lead nowhere (rest-core 2.1).

    `/projects/` is answered by 307 to `/projects`, method and body kept; all others by the JSON 404, in debug mode too,
    where Django would show a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        route = None if path.startswith(_PAGES) else _route_of(path)
        if route is not None or path.startswith(_PAGES):
            note_route(request, route)
            response = self.get_response(request)
        elif path.endswith("/") and _route_of(path.rstrip("/")) is not None:
            response = _redirect(request)
        else:
            response = not_found(request)
        if response.status_code == 204:
            del response["Content-Length"]  # RFC 9110 8.6 forbids it here; Django's CommonMiddleware sets it
        elif isinstance(response, HttpResponse):  # those two kinds did not pass the CommonMiddleware
            response.setdefault("Content-Length", str(len(response.content)))
        return response


def _route_of(path: str) -> str | None:
    """The route that this path leads to, if it leads anywhere."""
    if "\0" in path:  # no name holds it, and PostgreSQL refuses to compare text with it
        return None
    try:
        return resolve(path).route
    except Resolver404:
        return None


def _redirect(request: HttpRequest) -> HttpResponse:
    path, _, query = request.get_full_path().partition("?")
    # Only the path goes into Location: an absolute one could be steered by the Host header.
    location = "/" + path.strip("/") + (f"?{query}" if query else "")
    response = HttpResponse(status=307, headers={"Location": location})
    del response["Content-Type"]
    return response
