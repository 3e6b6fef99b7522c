"""Write locks by key that work across threads and processes and die with their holder."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from filelock import FileLock, Timeout

from kbstore import metrics
from kbstore.errors import Locked
from storage.engine.config import EngineConfig
from storage.engine.errors import translated_errors
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor

_FILE_POLL_SECONDS = 0.01
#: How soon a wait ends whose monitor was cancelled.
_MONITOR_SECONDS = 0.1
#: So many threads of one process hand a key on before other processes, which poll for it, get a chance.
_TURNS_IN_A_ROW = 16


@dataclass
class _Queue:
    """Who waits for one key in this process, in order of arrival; the first one holds it."""

    waiting: deque[threading.Event] = field(default_factory=deque)
    turns: int = 0


class LockTable:
    """The write locks of one data directory.

    Threads of this process queue up in order and are woken at once; processes compete by `flock`, which the kernel
    releases when its holder dies. Not re-entrant: a thread that asks for a key it holds waits for itself.
    """

    def __init__(self, config: EngineConfig) -> None:
        self._timeout_seconds = config.lock_timeout_seconds
        self._layout = Layout(config)
        self._mutex = threading.Lock()
        self._queues: dict[str, _Queue] = {}
        self._held = 0

    @property
    def held_count(self) -> int:
        """How many keys this process holds."""
        with self._mutex:
            return self._held

    @property
    def waiting_count(self) -> int:
        """How many threads of this process wait for a key, be it held here or elsewhere."""
        with self._mutex:
            return sum(len(queue.waiting) for queue in self._queues.values()) - self._held

    @contextmanager
    def hold(self, key: str, timeout_seconds: float | None = None, monitor: Monitor | None = None) -> Iterator[None]:
        """Hold `key`. Raises Locked after the wait; None means the configured wait, 0 means no wait at all.

        A `monitor` that is cancelled ends the wait with its reason.
        """
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        deadline = time.monotonic() + timeout
        with self._turn(key, deadline, monitor) as queue:
            queue.turns += 1
            if queue.turns % _TURNS_IN_A_ROW == 0:
                time.sleep(2 * _FILE_POLL_SECONDS)
            file_lock = self._acquire_file(key, deadline, monitor)
            with self._mutex:
                self._held += 1
            metrics.TABLE_LOCKS_ACTIVE.inc()
            try:
                yield
            finally:
                metrics.TABLE_LOCKS_ACTIVE.dec()
                with self._mutex:
                    self._held -= 1
                file_lock.release()

    @contextmanager
    def _turn(self, key: str, deadline: float, monitor: Monitor | None) -> Iterator[_Queue]:
        my_turn = threading.Event()
        with self._mutex:
            queue = self._queues.setdefault(key, _Queue())
            queue.waiting.append(my_turn)
            if queue.waiting[0] is my_turn:
                my_turn.set()
        try:
            _await(my_turn, deadline, monitor)
            yield queue
        finally:
            self._leave(key, my_turn)

    def _leave(self, key: str, my_turn: threading.Event) -> None:
        with self._mutex:
            queue = self._queues[key]
            queue.waiting.remove(my_turn)
            if queue.waiting:
                queue.waiting[0].set()
            else:
                del self._queues[key]

    def _acquire_file(self, key: str, deadline: float, monitor: Monitor | None) -> FileLock:
        path = self._layout.lock_path(key)
        # No soft lock where the file system has no flock: it would outlive a holder that was killed.
        lock = FileLock(path, thread_local=False, fallback_to_soft=False)
        with translated_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(
                    timeout=max(0.0, deadline - time.monotonic()),
                    poll_interval=_FILE_POLL_SECONDS,
                    cancel_check=lambda: monitor is not None and monitor.cancelled_with is not None,
                )
            except Timeout as error:
                if monitor is not None:
                    monitor.check()
                raise locked() from error
        return lock


def _await(my_turn: threading.Event, deadline: float, monitor: Monitor | None) -> None:
    """Raises Locked at the deadline, and the monitor's reason when it is cancelled."""
    while True:
        left = max(0.0, deadline - time.monotonic())
        if my_turn.wait(left if monitor is None else min(left, _MONITOR_SECONDS)):
            return
        if monitor is not None:
            monitor.check()
        if time.monotonic() >= deadline:
            raise locked()


def locked() -> Locked:
    return Locked("The table is being changed by another operation. Please try again.")
