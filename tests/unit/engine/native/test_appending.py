"""Batches as the rows of an INSERT, in the transaction of their connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from storage.engine.native import Appender, ErrorKind, NativeConnection, NativeDatabase, NativeError, rows


@pytest.fixture
def connection() -> Iterator[NativeConnection]:
    with NativeDatabase({}) as database, database.connect() as connection:
        connection.run("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR DEFAULT 'none', twice AS (2 * id))")
        yield connection


def ids(*values: int | None) -> pa.RecordBatch:
    return pa.record_batch({"id": pa.array(values, pa.int64())})


def appender(connection: NativeConnection, sql: str = "INSERT INTO t (id) SELECT id FROM source") -> Appender:
    return Appender(connection, sql, source="source", columns={"id": "BIGINT"})


def content(connection: NativeConnection) -> list[tuple[Any, ...]]:
    return rows(connection, "SELECT * FROM t ORDER BY id")


def test_rows_of_many_batches_are_there_after_a_flush(connection: NativeConnection) -> None:
    with appender(connection) as target:
        target.append(ids(1, 2))
        target.append(ids(3))
        target.flush()
    assert content(connection) == [(1, "none", 2), (2, "none", 4), (3, "none", 6)]


def test_a_batch_may_be_longer_than_a_vector(connection: NativeConnection) -> None:
    with appender(connection) as target:
        target.append(ids(*range(5000)))
        target.flush()
    assert rows(connection, "SELECT count(*), sum(id) FROM t")[0] == (5000, 12497500)


def test_what_was_not_flushed_is_forgotten(connection: NativeConnection) -> None:
    with appender(connection) as target:
        target.append(ids(1))
    assert content(connection) == []


def test_rows_go_with_their_transaction(connection: NativeConnection) -> None:
    connection.run("BEGIN")
    with appender(connection) as target:
        target.append(ids(1))
        target.flush()
    assert len(content(connection)) == 1
    connection.run("ROLLBACK")
    assert content(connection) == []


@pytest.mark.parametrize(
    ("batch", "words"), [(ids(1, 1), "(?i)primary key"), (ids(None), "NOT NULL constraint failed: t.id")]
)
def test_constraints_hold(connection: NativeConnection, batch: pa.RecordBatch, words: str) -> None:
    with appender(connection) as target:
        target.append(batch)
        with pytest.raises(NativeError, match=words) as caught:
            target.flush()
    assert caught.value.kind is ErrorKind.CONSTRAINT
    assert content(connection) == []


def test_a_table_that_is_not_there(connection: NativeConnection) -> None:
    target = appender(connection, "INSERT INTO missing SELECT id FROM source")
    target.append(ids(1))
    with pytest.raises(NativeError, match="Table with name missing does not exist"):
        target.flush()


def test_a_closed_appender_takes_nothing(connection: NativeConnection) -> None:
    target = appender(connection)
    target.close()
    target.close()
    with pytest.raises(NativeError, match="closed"):
        target.append(ids(1))


def test_types_that_cannot_be_appended_are_refused(connection: NativeConnection) -> None:
    with pytest.raises(NativeError, match="cannot be appended"):
        Appender(connection, "INSERT INTO t (id) SELECT id FROM source", source="source", columns={"id": "ENUM('a')"})


def test_it_can_be_interrupted(connection: NativeConnection) -> None:
    endless = "INSERT INTO t (id) SELECT max(a.range) FROM range(100000) a, range(1000000) b, source"
    with appender(connection, endless) as target:
        target.append(ids(1))
        timer = threading.Timer(0.05, connection.interrupt)
        timer.start()
        with pytest.raises(NativeError) as caught:
            target.flush()
        timer.join()
    assert caught.value.kind is ErrorKind.INTERRUPT
    assert content(connection) == []


def test_it_ends_with_its_connection() -> None:
    with NativeDatabase({}) as database:
        connection = database.connect()
        connection.run("CREATE TABLE t (id BIGINT)")
        target = appender(connection)
        target.append(ids(1))
        connection.close()
        target.close()
        with pytest.raises(NativeError):
            target.flush()
