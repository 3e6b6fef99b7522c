"""Django's ASGI application with a synchronous middleware chain: one hop into the request's thread, not one per layer.

Django builds an asynchronous chain for ASGI, in which every middleware that is written synchronously runs in the
thread and comes back to the event loop: half a dozen hops for a view that is synchronous itself.
"""

from __future__ import annotations

import asyncio
import threading

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kbstore.rest.views import CALLER_LEFT


class OneHopHandler(ASGIHandler):
    """Runs middleware and view in the thread of the request."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        caller_left = request.META[CALLER_LEFT] = threading.Event()
        try:
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)
        except asyncio.CancelledError:
            # The thread goes on: a view that takes long may look, and stop.
            caller_left.set()
            raise
