"""Watching and stopping engine work from another thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kbstore.errors import KbstoreError, OperationCancelled

if TYPE_CHECKING:
    import duckdb


class Monitor:
    """The handle that one piece of heavy work and its watcher share.

    The worker enters `phase()` blocks and registers the connection that runs its statements; the watcher reads
    `fraction` and may call `cancel()` at any moment, also before the work has begun. All methods are thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._phase_start = 0.0
        self._phase_end = 1.0
        self._fraction = 0.0
        self._reason: KbstoreError | None = None
        self.rows: int | None = None
        self.bytes: int | None = None

    @contextmanager
    def phase(self, connection: duckdb.DuckDBPyConnection, start: float, end: float) -> Iterator[None]:
        """Statements of this block are the part from `start` to `end` (0 to 1) of the whole work."""
        with self._lock:
            self._raise_if_cancelled()
            self._connection, self._phase_start, self._phase_end = connection, start, end
            self._fraction = max(self._fraction, start)
        try:
            yield
        finally:
            with self._lock:
                self._connection = None
        with self._lock:
            self._raise_if_cancelled()
            self._fraction = max(self._fraction, end)

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1, never going back."""
        with self._lock:
            if self._connection is not None:
                if self._reason is not None:
                    # DuckDB forgets an interrupt that comes before its statement starts: whoever watches repeats it.
                    self._connection.interrupt()
                percent = self._connection.query_progress()
                if percent > 0:
                    span = self._phase_end - self._phase_start
                    self._fraction = max(self._fraction, self._phase_start + span * min(percent, 100.0) / 100.0)
            return self._fraction

    def cancel(self, reason: KbstoreError | None = None) -> None:
        """Stop the work: its running statement is interrupted and `reason` is raised in the worker."""
        with self._lock:
            self._reason = self._reason or reason or OperationCancelled()
            if self._connection is not None:
                self._connection.interrupt()

    def check(self) -> None:
        """Raise the reason if the work was cancelled: called between steps that DuckDB does not run."""
        with self._lock:
            self._raise_if_cancelled()

    @property
    def cancelled_with(self) -> KbstoreError | None:
        return self._reason

    def _raise_if_cancelled(self) -> None:
        if self._reason is not None:
            raise self._reason
