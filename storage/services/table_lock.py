"""Taking the write lock of a table, with its wait measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from kbstore import metrics
from kbstore.errors import Locked
from kbstore.operations import note_lock_wait
from storage.engine.monitor import Monitor
from storage.models import Table
from storage.runtime import engine


@contextmanager
def table_locked(table: Table, key: str, monitor: Monitor | None = None) -> Iterator[None]:
    """Hold the lock `key` of a table. Raises Locked; a cancelled `monitor` ends the wait."""
    project_id, started = table.bucket.project_id, time.monotonic()
    with ExitStack() as stack:
        with metrics.write_waits(project_id), _named(table):
            stack.enter_context(engine().write_lock(key, monitor=monitor))
        waited = time.monotonic() - started
        note_lock_wait(waited)
        metrics.table_lock_taken(project_id, table.bucket.name, table.name, waited)
        yield


@contextmanager
def _named(table: Table) -> Iterator[None]:
    """Say which table is locked: a call may write to several."""
    try:
        yield
    except Locked as error:
        name = f"{table.bucket.name}.{table.name}"
        raise Locked(f"Table {name} is being changed by another operation. Please try again.") from error
