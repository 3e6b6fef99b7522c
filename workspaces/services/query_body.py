"""The body of a query's answer: made while it is sent, at the pace of whoever reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from kbstore.errors import KbstoreError
from workspaces.services.run_sql import SqlAnswer
from workspaces.services.running_sql import PRESS_SECONDS
from workspaces.services.sql_failure import sqlstate_of

log = structlog.get_logger(__name__)


class QueryBody:
    """Ends without its end when the query fails, so that the client sees an incomplete answer."""

    def __init__(self, answer: SqlAnswer) -> None:
        self._answer = answer
        self._running = answer.running

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Also for a reader that takes nothing, during which nothing here runs.
        alarm = asyncio.get_running_loop().call_later(max(self._running.seconds_left, 0.0), self._running.close)
        try:
            yield self._taken(self._answer.first)
            while (block := await self._next()) is not None:
                yield self._taken(block)
        finally:
            alarm.cancel()
            self._running.close()

    def close(self) -> None:
        """Of an answer that was never sent, too."""
        self._running.close()

    def _taken(self, block: bytes) -> bytes:
        self._running.sent_bytes += len(block)
        return block

    async def _next(self) -> bytes | None:
        try:
            future = asyncio.wrap_future(self._running.next_block())
            while not (await asyncio.wait({future}, timeout=PRESS_SECONDS))[0]:
                self._running.press()
            return future.result()
        except (KbstoreError, RuntimeError) as error:
            # A RuntimeError says that it was closed by the alarm.
            code = sqlstate_of(error) if isinstance(error, KbstoreError) else "57014"
            log.info("answer broken off", query=self._running.id, sqlstate=code)
            # What the server takes for the end of a request that cannot be answered further.
            raise asyncio.CancelledError from error
