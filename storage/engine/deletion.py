"""Deleting the rows that match a condition."""

from __future__ import annotations

import duckdb

from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec


def delete_matching(
    *, connection: duckdb.DuckDBPyConnection, table: str, spec: TableSpec, where: str, monitor: Monitor
) -> int:
    """Delete from `table`, a qualified name, and return how many rows went. `where` has passed `check_predicate`."""
    with monitor.phase(connection, 0.0, 1.0):
        [row] = connection.execute(f"DELETE FROM {table} WHERE (\n{where}\n)").fetchall()
    return int(row[0])
