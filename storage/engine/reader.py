"""Reading the first rows of a table as the contract's preview shows them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import duckdb

from storage.engine.errors import translated_errors
from storage.engine.monitor import Monitor
from storage.engine.preview_json import encoded_object_sql
from storage.engine.specs import ColumnSpec, Preview

MAX_PREVIEW_BYTES = 64 * 1024 * 1024
_ROWS_AT_ONCE = 1000
# How long values may be, tried in turn until the answer fits.
_CUTS = (None, 65_536, 4_096, 256, 16)
# Long values can need more memory than the reader has however short they are cut: then fewer of them are read.
_FEWER_ROWS_FACTOR = 8


def preview_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[ColumnSpec, ...],
    limit: int,
    max_bytes: int = MAX_PREVIEW_BYTES,
    monitor: Monitor | None = None,
) -> Preview:
    """The first `limit` rows of `table`, a qualified and quoted name, in at most `max_bytes` of JSON.

    When they do not fit, there or into the memory of the connection, the longest texts and lists are cut; when even
    that does not help, the last rows are left out. The session's time zone must be UTC.
    """
    with translated_errors(monitor):
        for most_rows, cut in _attempts(limit):
            try:
                sql = _query(_first_rows(connection, table, columns, most_rows), columns, cut)
                rows, complete = _encoded_rows(connection, sql, max_bytes)
            except duckdb.OutOfMemoryException as error:
                problem = error
                continue
            if complete or cut == _CUTS[-1]:
                rows_json = ("[" + ",".join(rows) + "]").encode()
                return Preview(rows_json, len(rows), truncated=cut is not None)
        raise problem


def _attempts(limit: int) -> Iterator[tuple[int, int | None]]:
    """How many rows and how much of their values to try for, in turn."""
    yield from ((limit, cut) for cut in _CUTS)
    while limit > 1:
        limit = max(limit // _FEWER_ROWS_FACTOR, 1)
        yield limit, _CUTS[-1]


def _first_rows(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[ColumnSpec, ...], limit: int) -> str:
    """SQL for the first rows. A mere LIMIT would read the long values of the whole first vector, so row numbers bound
    it, unless a column of that name hides them.
    """
    first = f"SELECT * FROM {table}"  # noqa: S608 - the name is quoted
    if all(column.name.lower() != "rowid" for column in columns):
        found = connection.execute(f"SELECT max(rowid) FROM (SELECT rowid FROM {table} LIMIT {int(limit)})")  # noqa: S608
        row = found.fetchone()
        first += f" WHERE rowid <= {int(row[0]) if row and row[0] is not None else 0}"
    return f"{first} LIMIT {int(limit)}"


def _query(source: str, columns: tuple[ColumnSpec, ...], cut: int | None) -> str:
    encoded = encoded_object_sql([(column.name, column.type) for column in columns], cut=cut)
    return f"SELECT {encoded} FROM ({source})"  # noqa: S608 - names are quoted


def _encoded_rows(connection: duckdb.DuckDBPyConnection, sql: str, max_bytes: int) -> tuple[list[str], bool]:
    """The rows that fit, and whether these are all. Rows are taken in batches, so the excess is never held."""
    result = connection.execute(sql)
    rows: list[str] = []
    room = max_bytes - 2
    while batch := list(chain.from_iterable(result.fetchmany(_ROWS_AT_ONCE))):
        size = len(",".join(batch).encode()) + 1
        if size > room:
            return rows + _first_that_fit(batch, room), False
        room -= size
        rows += batch
    return rows, True


def _first_that_fit(batch: list[str], room: int) -> list[str]:
    fitting: list[str] = []
    for row in batch:
        room -= len(row.encode()) + 1
        if room < 0:
            break
        fitting.append(row)
    return fitting
