"""A native database and connection, and a short way to the rows of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from storage.engine.native import NativeConnection, NativeDatabase, rows


@pytest.fixture
def database() -> Iterator[NativeDatabase]:
    with NativeDatabase({"threads": "2", "memory_limit": "500MB"}) as database:
        yield database


@pytest.fixture
def connection(database: NativeDatabase) -> NativeConnection:
    return database.connect()


@pytest.fixture
def query(connection: NativeConnection) -> Callable[..., list[tuple[Any, ...]]]:
    """All rows of a query with these parameters."""
    return lambda sql, *values: rows(connection, sql, *values)
