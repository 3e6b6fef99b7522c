"""Websockets of a thread. Written by hand, as is its twin in _async."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING

from keboola_duckdb.job_feed import OPEN_SECONDS, SocketBroken, quiet_log

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection


class TextSocket:
    """An open websocket that texts come from. Use `open`, then close it."""

    def __init__(self, connection: ClientConnection, opened: ExitStack) -> None:
        self._connection = connection
        self._opened = opened

    @classmethod
    def open(cls, url: str, headers: dict[str, str], *, tls: ssl.SSLContext | None) -> TextSocket:
        """Raises SocketBroken where there is no websocket to be had."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        opened = ExitStack()
        try:
            connecting = connect(
                url, additional_headers=headers, ssl=tls, open_timeout=OPEN_SECONDS, close_timeout=1, logger=quiet_log
            )
            return cls(opened.enter_context(connecting), opened)
        except (OSError, WebSocketException, EOFError) as error:
            raise SocketBroken(str(error) or type(error).__name__) from error

    def receive(self, seconds: float) -> str | None:
        """The next text, None after so many seconds of silence. Raises SocketBroken when it is closed."""
        from websockets.exceptions import WebSocketException

        try:
            text = self._connection.recv(timeout=seconds)
        except TimeoutError:
            return None
        except (OSError, WebSocketException) as error:
            raise SocketBroken(str(error) or type(error).__name__) from error
        return text if isinstance(text, str) else text.decode()

    def close(self) -> None:
        """Never fails."""
        self._opened.close()
