"""Django middleware of the REST paths."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

#: Paths that end with a slash by nature: pages of the console.
_PAGES = ("/admin/", "/static/")


class TrailingSlashMiddleware:
    """`/projects/` is answered by 307 to `/projects`, method and body kept (rest-core 2.1)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if len(path) > 1 and path.endswith("/") and not path.startswith(_PAGES):
            target = path.rstrip("/")
            try:
                resolve(target)
            except Resolver404:
                return self.get_response(request)
            query = request.META.get("QUERY_STRING", "")
            location = request.get_full_path().split("?", 1)[0].rstrip("/") + (f"?{query}" if query else "")
            # Only the path goes into Location: an absolute one could be steered by the Host header.
            return HttpResponse(status=307, headers={"Location": "/" + location.lstrip("/")})
        return self.get_response(request)
