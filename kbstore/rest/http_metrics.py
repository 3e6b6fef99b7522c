"""Counts every HTTP request by the template of its route; a label never holds what a user typed."""

from __future__ import annotations

import re
import sys
import time
from functools import lru_cache
from typing import Any

from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from kbstore import metrics
from kbstore.rest.asgi import Application, Message, Receive, Scope, Send

#: Where an application behind this one may leave the route it found, written as in a URL conf.
ROUTE = "kbstore.route"
UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNCOUNTED = frozenset({"/metrics", "/docs", "/redoc", "/openapi.json"})
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
#: What nginx logs for a client that left before it was answered.
_CLIENT_GONE = 499


class RequestMetrics:
    """An ASGI application around another one; whatever answers, the answer is counted."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_counted(scope["path"]):
            await self.application(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        status = _CLIENT_GONE

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        in_flight = metrics.API_REQUESTS_IN_FLIGHT.labels(method)
        in_flight.inc()
        try:
            await self.application(scope, receive, send_noting_status)
        finally:
            in_flight.dec()
            endpoint = endpoint_of(scope)
            metrics.API_REQUESTS.labels(method, endpoint, str(status)).inc()
            metrics.API_REQUEST_DURATION.labels(method, endpoint).observe(time.perf_counter() - started)


def is_counted(path: str) -> bool:
    return path not in _UNCOUNTED and not path.startswith("/static/")


def endpoint_of(scope: Scope) -> str:
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


def count_fault(scope: Scope, error: BaseException) -> None:
    """Count an exception that nobody expected."""
    metrics.API_ERRORS.labels(type(error).__name__, endpoint_of(scope)).inc()


def install() -> None:
    """Count the faults that Django answers itself."""
    got_request_exception.connect(_on_fault, dispatch_uid="kbstore.rest.http_metrics")


def _on_fault(*, request: HttpRequest | None = None, **_: Any) -> None:
    error = sys.exception()
    scope = getattr(request, "scope", None)
    if error is not None and scope is not None:
        count_fault(scope, error)
