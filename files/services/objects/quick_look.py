"""Looks into a catalog that is a file of this host, without a thread: for whoever must not wait, as the event loop.

Finding a row by its key takes a fraction of the way to a thread and back; with many requests at once the threads
spend most of their time on handing Python's lock to each other. What would have to wait, for a lock of the catalog or
for the disk under an object, says so (`WouldWait`) and is done in a thread.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import SynchronousOnlyOperation
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from kbstore import catalog_metrics

P = ParamSpec("P")
R = TypeVar("R")
_bound = threading.local()
#: Only Linux can read what is in memory and nothing else.
_NO_WAIT: int | None = getattr(os, "RWF_NOWAIT", None)


class WouldWait(Exception):  # noqa: N818 - an answer, not a fault
    """It has to be done in a thread."""


class QuickLook:
    """A connection of its own, for one thread; queries of `PreparedQuery` go over it while `run` is under way."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        wrapper.ensure_connection()
        #: What Django's converters of values want to see.
        self.wrapper = wrapper
        self._raw: sqlite3.Connection = wrapper.connection  # type: ignore[assignment]
        self._raw.execute("PRAGMA busy_timeout = 0")
        self._raw.execute("PRAGMA query_only = ON")

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result; it may only read, and is repeated in a thread when this raises WouldWait."""
        _bound.look = self
        try:
            return function(*args, **kwargs)
        except SynchronousOnlyOperation as error:
            # A query that nobody has prepared.
            raise WouldWait from error
        finally:
            _bound.look = None

    def close(self) -> None:
        self.wrapper.close()

    def fetch_one(self, sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
        started = time.perf_counter()
        try:
            row: tuple[Any, ...] | None = self._raw.execute(sql, values).fetchone()
        except sqlite3.OperationalError as error:
            raise WouldWait from error
        catalog_metrics.count_read(time.perf_counter() - started)
        return row


def open_quick_look() -> QuickLook | None:
    """Blocks. None where catalog or objects are not files of this host."""
    if connections["default"].vendor != "sqlite" or not isinstance(default_storage, FileSystemStorage):
        return None
    # Not the thread's own: it belongs to whoever asks for it here.
    return QuickLook(connections.create_connection("default"))


def current_look() -> QuickLook | None:
    """The one whose `run` called us."""
    return getattr(_bound, "look", None)


def read_at(descriptor: int, offset: int, length: int) -> bytes:
    """Up to `length` bytes of a file. Within `QuickLook.run` it raises WouldWait rather than wait for the disk."""
    if current_look() is None or _NO_WAIT is None:
        return os.pread(descriptor, length, offset)
    block = bytearray(length)
    try:
        count = os.preadv(descriptor, [block], offset, _NO_WAIT)
    except OSError as error:
        raise WouldWait from error
    if count < length:
        # It may be the end of what is in memory.
        raise WouldWait
    return bytes(block)
