"""A part of the rows of a table in place of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec

_SAMPLE = "temp.main.profile_sample"


@contextmanager
def sampled(
    connection: duckdb.DuckDBPyConnection, table: str, spec: TableSpec, size: int, monitor: Monitor
) -> Iterator[str]:
    """The name of a temporary table of `size` rows drawn at random; the same ones as long as the block lasts."""
    with monitor.phase(connection, 0.0, 0.0):
        connection.execute(f"CREATE TEMP TABLE profile_sample AS {_drawn(table, spec, size)}")
    try:
        yield _SAMPLE
    finally:
        connection.execute(f"DROP TABLE {_SAMPLE}")


def _drawn(table: str, spec: TableSpec, size: int) -> str:
    draw = f"USING SAMPLE reservoir({int(size)} ROWS)"
    if any(name.lower() == "rowid" for name in spec.column_names):
        # The column hides the row numbers. To draw whole rows takes longer.
        return f"SELECT * FROM {table} {draw}"  # noqa: S608 - the name is quoted
    return f"SELECT * FROM {table} WHERE rowid IN (SELECT rowid FROM {table} {draw})"  # noqa: S608
