"""Which statements are reads, and how many connections are open."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from kbstore.catalog_metrics import _on_connection as note_opened
from kbstore.catalog_metrics import is_read


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "  (select 1) UNION", "WITH x AS (SELECT 1) SELECT 2", "PRAGMA page_count"]
)
def test_reads(sql: str) -> None:
    assert is_read(sql) is True


@pytest.mark.parametrize(
    "sql", ["INSERT INTO t VALUES (1)", "update t SET x = 1", "DELETE FROM t", "CREATE TABLE t (x)"]
)
def test_writes(sql: str) -> None:
    assert is_read(sql) is False


@pytest.mark.parametrize("sql", ['SAVEPOINT "s1"', "RELEASE SAVEPOINT s1", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"])
def test_marks_of_a_transaction_are_neither(sql: str) -> None:
    assert is_read(sql) is None


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_switches")
def test_threads_may_open_connections_at_the_same_time() -> None:
    opened = [connections.create_connection("default") for _ in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda connection: note_opened(connection=connection), opened))
