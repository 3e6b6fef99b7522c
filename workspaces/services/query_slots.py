"""Which statements run at once in this process: short ones do not wait for long ones, nor a workspace for another.

How long a statement takes is known only once it has run. So all begin as short ones; what has worked for
`LONG_SECONDS` is a long one from then on and leaves its place to the next short one. A session whose statements were
long lately begins as a long one.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from django.conf import settings

from workspaces.pgwire.sqlstate import SqlFault

#: The engine has to work for so long before a statement is a long one.
LONG_SECONDS: Final = 0.1
#: Sessions are not held to account for more than this: some short statements later they are as any other.
_MOST_REMEMBERED_SECONDS: Final = 1.0
#: Of the limit: so many more may run as have turned out to be long.
_MOST_FOR_ONE: Final = 4
#: How often who waits looks whether others have become long ones: the first of a queue, the others.
_LOOK_SECONDS: Final = 0.05
_STAND_SECONDS: Final = 0.25


class QuerySlots:
    """Taken by a statement while the engine works for it, not while its client is waited for. Thread-safe.

    `limit` short ones run at once, and long ones begin while fewer than half as many run. All together are at most four
    times the limit: then statements wait, whatever they are.
    """

    def __init__(self, *, limit: int, wait_seconds: float, long_seconds: float = LONG_SECONDS) -> None:
        self.long_seconds = long_seconds
        self._limit = limit
        self._long_limit = max(limit // 2, 1)
        self._most = _MOST_FOR_ONE * limit
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._running: set[Slot] = set()
        self._long = 0
        self._workspaces: Counter[str] = Counter()
        #: Who waits, in the order of their coming: short ones, long ones.
        self._queues: tuple[deque[Slot], deque[Slot]] = (deque(), deque())

    def take(self, slot: Slot, *, is_stopped: Callable[[], bool]) -> None:
        """Wait for a place; one that `is_stopped` takes it at once. Raises SqlFault 53300 after too long."""
        with self._lock:
            if self._queues[slot.is_long] or not self._has_room(slot):
                self._wait(slot, is_stopped)
            self._add(slot)

    def give(self, slot: Slot) -> None:
        """The statement is done, or waits for its client."""
        with self._lock:
            self._running.discard(slot)
            slot.used = slot.used_at(time.monotonic())
            self._long -= slot.is_long
            self._workspaces[slot.workspace_id] -= 1
            if not self._workspaces[slot.workspace_id]:
                del self._workspaces[slot.workspace_id]
            self._call_next()

    def go_on(self, slot: Slot) -> None:
        """Take a place in the middle of a statement: at once, since it holds memory already."""
        with self._lock:
            self._add(slot)

    def _has_room(self, slot: Slot) -> bool:
        if slot.workspace_id not in self._workspaces:
            return True
        if len(self._running) >= self._long_limit:
            self._find_long()
        if len(self._running) >= self._most:
            return False
        return self._long < self._long_limit if slot.is_long else len(self._running) - self._long < self._limit

    def _find_long(self) -> None:
        now = time.monotonic()
        for slot in self._running:
            if not slot.is_long and slot.used_at(now) >= self.long_seconds:
                slot.is_long = True
                self._long += 1

    def _wait(self, slot: Slot, is_stopped: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._wait_seconds
        queue = self._queues[slot.is_long]
        slot.called = threading.Condition(self._lock)
        queue.append(slot)
        try:
            while not self._may_go(slot, queue) and not is_stopped():
                if time.monotonic() > deadline:
                    raise _too_many(len(self._running))
                slot.called.wait(_LOOK_SECONDS if queue[0] is slot else _STAND_SECONDS)
        finally:
            queue.remove(slot)
            self._call_next()

    def _may_go(self, slot: Slot, queue: deque[Slot]) -> bool:
        return slot.workspace_id not in self._workspaces or (queue[0] is slot and self._has_room(slot))

    def _call_next(self) -> None:
        for queue in self._queues:
            if queue:
                queue[0].called.notify()

    def _add(self, slot: Slot) -> None:
        self._running.add(slot)
        slot.since = time.monotonic()
        self._long += slot.is_long
        self._workspaces[slot.workspace_id] += 1


class Slot:
    """What one session holds while a statement of it runs. For its thread; `QuerySlots` writes what is public."""

    __slots__ = ("_is_held", "_lately", "_slots", "called", "cpu_began", "is_long", "since", "used", "workspace_id")

    called: threading.Condition

    def __init__(self, slots: QuerySlots, workspace_id: str) -> None:
        self.workspace_id = workspace_id
        self.is_long = False
        #: When it got its place, and for how many seconds the engine has worked for the statement before.
        self.since = self.used = 0.0
        self._slots = slots
        self._is_held = False
        self._lately = 0.0
        #: What the thread had worked before: beside others all take long, only that tells whose statements are long.
        self.cpu_began = 0.0

    def take(self, *, is_stopped: Callable[[], bool] = lambda: False) -> None:
        """For a new statement, as QuerySlots has it."""
        self.is_long = self._lately > self._slots.long_seconds
        self.used = 0.0
        self._slots.take(self, is_stopped=is_stopped)
        self._is_held = True
        self.cpu_began = time.thread_time()

    def go_on(self) -> None:
        """For the statement that has given its place before: at once."""
        self._slots.go_on(self)
        self._is_held = True

    def give(self) -> None:
        self._is_held = False
        self._slots.give(self)
        self._lately = (self._lately + min(time.thread_time() - self.cpu_began, _MOST_REMEMBERED_SECONDS)) / 2

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Around waiting for the client: a slow one keeps nobody else from running."""
        if not self._is_held:
            yield
            return
        self._slots.give(self)
        try:
            yield
        finally:
            self._slots.go_on(self)

    def used_at(self, now: float) -> float:
        """As `used`, for one that has its place."""
        return self.used + now - self.since


def _too_many(count: int) -> SqlFault:
    hint = "Try again later, or end other statements of your workspace."
    return SqlFault("53300", f"too many statements run at once: {count}", hint=hint)


@cache
def query_slots() -> QuerySlots:
    """Of this process."""
    limit = settings.PGWIRE_MAX_RUNNING_STATEMENTS or 2 * (os.cpu_count() or 1)
    return QuerySlots(limit=limit, wait_seconds=settings.PGWIRE_QUEUE_TIMEOUT_SECONDS)
