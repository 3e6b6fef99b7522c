"""Counts every HTTP request and times it."""

from __future__ import annotations

import time

from kbstore import metrics
from kbstore.rest.asgi import Application, Message, Receive, Scope, Send
from kbstore.rest.endpoint_label import endpoint_of, is_counted

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
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
        is_counted_yet = False
        started = time.perf_counter()
        in_flight = metrics.API_REQUESTS_IN_FLIGHT.labels(method)

        def count() -> None:
            nonlocal is_counted_yet
            if is_counted_yet:
                return
            is_counted_yet = True
            in_flight.dec()
            endpoint = endpoint_of(scope)
            metrics.API_REQUESTS.labels(method, endpoint, str(status)).inc()
            metrics.API_REQUEST_DURATION.labels(method, endpoint).observe(time.perf_counter() - started)

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                # Whoever has the whole answer finds it counted.
                count()
            await send(message)

        in_flight.inc()
        try:
            await self.application(scope, receive, send_noting_status)
        finally:
            count()
