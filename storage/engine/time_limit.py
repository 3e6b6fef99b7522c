"""Ends work that takes too long: one thread of the process watches all deadlines."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kbstore.errors import OperationTimeout
from storage.engine.monitor import Monitor


@contextmanager
def time_limit(monitor: Monitor, seconds: float) -> Iterator[None]:
    """Cancel the block's work with OperationTimeout when it takes longer."""
    deadline = _Deadline(monitor, seconds)
    _watch.add(deadline)
    try:
        yield
    finally:
        deadline.is_over = True


class _Deadline:
    def __init__(self, monitor: Monitor, seconds: float) -> None:
        self.monitor, self.seconds = monitor, seconds
        self.moment = time.monotonic() + seconds
        self.is_over = False

    def strike(self) -> None:
        if not self.is_over:
            late = f"The operation took longer than {self.seconds:g} seconds and was stopped."
            self.monitor.cancel(OperationTimeout(late, details={"timeout_seconds": self.seconds}))


class _Watch:
    """Sleeps until the next deadline; a later one is added without waking it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, _Deadline]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def add(self, deadline: _Deadline) -> None:
        with self._changed:
            while self._waiting and self._waiting[0][2].is_over:
                heapq.heappop(self._waiting)
            is_first = not self._waiting or deadline.moment < self._waiting[0][0]
            heapq.heappush(self._waiting, (deadline.moment, next(self._numbers), deadline))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif is_first:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                pause = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if pause is None or pause > 0:
                    self._changed.wait(pause)
                    continue
                deadline = heapq.heappop(self._waiting)[2]
            deadline.strike()


_watch = _Watch()
