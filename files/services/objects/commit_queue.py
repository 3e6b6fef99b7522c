"""Changes of the index of objects, committed together: those that wait at the same time share one transaction.

What makes a commit dear is that the disk has to be waited for. While one group waits, the next gathers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

from django.db import DatabaseError, IntegrityError, connection, transaction

from kbstore.errors import KbstoreError

R = TypeVar("R")
_GROUP = 64
_TRIES = 5
#: Of PostgreSQL: serialization failure, deadlock.
_REPEATABLE = ("40001", "40P01")


class _Broken(Exception):  # noqa: N818 - no error of its own: it ends a group
    """The group cannot go on."""


class _Entry:
    def __init__(self, work: Callable[[], Any], *, refuses_first: bool) -> None:
        self._work = work
        self._refuses_first = refuses_first
        self.result: Any = None
        self.error: Exception | None = None
        #: Whether the catalog refused it, so that the group could not go on.
        self.met_fault = False
        self.is_done = False
        #: Set when it is done, and when its thread has to lead the next group.
        self.wake = threading.Event()

    def attempt(self) -> None:
        """As one of a group, whose transaction is open; a fault of the catalog concerns the whole group."""
        try:
            with nullcontext() if self._refuses_first else transaction.atomic():
                self.result = self._work()
        except DatabaseError:
            self.met_fault = True
            raise
        except Exception as error:  # noqa: BLE001 - it is the caller's, who waits in another thread
            if self._refuses_first and not isinstance(error, KbstoreError):
                # A fault of the code, and there is no savepoint: what it has written must not go in with the others.
                self.met_fault = True
                raise _Broken from error
            self.error = error

    def attempt_alone(self) -> None:
        try:
            self.result = _repeated(self._work)
            self.error = None
        except Exception as error:  # noqa: BLE001 - it is the caller's, who waits in another thread
            self.error = error

    def settle(self) -> None:
        self.is_done = True
        self.wake.set()


class _Queue:
    """No thread of its own: the first who waits leads, and then hands over to the first of those who came later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Entry] = []
        self._has_leader = False

    def run(self, work: Callable[[], R], *, refuses_first: bool) -> R:
        entry = _Entry(work, refuses_first=refuses_first)
        with self._lock:
            self._waiting.append(entry)
            leads, self._has_leader = not self._has_leader, True
        if not leads:
            entry.wake.wait()
        if not entry.is_done:
            self._lead()
        if entry.error is not None:
            raise entry.error
        return entry.result

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
        try:
            _commit(group)
        finally:
            with self._lock:
                self._has_leader = bool(self._waiting)
                successor = self._waiting[0] if self._waiting else None
            if successor is not None:
                successor.wake.set()
            for entry in group:
                entry.settle()


_QUEUE = _Queue()


def run(work: Callable[[], R], *, refuses_first: bool = False) -> R:
    """The result of `work`, once the catalog has committed it; what it raises leaves the catalog as it was.

    It is called within a transaction, maybe in another thread and maybe more than once, each time as if for the first
    time: it must be short, touch nothing but the catalog, and leave what comes after the commit to
    `transaction.on_commit`. Within a transaction of the caller it is a part of that one. One that `refuses_first` has
    written nothing yet when it raises an error of its own, which spares the catalog a savepoint.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    return _QUEUE.run(work, refuses_first=refuses_first)


def _commit(group: list[_Entry]) -> None:
    if len(group) == 1:
        group[0].attempt_alone()
        return
    try:
        with transaction.atomic():
            for entry in group:
                entry.attempt()
    except (DatabaseError, _Broken) as error:
        # Some are found out at the commit only. Whose fault it was shows when each goes alone, unless it is nobody's:
        # a catalog that is locked or gone would keep each of them waiting, one after the other.
        is_somebodys = any(entry.met_fault for entry in group) or _is_repeatable(error)
        for entry in group:
            if is_somebodys:
                entry.attempt_alone()
            else:
                entry.error = error


def _repeated(work: Callable[[], R]) -> R:
    """Another server that changes the same at the same time may make it fail; not for long."""
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return work()
        except DatabaseError as error:
            if not left or not _is_repeatable(error):
                raise
    raise AssertionError("unreachable")


def _is_repeatable(error: Exception) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", "") in _REPEATABLE
