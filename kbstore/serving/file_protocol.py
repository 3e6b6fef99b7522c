"""HTTP/1.1 of uvicorn, plus files that go from the disk to the socket without passing through Python.

The application asks for it by the ASGI extension `http.response.zerocopysend`:
https://asgi.readthedocs.io/en/latest/extensions.html#zero-copy-send
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kbstore.rest.asgi import ZERO_COPY_SEND, Application, Message, Receive, Scope, Send

_FALLBACK_BLOCK_BYTES = 1 << 20
#: A polite end of TLS needs the client's answer, for which asyncio waits half a minute.
_FAREWELL_SECONDS = 1.0


class FileSendingProtocol(HttpToolsProtocol):
    """Offers the extension on plain connections; TLS has to see every byte."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self.scheme == "http":
            cycle.scope.setdefault("extensions", {})[ZERO_COPY_SEND] = {}
            app = _with_files(cycle, app)
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """Idle clients that keep a connection do not hold up the end of the server."""
        super().shutdown()
        if self.scheme == "https" and self.transport.is_closing():
            self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)


def _with_files(cycle: RequestResponseCycle, application: Application) -> Any:
    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_any(message: Message) -> None:
            if message["type"] != ZERO_COPY_SEND:
                await send(message)
                return
            await _send_file(cycle, send, message["file"], message["offset"], message["count"])
            if not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await application(scope, receive, send_any)

    return run


async def _send_file(cycle: RequestResponseCycle, send: Send, file: BinaryIO, offset: int, count: int) -> None:
    """Like any other message, it waits for a slow client and vanishes where there is none any more.

    Raises OSError if the file holds less, RuntimeError if the answer has announced less or nothing.
    """
    if cycle.disconnected or count == 0:
        return
    if cycle.chunked_encoding is not False or count > cycle.expected_content_length:
        raise RuntimeError("a file needs an answer with a Content-Length that it does not exceed")
    if cycle.transport.is_closing():
        return
    try:
        sent = await asyncio.get_running_loop().sendfile(cycle.transport, file, offset, count, fallback=False)
    except asyncio.SendfileNotAvailableError:
        await _send_blocks(send, file, offset, count)
        return
    except ConnectionError:
        # The socket was read by nobody meanwhile, so that the transport does not know yet.
        cycle.disconnected = True
        cycle.transport.abort()
        return
    if sent < count:
        raise OSError("the file ended early")
    cycle.expected_content_length -= sent


async def _send_blocks(send: Callable[[Message], Awaitable[None]], file: BinaryIO, offset: int, count: int) -> None:
    """For files of a kind that the system cannot send."""
    await asyncio.to_thread(file.seek, offset)
    while count > 0:
        block = await asyncio.to_thread(file.read, min(_FALLBACK_BLOCK_BYTES, count))
        if not block:
            raise OSError("the file ended early")
        count -= len(block)
        await send({"type": "http.response.body", "body": block, "more_body": True})
