"""Which statements are reads."""

from __future__ import annotations

import pytest

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
