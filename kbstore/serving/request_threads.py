"""The threads in which Django answers requests: so many at a time, kept with their catalog connection."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings

from kbstore.rest.asgi import Application, Receive, Scope, Send

#: Answered even when everything else waits: whoever asks here wants to know whether the server lives.
ALWAYS = ("/health", "/health/live", "/health/ready", "/metrics")


class RequestThreads:
    """Lets `MAX_RUNNING_REQUESTS` in; the next ones wait for their turn in order of arrival.

    Django would make a thread for each request. A kept one saves its start and the opening of the catalog, and does
    not have to wait for the memory map of a process in which DuckDB allocates at full speed.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self._turns = asyncio.Semaphore(settings.MAX_RUNNING_REQUESTS)
        self._free: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in ALWAYS:
            await self._answer(scope, receive, send)
            return
        async with self._turns:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        thread = self._free.pop() if self._free else ThreadPoolExecutor(1, "request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.application(scope, receive, send)
        finally:
            self._give_back(thread)

    def _give_back(self, thread: ThreadPoolExecutor) -> None:
        """Free again when it is idle: the view of a request that was given up may still run in it."""
        loop = asyncio.get_running_loop()

        def is_idle(_: Future[None]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._free.append, thread)

        thread.submit(lambda: None).add_done_callback(is_idle)
