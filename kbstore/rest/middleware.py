"""Django middleware of the REST paths."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

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
        if path.startswith(_PAGES) or _is_known(path):
            response = self.get_response(request)
        elif path.endswith("/") and _is_known(path.rstrip("/")):
            response = _redirect(request)
        else:
            response = not_found(request)
        if response.status_code == 204:
            del response["Content-Length"]  # RFC 9110 8.6 forbids it here; Django's CommonMiddleware sets it
        elif isinstance(response, HttpResponse):  # those two kinds did not pass the CommonMiddleware
            response.setdefault("Content-Length", str(len(response.content)))
        return response


def _is_known(path: str) -> bool:
    if "\0" in path:  # no name holds it, and PostgreSQL refuses to compare text with it
        return False
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _redirect(request: HttpRequest) -> HttpResponse:
    path, _, query = request.get_full_path().partition("?")
    # Only the path goes into Location: an absolute one could be steered by the Host header.
    location = "/" + path.strip("/") + (f"?{query}" if query else "")
    response = HttpResponse(status=307, headers={"Location": location})
    del response["Content-Type"]
    return response
