"""How many requests run at the same time: each one that runs in Django has a thread and a catalog connection."""

from __future__ import annotations

import asyncio

from django.conf import settings

from kbstore.rest.asgi import Application, Receive, Scope, Send

#: Answered even when everything else waits: whoever asks here wants to know whether the server lives.
ALWAYS = ("/health", "/health/live", "/health/ready", "/metrics")


class RequestLimit:
    """Lets `MAX_RUNNING_REQUESTS` in; the next ones wait for their turn in order of arrival."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._turns = asyncio.Semaphore(settings.MAX_RUNNING_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in ALWAYS:
            await self.application(scope, receive, send)
            return
        async with self._turns:
            await self.application(scope, receive, send)
