"""Buckets of other projects in a workspace: readable while they are linked and shared, never writable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.api.storage.test_sharing import LINK, link, share, unshare
from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, analyst

Db = psycopg.Connection[Any]
COUNT = "SELECT count(*) FROM linked.orders"


@pytest.fixture
def source(sql: SqlServer) -> Iterator[Person]:
    with analyst(sql) as (owner, _):
        yield owner


@pytest.fixture
def reader(ana: tuple[Person, Login]) -> Person:
    return ana[0]


@pytest.fixture
def linked(source: Person, reader: Person) -> Iterator[None]:
    share(source, reader).raise_for_status()
    link(reader, source).raise_for_status()
    yield
    reader.delete(LINK, bucket="linked")


def count(db: Db, query: str = COUNT) -> int:
    row = db.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def gone(db: Db) -> bool:
    with pytest.raises(psycopg.Error) as caught:
        count(db)
    return caught.value.sqlstate in ("42P01", "3F000")


def test_a_bucket_that_is_linked_later_is_seen_by_the_sessions_that_are_there(
    db: Db, login: Login, source: Person, reader: Person
) -> None:
    with login.connect() as other:
        assert gone(db)
        assert gone(other)
        share(source, reader).raise_for_status()
        link(reader, source).raise_for_status()
        assert (count(db), count(other)) == (3, 3)
        reader.delete(LINK, bucket="linked").raise_for_status()
        assert gone(db)
        assert gone(other)


def test_it_follows_its_source(db: Db, source: Person, linked: None) -> None:
    assert count(db) == 3
    source.load("id,amount\n4,4\n", "orders", incremental=True).raise_for_status()
    assert count(db) == 4
    source.make_table("in.c-sales", "more", {"id": "BIGINT"})
    assert count(db, "SELECT count(*) FROM linked.more") == 0
    assert count(db, "SELECT count(*) FROM linked.orders l JOIN in_c_sales.orders o USING (id)") == 3


def test_what_is_not_shared_any_more_is_gone_at_the_next_statement(
    db: Db, source: Person, reader: Person, linked: None
) -> None:
    db.execute("CREATE OR REPLACE VIEW over_linked AS SELECT * FROM linked.orders")
    assert count(db, "SELECT count(*) FROM over_linked") == 3
    unshare(source, reader).raise_for_status()
    assert gone(db)
    with pytest.raises(psycopg.Error):
        count(db, "SELECT count(*) FROM over_linked")
    share(source, reader).raise_for_status()
    assert count(db) == 3
    assert count(db, "SELECT count(*) FROM over_linked") == 3


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO linked.orders VALUES (9, 9)",
        "DELETE FROM linked.orders",
        "UPDATE linked.orders SET id = 0",
        "DROP TABLE linked.orders",
        "DROP VIEW linked.orders",
        "ALTER TABLE linked.orders ADD COLUMN x int",
        "CREATE TABLE linked.mine (i int)",
        "CREATE SCHEMA linked",
        "DROP SCHEMA linked CASCADE",
    ],
)
def test_it_is_read_only(db: Db, linked: None, statement: str) -> None:
    assert count(db) == 3
    with pytest.raises(psycopg.Error) as caught:
        db.execute(statement)
    assert caught.value.sqlstate in ("42501", "42P06", "42809")
    assert count(db) == 3


def test_nothing_else_of_the_source_is_there(db: Db, source: Person, linked: None) -> None:
    source.make_bucket("in.c-private")
    source.make_table("in.c-private", "secrets", {"id": "BIGINT"})
    assert count(db) == 3
    with pytest.raises(psycopg.Error) as caught:
        count(db, "SELECT count(*) FROM in_c_private.secrets")
    assert caught.value.sqlstate in ("42P01", "3F000")


def test_a_bucket_takes_the_place_of_an_own_schema_of_its_name(
    db: Db, login: Login, source: Person, reader: Person
) -> None:
    db.execute("CREATE SCHEMA linked; CREATE TABLE linked.orders AS SELECT 'mine' AS id")
    try:
        share(source, reader).raise_for_status()
        link(reader, source).raise_for_status()
        with login.connect() as other:
            assert count(other) == 3
        reader.delete(LINK, bucket="linked").raise_for_status()
        assert db.execute("SELECT id FROM linked.orders").fetchall() == [("mine",)]
    finally:
        db.execute("DROP SCHEMA linked CASCADE")
