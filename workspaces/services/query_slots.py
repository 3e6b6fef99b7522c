"""How many statements run at once in this process, so that many sessions do not wear out its memory and processors.

A workspace that runs nothing never waits: whoever runs much waits for itself.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from django.conf import settings

from workspaces.pgwire.sqlstate import SqlFault

_LOOK_SECONDS: Final = 0.05


class QuerySlots:
    """Taken by a statement while the engine works for it, not while its client is waited for. Thread-safe."""

    def __init__(self, *, limit: int, wait_seconds: float) -> None:
        self._limit = limit
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._running: Counter[str] = Counter()
        self._total = 0
        self._waiting = 0

    def take(self, workspace_id: str, *, is_stopped: Callable[[], bool] = lambda: False) -> None:
        """Wait for a slot; one that `is_stopped` takes it at once. Raises SqlFault 53300 after too long."""
        with self._changed:
            if not self._has_room(workspace_id):
                self._wait(workspace_id, is_stopped)
            self._add(workspace_id)

    def give(self, workspace_id: str) -> None:
        """The statement is done, or waits for its client."""
        with self._changed:
            self._total -= 1
            self._running[workspace_id] -= 1
            if not self._running[workspace_id]:
                del self._running[workspace_id]
            if self._waiting:
                self._changed.notify_all()

    def take_again(self, workspace_id: str) -> None:
        """Go on after a `give` in the middle of a statement: at once, since it holds memory already."""
        with self._changed:
            self._add(workspace_id)

    def _has_room(self, workspace_id: str) -> bool:
        return self._total < self._limit or workspace_id not in self._running

    def _wait(self, workspace_id: str, is_stopped: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while not self._has_room(workspace_id) and not is_stopped():
            if time.monotonic() > deadline:
                raise SqlFault(
                    "53300",
                    f"too many statements run at once: {self._total}",
                    hint="Try again later, or end other statements of your workspace.",
                )
            self._waiting += 1
            try:
                self._changed.wait(_LOOK_SECONDS)
            finally:
                self._waiting -= 1

    def _add(self, workspace_id: str) -> None:
        self._total += 1
        self._running[workspace_id] += 1


class Slot:
    """What one session holds while a statement of it runs. For its thread."""

    __slots__ = ("_is_held", "_slots", "_workspace_id")

    def __init__(self, slots: QuerySlots, workspace_id: str) -> None:
        self._slots = slots
        self._workspace_id = workspace_id
        self._is_held = False

    def take(self, *, is_stopped: Callable[[], bool]) -> None:
        """As QuerySlots has it."""
        self._slots.take(self._workspace_id, is_stopped=is_stopped)
        self._is_held = True

    def give(self) -> None:
        self._is_held = False
        self._slots.give(self._workspace_id)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Around waiting for the client: a slow one keeps nobody else from running."""
        if not self._is_held:
            yield
            return
        self._slots.give(self._workspace_id)
        try:
            yield
        finally:
            self._slots.take_again(self._workspace_id)


@cache
def query_slots() -> QuerySlots:
    """Of this process."""
    limit = settings.PGWIRE_MAX_RUNNING_STATEMENTS or 2 * (os.cpu_count() or 1)
    return QuerySlots(limit=limit, wait_seconds=settings.PGWIRE_QUEUE_TIMEOUT_SECONDS)
