"""django-prometheus, for Django's own families, as one synchronous middleware."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_prometheus.middleware import PrometheusAfterMiddleware, PrometheusBeforeMiddleware


class DjangoMetricsMiddleware:
    """Counts what django-prometheus counts, without its view hook: among async middleware each hook changes threads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._outer = PrometheusBeforeMiddleware(get_response)
        self._inner = PrometheusAfterMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        self._outer.process_request(request)
        self._inner.process_request(request)
        response = self._inner.process_response(request, self.get_response(request))
        return self._outer.process_response(request, response)
