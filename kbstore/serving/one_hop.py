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

from kbstore.rest.asgi import Message, Receive, Scope, Send, sends_files
from kbstore.rest.file_body import FileResponse
from kbstore.rest.views import CALLER_LEFT


class _FileSender:
    """The `send` of a server that sends files."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        await self._send(message)


class OneHopHandler(ASGIHandler):
    """Runs middleware and view in the thread of the request. Files go out by way of the server where it has one."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().handle(scope, receive, _FileSender(send) if sends_files(scope) else send)

    async def send_response(self, response: HttpResponseBase, send: Send) -> None:
        if not (isinstance(send, _FileSender) and isinstance(response, FileResponse) and response.file_body.is_file):
            await super().send_response(response, send)
            return

        async def send_with_file(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                await response.file_body.send(send)

        await super().send_response(response, send_with_file)

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
