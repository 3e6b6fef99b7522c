"""Series that name tables, branches or workspaces: bounded in number, and gone with what they name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import values

from kbstore.metrics.branches import BRANCH_COW_BYTES, BRANCH_COW_OPERATIONS
from kbstore.metrics.interfaces import PGWIRE_CONNECTIONS_ACTIVE, PGWIRE_QUERIES, PGWIRE_QUERY_DURATION
from kbstore.metrics.writes import TABLE_LOCK_ACQUISITIONS, TABLE_LOCK_WAIT, WRITE_QUEUE_DEPTH, WRITE_QUEUE_WAIT

#: Tables that have a series of their own; those that come later share one.
MAX_TABLES = 2000
#: The label of everything beyond the limit.
OTHER = "other"

_NAMED = (
    TABLE_LOCK_ACQUISITIONS,
    WRITE_QUEUE_DEPTH,
    WRITE_QUEUE_WAIT,
    BRANCH_COW_OPERATIONS,
    BRANCH_COW_BYTES,
    PGWIRE_CONNECTIONS_ACTIVE,
    PGWIRE_QUERIES,
    PGWIRE_QUERY_DURATION,
)
_mutex = threading.Lock()
_tables: set[tuple[str, str, str]] = set()
_is_per_table = True


def name_tables(is_wanted: bool) -> None:
    """Whether series name buckets and tables (METRICS_PER_TABLE); if not, those labels are empty."""
    global _is_per_table  # noqa: PLW0603 - set once at the start
    _is_per_table = is_wanted


def table_lock_taken(project_id: str, bucket: str, table: str, waited_seconds: float) -> None:
    """Count a write lock that was just taken after so long a wait."""
    TABLE_LOCK_ACQUISITIONS.labels(*_labels_of(project_id, bucket, table)).inc()
    TABLE_LOCK_WAIT.observe(waited_seconds)
    WRITE_QUEUE_WAIT.labels(project_id).observe(waited_seconds)


@contextmanager
def write_waits(project_id: str) -> Iterator[None]:
    """Count the caller as a waiting write; leave the block as soon as the wait is over."""
    with WRITE_QUEUE_DEPTH.labels(project_id).track_inprogress():
        yield


def forget(**labels: str) -> None:
    """Drop the series that carry all these labels, because what they name was deleted.

    With several processes they stay: their files are shared and only grow.
    """
    if values.ValueClass is not values.MutexValue:
        return
    for family in _NAMED:
        if labels.keys() <= set(family._labelnames):
            family.remove_by_labels(labels)
    with _mutex:
        _tables.difference_update([key for key in _tables if _carries(key, labels)])


def _labels_of(project_id: str, bucket: str, table: str) -> tuple[str, str, str]:
    if not _is_per_table:
        return project_id, "", ""
    key = (project_id, bucket, table)
    with _mutex:
        if key not in _tables:
            if len(_tables) >= MAX_TABLES:
                return OTHER, OTHER, OTHER
            _tables.add(key)
    return key


def _carries(key: tuple[str, str, str], labels: dict[str, Any]) -> bool:
    named = dict(zip(("project_id", "bucket", "table"), key, strict=True))
    return labels.items() <= named.items()
