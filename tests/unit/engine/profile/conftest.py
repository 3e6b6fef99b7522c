"""Profiles of small tables: values in, the profile's members out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from storage.engine.config import EngineConfig
from storage.engine.connection import heavy_instance
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.profile import profile_rows
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.sql import quote_identifier

Profile = Callable[..., dict[str, Any]]


@pytest.fixture
def connection(config: EngineConfig, layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
    with heavy_instance(config) as connection:
        yield connection


@pytest.fixture
def profile(connection: duckdb.DuckDBPyConnection) -> Profile:
    """Profile a table of these columns, `name=(type, values)`; values are Python's or the text of a constant."""

    def run(mode: str = "full", sample: int | None = None, **columns: tuple[str, list[Any]]) -> dict[str, Any]:
        spec = TableSpec(tuple(ColumnSpec(name, type_text) for name, (type_text, _) in columns.items()))
        definitions = ", ".join(f"{quote_identifier(column.name)} {column.type}" for column in spec.columns)
        connection.execute(f"CREATE OR REPLACE TABLE data ({definitions})")
        rows = list(zip(*(values for _, values in columns.values()), strict=True))
        if rows:
            connection.executemany(f"INSERT INTO data VALUES ({', '.join('?' * len(columns))})", rows)
        return profile_rows(
            connection=connection, table='"main"."data"', spec=spec, mode=mode, monitor=Monitor(), sample=sample
        )

    return run


@pytest.fixture
def column(profile: Profile) -> Callable[..., dict[str, Any]]:
    """The statistics of one column of this type and these values."""

    def run(type_text: str, values: list[Any], mode: str = "full") -> dict[str, Any]:
        return profile(mode, x=(type_text, values))["statistics"][0]

    return run
