"""The threads that do commands: long ones have their own, so that those of milliseconds never wait behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from kbstore.errors import ServiceUnavailable, TooManyRequests

T = TypeVar("T")


class TooManyCommands(TooManyRequests):
    code = "too_many_commands"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} commands wait for their turn already. Try again when some have ended.")


class ShuttingDown(ServiceUnavailable):
    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("The server is shutting down. Please try again.")


class CommandThreads:
    """At most `workers` long commands run at once and as many short ones; at most `queue` of each kind wait."""

    def __init__(self, *, workers: int, queue: int) -> None:
        self._pools = {
            True: ThreadPoolExecutor(workers, "driver-long"),
            False: ThreadPoolExecutor(workers, "driver-short"),
        }
        self._most = workers + queue
        self._queue = queue
        self._held = {True: 0, False: 0}
        self._refuses = False
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], T], *, is_long: bool) -> Future[T]:
        """Begin when a thread is free. Raises TooManyCommands, ShuttingDown."""
        with self._lock:
            if self._refuses:
                raise ShuttingDown
            if self._held[is_long] >= self._most:
                raise TooManyCommands(self._queue)
            self._held[is_long] += 1
        done = self._pools[is_long].submit(work)
        done.add_done_callback(lambda _: self._let_go(is_long))
        return done

    def _let_go(self, is_long: bool) -> None:
        with self._lock:
            self._held[is_long] -= 1

    def refuse(self) -> None:
        """Take nothing more; what runs and what waits goes on."""
        with self._lock:
            self._refuses = True

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        with self._lock:
            return not any(self._held.values())

    def close(self) -> None:
        """Begin nothing more; what runs goes on."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
