"""From an ASGI body to blocks that a thread writes: back-pressure, constant memory."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from kbstore.rest.asgi import Receive

P = ParamSpec("P")
R = TypeVar("R")
BLOCK_BYTES = 1 << 20
DRAIN_BYTES = 64 << 20
DRAIN_SECONDS = 2.0
#: Uploads wait for the disk here, so that they never starve what else runs in threads.
_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="upload")


class ClientGone(Exception):
    """The client closed the connection before its body ended."""


class SlowSender(Exception):
    """Nothing has arrived for longer than anybody waits."""


def submit(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
    """Run it in a thread of the uploads, with the context of the caller."""
    context = contextvars.copy_context()
    return asyncio.get_running_loop().run_in_executor(_POOL, lambda: context.run(function, *args, **kwargs))


class RequestBody:
    """The body of one request; iterate over it once. Raises ClientGone, SlowSender."""

    def __init__(
        self, headers: Sequence[tuple[bytes, bytes]], receive: Receive, *, patience_seconds: float | None = None
    ) -> None:
        self._receive, self._patience_seconds = receive, patience_seconds
        fields = dict(headers)
        declared = fields.get(b"content-length", b"").decode("latin-1")
        self.length = int(declared) if declared.isdigit() else None
        #: Such a client sends its body when the first of it is asked for: nothing is on its way that could be drained.
        #: Also of an empty body: botocore mistakes the next answer on a connection where it got no leave.
        is_announced = self.length is not None or b"transfer-encoding" in fields
        self.waits_for_leave = is_announced and fields.get(b"expect", b"").lower() == b"100-continue"
        self.is_finished = not self.waits_for_leave and (self.length == 0 or not is_announced)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.is_finished:
            yield await self._next()

    async def _next(self) -> bytes:
        self.waits_for_leave = False
        try:
            async with asyncio.timeout(self._patience_seconds):
                message = await self._receive()
        except TimeoutError as error:
            raise SlowSender from error
        if message["type"] == "http.disconnect":
            self.is_finished = True
            raise ClientGone
        self.is_finished = not message.get("more_body", False)
        return message.get("body", b"")

    async def drain(self) -> None:
        """Read on for a moment: a connection that is closed on a sending client is reset and its answer lost."""
        if self.waits_for_leave:
            return
        left = DRAIN_BYTES
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while left > 0 and not self.is_finished:
                    left -= len(await self._next())
        except (TimeoutError, ClientGone, SlowSender):
            return


class BlockWriter:
    """Collects chunks into blocks and writes one while the next fills; at most two blocks are in memory."""

    def __init__(self, write: Callable[[Sequence[bytes]], Any]) -> None:
        """`write` gets the chunks of a block."""
        self._write = write
        self._chunks: list[bytes] = []
        self._size = 0
        self._writing: asyncio.Future[Any] | None = None

    async def add(self, chunk: bytes) -> None:
        """Raises what writing an earlier block raised."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size >= BLOCK_BYTES:
            await self._hand_over()

    async def end(self) -> None:
        """All chunks are written."""
        if self._chunks:
            await self._hand_over()
        await self._wait()

    async def settle(self) -> None:
        """No thread writes any more; drops what was not handed over and every error. For the way out."""
        self._chunks = []
        if self._writing is not None:
            await asyncio.wait([self._writing])
            self._writing.exception()

    async def _hand_over(self) -> None:
        await self._wait()
        chunks, self._chunks, self._size = self._chunks, [], 0
        self._writing = submit(self._write, chunks)

    async def _wait(self) -> None:
        if self._writing is not None:
            # Shielded: a cancelled request must still be able to wait for its thread in `settle`.
            await asyncio.shield(self._writing)
            self._writing = None
