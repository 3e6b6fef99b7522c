"""Writing the rows of a table in its next shape."""

from __future__ import annotations

import duckdb

from storage.engine.monitor import Monitor
from storage.engine.specs import Alteration, ColumnSpec
from storage.engine.sql import quote_identifier, quote_identifiers


def alter_rows(
    *, connection: duckdb.DuckDBPyConnection, source: str, target: str, alteration: Alteration, monitor: Monitor
) -> None:
    """Copy all rows of `source` into `target`, an empty table of the new shape; both are qualified names."""
    filled = [
        (column, origin)
        for column, origin in zip(alteration.after.columns, alteration.sources, strict=True)
        if origin is not None
    ]
    names = quote_identifiers(column.name for column, _ in filled)
    values = ", ".join(_converted(column, origin) for column, origin in filled)
    with monitor.phase(connection, 0.0, 1.0):
        connection.execute(f"INSERT INTO {target} ({names}) SELECT {values} FROM {source}")


def _converted(column: ColumnSpec, origin: str) -> str:
    return f"CAST({quote_identifier(origin)} AS {column.type})"
