"""A client's socket in the hands of its session's thread: no event loop between a message and its answer."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from workspaces.pgwire.messages.frames import FrameBuffer
from workspaces.pgwire.sockets import acknowledged_bytes

_RECEIVE_BYTES: Final = 256 * 1024
_STALL_LOOKS: Final = 6
_HUNG_UP: Final = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


class LinkLost(Exception):
    """The client is gone, or does not read; `is_stalled` tells which."""

    def __init__(self, *, is_stalled: bool = False) -> None:
        super().__init__()
        self.is_stalled = is_stalled


class ThreadLink:
    """All but `wake`, `has_hung_up` and `close` are for one thread. `is_gone` says whether to give up waiting."""

    def __init__(
        self,
        descriptor: int,
        frames: FrameBuffer,
        *,
        is_gone: Callable[[], bool],
        read_ahead_bytes: int,
        write_stall_seconds: float,
    ) -> None:
        """The descriptor is duplicated: what it came from may be closed at any time."""
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._socket.setblocking(False)
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)
        self._frames = frames
        self._is_gone = is_gone
        self._read_ahead_bytes = read_ahead_bytes
        self._look_seconds = write_stall_seconds / _STALL_LOOKS
        self._mutex = threading.Lock()
        self._is_closed = False
        self._poll = select.poll()
        self._poll.register(self._woken, select.POLLIN)
        self._poll.register(self._socket, select.POLLIN)

    def receive(self, deadline: float | None) -> None:
        """Wait for bytes until `deadline` (monotonic) or `wake`, and give them to the frames.

        Returns without any when woken. Raises TimeoutError and LinkLost.
        """
        if self._is_gone():
            raise LinkLost
        wait_ms = None if deadline is None else max(0.0, (deadline - time.monotonic()) * 1000)
        ready = self._poll.poll(wait_ms)
        if not ready:
            raise TimeoutError
        for descriptor, _ in ready:
            if descriptor == self._woken:
                self._drain()
            else:
                self._read()

    def send(self, data: bytes | memoryview) -> None:
        """Give it all to the network; meanwhile input is read, so that two who only write do not wait for each other.

        Raises LinkLost.
        """
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                self._wait_until_writable()
            except OSError as error:
                raise LinkLost from error

    def wake(self) -> None:
        """Let a waiting `receive` return; from any thread."""
        with self._mutex:
            if not self._is_closed:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._waker, b"\0")

    def has_hung_up(self) -> bool:
        """Whether the client has closed its side; from any thread, without waiting."""
        with self._mutex:
            if self._is_closed:
                return True
            poll = select.poll()
            poll.register(self._socket, _HUNG_UP)
            return any(events & _HUNG_UP for _, events in poll.poll(0))

    def close(self) -> None:
        """Give the descriptors back, when its thread is done; safe to call twice."""
        with self._mutex:
            if not self._is_closed:
                self._is_closed = True
                self._socket.close()
                os.close(self._woken)
                os.close(self._waker)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise LinkLost from error
        if not data:
            raise LinkLost
        self._frames.feed(data)

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)

    def _wait_until_writable(self) -> None:
        """A client counts as reading while its side acknowledges bytes."""
        seen, idle_looks = acknowledged_bytes(self._socket), 0
        while True:
            if self._is_gone():
                raise LinkLost
            if self._is_writable_soon():
                return
            now = acknowledged_bytes(self._socket)
            idle_looks = idle_looks + 1 if now == seen else 0
            seen = now
            if idle_looks >= _STALL_LOOKS:
                raise LinkLost(is_stalled=True)

    def _is_writable_soon(self) -> bool:
        """False after the time of one look, or of a `wake`."""
        deadline = time.monotonic() + self._look_seconds
        while (left := deadline - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self._woken, select.POLLIN)
            takes_more = len(self._frames) <= self._read_ahead_bytes or not self._frames.has_frame()
            poll.register(self._socket, select.POLLOUT | (select.POLLIN if takes_more else 0))
            for descriptor, events in poll.poll(left * 1000):
                if descriptor == self._woken:
                    self._drain()
                    if self._is_gone():
                        raise LinkLost
                elif events & ~select.POLLIN:
                    return True
                else:
                    self._read()
        return False
