"""How full a version file is, and whether it is worth being written anew."""

from __future__ import annotations

import duckdb

from storage.engine.sql import count_rows_sql, qualified_name
from storage.engine.versions import LARGE_TABLE_BYTES, WORN_FRACTION, is_worn


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """The number of rows of `table`, an already qualified name."""
    row = connection.execute(count_rows_sql(table)).fetchone()
    return int(row[0]) if row else 0


def is_wasteful(connection: duckdb.DuckDBPyConnection, alias: str) -> bool:
    """Whether much of an attached, checkpointed file is deleted rows or free blocks, or all its rows are gone."""
    row_count = count_rows(connection, qualified_name(alias))
    return row_count == 0 or is_worn(connection, alias, row_count) or _is_hollow(connection, alias)


def _is_hollow(connection: duckdb.DuckDBPyConnection, alias: str) -> bool:
    query = "SELECT block_size * total_blocks, free_blocks / total_blocks FROM pragma_database_size() "
    row = connection.execute(query + "WHERE database_name = ? AND total_blocks > 0", [alias]).fetchone()
    return row is not None and row[0] >= LARGE_TABLE_BYTES and row[1] > WORN_FRACTION
