"""Counts the queries of the catalog and its open connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from kbstore import metrics

_READS = frozenset({"SELECT", "WITH", "PRAGMA", "EXPLAIN"})
_MARKS = frozenset({"SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"})
_read = metrics.METADATA_QUERIES.labels("read"), metrics.METADATA_QUERY_DURATION.labels("read")
_write = metrics.METADATA_QUERIES.labels("write"), metrics.METADATA_QUERY_DURATION.labels("write")
_connections: WeakSet[BaseDatabaseWrapper] = WeakSet()
#: Threads open connections at the same time, and a set that grows cannot be counted.
_connections_lock = threading.Lock()


def install() -> None:
    """Count on every connection that is opened from now on."""
    connection_created.connect(_on_connection, dispatch_uid="kbstore.catalog_metrics")


def count_connections() -> None:
    """Set the gauge of open connections of this process."""
    with _connections_lock:
        known = list(_connections)
    metrics.METADATA_CONNECTIONS_ACTIVE.set(sum(each.connection is not None for each in known))


def is_read(sql: str) -> bool | None:
    """None for the marks of a transaction, which are no queries."""
    word = sql.lstrip(" \t\r\n(").split(None, 1)[:1]
    name = word[0].upper() if word else ""
    return None if name in _MARKS else name in _READS


def _on_connection(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    with _connections_lock:
        _connections.add(connection)
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)
    count_connections()


def _timed(execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
    kind = is_read(str(sql)[:64])
    if kind is None:
        return execute(sql, parameters, many, context)
    started = time.perf_counter()
    try:
        return execute(sql, parameters, many, context)
    finally:
        queries, durations = _read if kind else _write
        queries.inc()
        durations.observe(time.perf_counter() - started)


def count_read(seconds: float) -> None:
    """A query that went past Django's connections."""
    queries, durations = _read
    queries.inc()
    durations.observe(seconds)
