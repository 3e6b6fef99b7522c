"""HTTP/1.1 of uvicorn, plus files that go from the disk to the socket without passing through Python.

The application asks for it by the ASGI extension `http.response.zerocopysend`:
https://asgi.readthedocs.io/en/latest/extensions.html#zero-copy-send
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kbstore.rest.asgi import ZERO_COPY_SEND, Application, Message, Receive, Scope, Send

_BLOCK_BYTES = 1 << 20
#: Only Linux can read what is in memory and nothing else.
_NO_WAIT: int | None = getattr(os, "RWF_NOWAIT", None)
#: So much is sent between two looks at whether the system has the file in memory.
_WINDOW_BYTES = 4 << 20
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
            message["sent"] = await _send_file(cycle, send, message["file"], message["offset"], message["count"])
            if not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await application(scope, receive, send_any)

    return run


async def _send_file(cycle: RequestResponseCycle, send: Send, file: BinaryIO, offset: int, count: int) -> int:
    """How many bytes went out: like any other message, it waits for a slow client and vanishes where there is none.

    Raises OSError if the file holds less, RuntimeError if the answer has announced less or nothing.
    """
    sent = 0
    if cycle.disconnected:
        return sent
    if cycle.chunked_encoding is not False or count > cycle.expected_content_length:
        raise RuntimeError("a file needs an answer with a Content-Length that it does not exceed")
    while sent < count and not cycle.disconnected:
        window = min(count - sent, _WINDOW_BYTES)
        await _wait_for_disk(file.fileno(), offset + sent, window)
        if not await _send_window(cycle, send, file, offset + sent, window):
            break
        sent += window
    return sent


async def _send_window(cycle: RequestResponseCycle, send: Send, file: BinaryIO, offset: int, count: int) -> bool:
    """Whether there is still somebody who reads."""
    if cycle.transport.is_closing():
        return False
    try:
        sent = await asyncio.get_running_loop().sendfile(cycle.transport, file, offset, count, fallback=False)
    except asyncio.SendfileNotAvailableError:
        await _send_blocks(send, file, offset, count)
        return True
    except ConnectionError:
        # The socket was read by nobody meanwhile, so that the transport does not know yet.
        cycle.disconnected = True
        cycle.transport.abort()
        return False
    if sent < count:
        raise OSError("the file ended early")
    cycle.expected_content_length -= sent
    return True


async def _wait_for_disk(descriptor: int, offset: int, count: int) -> None:
    """Have a thread read what the system does not hold in memory: sending it would stop the loop meanwhile."""
    if not (_is_in_memory(descriptor, offset) and _is_in_memory(descriptor, offset + count - 1)):
        await asyncio.to_thread(_read, descriptor, offset, count)


def _is_in_memory(descriptor: int, offset: int) -> bool:
    if _NO_WAIT is None:
        return True
    try:
        os.preadv(descriptor, [bytearray(1)], offset, _NO_WAIT)
    except BlockingIOError:
        return False
    except OSError:
        # A file system that cannot tell.
        return True
    return True


def _read(descriptor: int, offset: int, count: int) -> None:
    block = bytearray(min(_BLOCK_BYTES, count))
    for position in range(offset, offset + count, len(block)):
        os.preadv(descriptor, [block], position)


async def _send_blocks(send: Callable[[Message], Awaitable[None]], file: BinaryIO, offset: int, count: int) -> None:
    """For files of a kind that the system cannot send."""
    await asyncio.to_thread(file.seek, offset)
    while count > 0:
        block = await asyncio.to_thread(file.read, min(_BLOCK_BYTES, count))
        if not block:
            raise OSError("the file ended early")
        count -= len(block)
        await send({"type": "http.response.body", "body": block, "more_body": True})
