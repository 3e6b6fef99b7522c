"""The label `endpoint` of HTTP metrics: the template of a request's route, never what a user typed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from kbstore import metrics

#: Where an application outside of the URL conf leaves the route it found, written as there.
ROUTE = "kbstore.route"
UNMATCHED = "unmatched"
_UNCOUNTED = frozenset({"/metrics", "/docs", "/redoc", "/openapi.json"})
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def is_counted(path: str) -> bool:
    return path not in _UNCOUNTED and not path.startswith("/static/")


def note_route(request: HttpRequest, route: str | None) -> None:
    """Spare the metrics a second search for the route of this request."""
    scope = getattr(request, "scope", None)
    if scope is not None:
        scope[ROUTE] = route


def endpoint_of(scope: Mapping[str, Any]) -> str:
    """The template of the request's route; the console is one endpoint."""
    path = scope["path"]
    if path == "/admin" or path.startswith("/admin/"):
        return "/admin"
    route = scope.get(ROUTE)
    if route is None:
        try:
            route = resolve(path).route
        except Resolver404:
            return UNMATCHED
    return template_of(route)


@lru_cache(maxsize=1024)
def template_of(route: str) -> str:
    """`projects/<str:project_id>` is `/projects/{project_id}`."""
    return "/" + _PARAMETER.sub(r"{\1}", route).lstrip("/")


def count_fault(scope: Mapping[str, Any], error: BaseException) -> None:
    """Count an exception that nobody expected."""
    if is_counted(scope["path"]):
        metrics.API_ERRORS.labels(type(error).__name__, endpoint_of(scope)).inc()


def count_request_fault(request: Any, error: BaseException) -> None:
    """The same for a request of Django or of its REST framework; None counts nothing."""
    if request is not None:
        count_fault({"path": request.path}, error)


def count_faults_of_django() -> None:
    """Count the faults that Django answers itself, outside of REST views."""
    got_request_exception.connect(_on_fault, dispatch_uid="kbstore.rest.endpoint_label")


def _on_fault(*, request: HttpRequest | None = None, **_: Any) -> None:
    error = sys.exception()
    if error is not None:
        count_request_fault(request, error)
