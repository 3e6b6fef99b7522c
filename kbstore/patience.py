"""A caller who waits for what it asked for, and may give up: then the work stops and changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kbstore.errors import KbstoreError, OperationCancelled

Stop = Callable[[KbstoreError], object]


class Patience:
    """Shared by the thread that works and the one that watches the caller; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Stop] = []
        self._reason: KbstoreError | None = None

    def end(self, reason: KbstoreError | None = None) -> None:
        """Stop what works for the caller now, and whatever would begin; the first reason counts."""
        with self._lock:
            self._reason = self._reason or reason or OperationCancelled()
            stops = list(self._stops)
        for stop in stops:
            stop(self._reason)

    @property
    def reason(self) -> KbstoreError | None:
        """Why it ended; None while it lasts."""
        return self._reason

    def check(self) -> None:
        """Raise the reason if the caller has given up."""
        if self._reason is not None:
            raise self._reason

    @contextmanager
    def stopping(self, stop: Stop) -> Iterator[None]:
        """While the block runs, the end of patience calls `stop` with the reason, from another thread."""
        with self._lock:
            self._stops.append(stop)
            reason = self._reason
        try:
            if reason is not None:
                stop(reason)
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)


#: None: nobody watches the caller; the ceiling of synchronous calls applies.
_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


def patience() -> Patience | None:
    """Of the caller whom this thread works for."""
    return _patience.get()


@contextmanager
def waiting_for(caller: Patience) -> Iterator[None]:
    """Work of the block is for this caller."""
    token = _patience.set(caller)
    try:
        yield
    finally:
        _patience.reset(token)
