"""The clients that are logged in now."""

from __future__ import annotations

import asyncio
import contextlib

from kbstore.metrics import PGWIRE_SESSIONS
from workspaces.pgwire.client import Client


class Guests:
    """Of one listener and for its thread."""

    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def all(self) -> list[Client]:
        return list(self._clients.values())

    def add(self, client: Client) -> None:
        self._clients[client.process_id] = client
        self._is_empty.clear()
        PGWIRE_SESSIONS.inc()

    def remove(self, process_id: int) -> None:
        """Safe to call for one that was never added."""
        if self._clients.pop(process_id, None) is None:
            return
        PGWIRE_SESSIONS.dec()
        if not self._clients:
            self._is_empty.set()

    async def wait_until_empty(self, *, timeout_seconds: float) -> None:
        """Returns when all have gone, or after the time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._is_empty.wait()
