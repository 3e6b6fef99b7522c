"""Profiles: statistics of every column of a table in as few scans as SQL allows."""

from __future__ import annotations

from typing import Any

import duckdb

from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec


def profile_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    mode: str,
    monitor: Monitor,
    sample: int | None = None,
) -> dict[str, Any]:
    raise NotImplementedError
