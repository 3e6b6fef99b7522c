"""Reading the first rows of a table as the contract's preview shows them."""

from __future__ import annotations

from itertools import chain

import duckdb

from storage.engine.errors import translated_errors
from storage.engine.preview_json import encoded_object_sql
from storage.engine.specs import ColumnSpec, Preview

MAX_PREVIEW_BYTES = 64 * 1024 * 1024
_ROWS_AT_ONCE = 1000
# How long values may be, tried in turn until the answer fits.
_CUTS = (None, 65_536, 4_096, 256, 16)


def preview_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[ColumnSpec, ...],
    limit: int,
    max_bytes: int = MAX_PREVIEW_BYTES,
) -> Preview:
    """The first `limit` rows of `table`, a qualified and quoted name, in at most `max_bytes` of JSON.

    When they do not fit, the longest texts and lists are cut; when even that does not help, the last rows are left
    out. The session's time zone must be UTC.
    """
    with translated_errors():
        for cut in _CUTS:
            rows, complete = _encoded_rows(connection, _query(table, columns, limit, cut), max_bytes)
            if complete:
                break
    rows_json = ("[" + ",".join(rows) + "]").encode()
    return Preview(rows_json, len(rows), truncated=cut is not None)


def _query(table: str, columns: tuple[ColumnSpec, ...], limit: int, cut: int | None) -> str:
    encoded = encoded_object_sql([(column.name, column.type) for column in columns], cut=cut)
    return f"SELECT {encoded} FROM (SELECT * FROM {table} LIMIT {int(limit)})"  # noqa: S608 - names are quoted


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
