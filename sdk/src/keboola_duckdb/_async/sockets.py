"""Websockets of an event loop. The twin in _sync, for threads, is written by hand."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from keboola_duckdb.job_feed import OPEN_SECONDS, SocketBroken, quiet_log

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection


class TextSocket:
    """An open websocket that texts come from. Use `open`, then close it."""

    def __init__(self, connection: ClientConnection, opened: AsyncExitStack) -> None:
        self._connection = connection
        self._opened = opened

    @classmethod
    async def open(cls, url: str, headers: dict[str, str], *, tls: ssl.SSLContext | None) -> TextSocket:
        """Raises SocketBroken where there is no websocket to be had, also under another event loop than asyncio's."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        opened = AsyncExitStack()
        try:
            asyncio.get_running_loop()
            connecting = connect(
                url, additional_headers=headers, ssl=tls, open_timeout=OPEN_SECONDS, close_timeout=1, logger=quiet_log
            )
            return cls(await opened.enter_async_context(connecting), opened)
        except (OSError, WebSocketException, RuntimeError, EOFError) as error:
            raise SocketBroken(str(error) or type(error).__name__) from error

    async def receive(self, seconds: float) -> str | None:
        """The next text, None after so many seconds of silence. Raises SocketBroken when it is closed."""
        from websockets.exceptions import WebSocketException

        try:
            async with asyncio.timeout(seconds):
                text = await self._connection.recv()
        except TimeoutError:
            return None
        except (OSError, WebSocketException) as error:
            raise SocketBroken(str(error) or type(error).__name__) from error
        return text if isinstance(text, str) else text.decode()

    async def aclose(self) -> None:
        """Never fails."""
        await self._opened.aclose()
