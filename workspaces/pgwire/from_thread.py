"""What the thread of a session may call of its client's connection: reading and writing that block it."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from workspaces.pgwire.messages.frames import FrameBuffer
from workspaces.pgwire.messages.frontend import FrontendMessage, decode_message
from workspaces.pgwire.refusal import Refusal
from workspaces.pgwire.thread_link import LinkLost, ThreadLink

if TYPE_CHECKING:
    from workspaces.pgwire.connection import ConnectionLimits

T = TypeVar("T")


class ConnectionLost(Exception):
    """The client is gone: nothing can be read from it or sent to it any more."""


class WriteStalled(ConnectionLost):
    """The client has not read for so long that it is taken for gone."""


class FromThread:
    """A part of Connection. One thread calls its methods, but for `lend` and those that say so."""

    _limits: ConnectionLimits
    _loop: asyncio.AbstractEventLoop
    _frames: FrameBuffer
    _ending: Refusal | None
    _is_gone: bool
    _link: ThreadLink | None

    async def lend(self) -> None:
        """From now on one thread reads and writes, by the methods below and no others, until `take_back`.

        Without TLS it has the socket for itself: a switch to the event loop and back costs more than a short
        statement. For the event loop.
        """
        await self.flush()
        descriptor = self._plain_descriptor()
        if descriptor is not None:
            self._link = ThreadLink(
                descriptor,
                self._frames,
                is_gone=lambda: self._is_gone,
                read_ahead_bytes=self._limits.read_ahead_bytes,
                write_stall_seconds=self._limits.write_stall_seconds,
            )

    def take_back(self) -> None:
        """The thread is done with it. Safe to call twice."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def look_for_client(self) -> None:
        """Notice a client that left while its thread reads nothing. For the event loop."""
        link = self._link  # its thread may take it back meanwhile
        if link is not None and link.has_hung_up():
            self._set_gone()

    def wake_thread(self) -> None:
        """Let it see that the connection is to end or has ended. For the event loop."""
        link = self._link
        if link is not None:
            link.wake()

    def read_from_thread(self, *, timeout_seconds: float | None = None) -> FrontendMessage:
        """As `next_message`."""
        if self._link is None:
            return self._in_loop(self.next_message(timeout_seconds=timeout_seconds))
        return self._wait_for(self._next_of_link, self._link, timeout_seconds)

    def read_from_thread_nowait(self) -> FrontendMessage | None:
        """As `next_message_nowait`."""
        return self._in_loop(self._taken()) if self._link is None else self._framed()

    def read_copied_from_thread(self, *, seconds: float) -> FrontendMessage | None:
        """As `next_copied`."""
        if self._link is None:
            return self._in_loop(self.next_copied(seconds=seconds))
        try:
            return self._wait_for(self._take_copied, self._link, seconds)
        except TimeoutError:
            return None

    def send_from_thread(self, data: bytes | memoryview) -> None:
        """As `send`."""
        if self._link is None:
            self._in_loop(self.send(bytes(data)))
            return
        try:
            self._link.send(data)
        except LinkLost as error:
            raise self._loss(error) from error

    def _wait_for(
        self, take: Callable[[], FrontendMessage | None], link: ThreadLink, seconds: float | None
    ) -> FrontendMessage:
        deadline = None if seconds is None else time.monotonic() + seconds
        while (message := take()) is None:
            try:
                link.receive(deadline)
            except LinkLost as error:
                raise self._loss(error) from error
        return message

    def _next_of_link(self) -> FrontendMessage | None:
        if self._ending is not None:
            raise self._ending
        return self._framed()

    def _framed(self) -> FrontendMessage | None:
        frame = self._frames.next_frame()
        return None if frame is None else decode_message(*frame)

    def _loss(self, error: LinkLost) -> ConnectionLost:
        self._loop.call_soon_threadsafe(self.abort if error.is_stalled else self._set_gone)
        return WriteStalled() if error.is_stalled else ConnectionLost()

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _taken(self) -> FrontendMessage | None:
        return self.next_message_nowait()

    @abstractmethod
    async def next_message(self, *, timeout_seconds: float | None = None) -> FrontendMessage: ...

    @abstractmethod
    def next_message_nowait(self) -> FrontendMessage | None: ...

    @abstractmethod
    async def next_copied(self, *, seconds: float) -> FrontendMessage | None: ...

    @abstractmethod
    async def send(self, data: bytes) -> None: ...

    @abstractmethod
    async def flush(self) -> None: ...

    @abstractmethod
    def abort(self) -> None: ...

    @abstractmethod
    def _take_copied(self) -> FrontendMessage | None: ...

    @abstractmethod
    def _plain_descriptor(self) -> int | None: ...

    @abstractmethod
    def _set_gone(self) -> None: ...
