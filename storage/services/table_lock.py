"""Taking the write lock of a table, with its wait measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from kbstore import metrics
from kbstore.operations import note_lock_wait
from storage.engine.monitor import Monitor
from storage.models import Table
from storage.runtime import engine


@contextmanager
def table_locked(table: Table, key: str, monitor: Monitor | None = None) -> Iterator[None]:
    """Hold the lock `key` of a table. Raises Locked; a cancelled `monitor` ends the wait."""
    project_id, started = table.bucket.project_id, time.monotonic()
    with ExitStack() as stack:
        with metrics.write_waits(project_id):
            stack.enter_context(engine().write_lock(key, monitor=monitor))
        waited = time.monotonic() - started
        note_lock_wait(waited)
        metrics.table_lock_taken(project_id, table.bucket.name, table.name, waited)
        yield
