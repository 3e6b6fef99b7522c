"""One client's byte stream as messages, with bounds on what waits in either direction."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from workspaces.pgwire.from_thread import ConnectionLost, FromThread, WriteStalled
from workspaces.pgwire.messages.frames import MAX_MESSAGE_BYTES, FrameBuffer
from workspaces.pgwire.messages.frontend import COPY_DATA, CopyData, FrontendMessage, decode_message
from workspaces.pgwire.refusal import Refusal
from workspaces.pgwire.sockets import acknowledged_bytes

#: Before its login a client has nothing long to say.
UNAUTHENTICATED_MESSAGE_BYTES: Final = 64 * 1024
_COALESCE_BYTES: Final = 64 * 1024
_STALL_LOOKS: Final = 6


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`read_ahead_bytes` bounds messages that wait behind a running one; a single message may have `message_bytes`."""

    message_bytes: int = MAX_MESSAGE_BYTES
    read_ahead_bytes: int = 1024 * 1024
    write_buffer_bytes: int = 256 * 1024
    write_stall_seconds: float = 60.0
    linger_seconds: float = 2.0


class Connection(FromThread, asyncio.Protocol):
    """Read by one task, written by one task or thread at a time. Input is read while output is blocked."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._frames = FrameBuffer(max_message_bytes=UNAUTHENTICATED_MESSAGE_BYTES)
        self._transport: asyncio.Transport | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._lost = self._loop.create_future()
        self._is_gone = False
        self._is_writing_paused = False
        self._is_reading_paused = False
        self._is_closing = False
        self._ending: Refusal | None = None
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._on_lost: list[Callable[[], object]] = []
        self._link = None

    # What the transport calls ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type only
        self._transport = transport
        transport.set_write_buffer_limits(high=self._limits.write_buffer_bytes)

    def data_received(self, data: bytes) -> None:
        if self._is_closing:
            return
        self._frames.feed(data)
        if len(self._frames) > self._limits.read_ahead_bytes and self._frames.has_frame():
            self._pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        """Nobody reads our answers after closing their side, as far as PostgreSQL's clients go."""
        self._set_gone()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._set_gone()
        if not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        _wake(self._writable)

    # What is known ---------------------------------------------------------------------------------------------------

    @property
    def is_lost(self) -> bool:
        return self._is_gone

    @property
    def tls(self) -> ssl.SSLObject | None:
        """None without TLS."""
        found: ssl.SSLObject | None = self._open_transport().get_extra_info("ssl_object")
        return found

    def when_lost(self, callback: Callable[[], object]) -> None:
        """Call it in the event loop when the client goes away, at once if it has gone."""
        if self._is_gone:
            callback()
        else:
            self._on_lost.append(callback)

    def allow_long_messages(self) -> None:
        """From the login on."""
        self._frames.max_message_bytes = self._limits.message_bytes

    # Reading ---------------------------------------------------------------------------------------------------------

    async def read_exactly(self, count: int) -> bytes:
        """Bytes outside of frames, as the start-up packet is. Raises ConnectionLost."""
        while (data := self._frames.take(count)) is None:
            await self._wait_for_data()
        return data

    async def next_message(self, *, timeout_seconds: float | None = None) -> FrontendMessage:
        """The next message; what was written is flushed before waiting for it.

        Raises ConnectionLost, ProtocolViolation, TimeoutError when none came in time, and the Refusal given to `end`,
        before any message that still waits.
        """
        if self._ending is None and (message := self._take_message()) is not None:
            return message
        await self.flush()
        async with asyncio.timeout(timeout_seconds):
            while True:
                if self._ending is not None:
                    raise self._ending
                if (message := self._take_message()) is not None:
                    return message
                await self._wait_for_data()

    async def next_copied(self, *, seconds: float) -> FrontendMessage | None:
        """The next message, where CopyData stands for all of it that has arrived; None if nothing came in time.

        A connection that is to end is read on: who copies is told by a cancel. Raises ConnectionLost,
        ProtocolViolation.
        """
        await self.flush()
        try:
            async with asyncio.timeout(seconds):
                while (message := self._take_copied()) is None:
                    await self._wait_for_data()
                return message
        except TimeoutError:
            return None

    def next_message_nowait(self) -> FrontendMessage | None:
        """A message that has arrived, None if none has. Raises ProtocolViolation."""
        return self._take_message()

    def end(self, refusal: Refusal) -> None:
        """Have the reader raise this as soon as it waits for a message: an idle client's does so at once."""
        if self._ending is None:
            self._ending = refusal
        _wake(self._reader)
        self.wake_thread()

    # Writing ---------------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Keep for the next flush. Follow many of these by `flush`: only that one waits for a slow reader."""
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes >= _COALESCE_BYTES:
            self._hand_over()

    async def flush(self) -> None:
        """Hand everything to the network, and wait while the client is behind. Raises ConnectionLost, WriteStalled."""
        self._hand_over()
        if self._is_gone:
            raise ConnectionLost
        if self._is_writing_paused:
            await self._wait_until_writable()

    async def send(self, data: bytes) -> None:
        self.write(data)
        await self.flush()

    # The end ---------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Send what was written, then close; what still comes in is dropped, or a reset could overtake our last words.

        A client that does not take it within `linger_seconds` is cut off. Safe to call twice.
        """
        if self._transport is None:
            return
        self._hand_over()
        self._is_closing = True
        self._frames.clear()
        self._open_transport().resume_reading()
        self._close_writing_side()
        await asyncio.wait({self._lost}, timeout=self._limits.linger_seconds)
        self.abort()

    def abort(self) -> None:
        """Cut the connection off now."""
        if self._transport is not None:
            self._transport.abort()
        self._set_gone()

    # Inside ----------------------------------------------------------------------------------------------------------

    def _take_message(self) -> FrontendMessage | None:
        frame = self._frames.next_frame()
        if self._is_reading_paused and len(self._frames) <= self._limits.read_ahead_bytes:
            self._resume_reading()
        elif self._is_reading_paused and not self._frames.has_frame():
            self._resume_reading()
        return None if frame is None else decode_message(*frame)

    def _take_copied(self) -> FrontendMessage | None:
        data = self._frames.take_run(COPY_DATA, self._limits.read_ahead_bytes)
        if data is None:
            return self._take_message()
        if self._is_reading_paused:
            self._resume_reading()
        return CopyData(data)

    async def _wait_for_data(self) -> None:
        if self._is_gone:
            raise ConnectionLost
        self._reader = self._loop.create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    async def _wait_until_writable(self) -> None:
        """Until the buffer is low again; a client counts as reading while its side acknowledges bytes."""
        look_seconds = self._limits.write_stall_seconds / _STALL_LOOKS
        seen, idle_looks = self._progress(), 0
        while self._is_writing_paused and not self._is_gone:
            self._writable = self._loop.create_future()
            await asyncio.wait({self._writable}, timeout=look_seconds)
            now = self._progress()
            idle_looks = idle_looks + 1 if now == seen else 0
            seen = now
            if idle_looks >= _STALL_LOOKS and self._is_writing_paused:
                self.abort()
                raise WriteStalled
        if self._is_gone:
            raise ConnectionLost

    def _progress(self) -> tuple[int, int | None]:
        transport = self._open_transport()
        return transport.get_write_buffer_size(), acknowledged_bytes(transport.get_extra_info("socket"))

    def _hand_over(self) -> None:
        if not self._pending:
            return
        data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        if not self._is_gone:
            self._open_transport().write(data)

    def _close_writing_side(self) -> None:
        transport = self._open_transport()
        with contextlib.suppress(OSError):
            if transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()

    def _plain_descriptor(self) -> int | None:
        """The socket for a thread to read and write, from now on not read here; None where it is not that simple."""
        transport = self._open_transport()
        if self.tls is not None or transport.get_write_buffer_size():
            return None
        transport.pause_reading()
        self._is_reading_paused = False
        descriptor: int = transport.get_extra_info("socket").fileno()
        return descriptor

    def _pause_reading(self) -> None:
        if not self._is_reading_paused:
            self._is_reading_paused = True
            self._open_transport().pause_reading()

    def _resume_reading(self) -> None:
        if self._is_reading_paused:
            self._is_reading_paused = False
            self._open_transport().resume_reading()

    def _set_gone(self) -> None:
        if self._is_gone:
            return
        self._is_gone = True
        _wake(self._reader)
        _wake(self._writable)
        self.wake_thread()
        for callback in self._on_lost:
            callback()

    def _open_transport(self) -> asyncio.Transport:
        if self._transport is None:
            raise ConnectionLost
        return self._transport


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
