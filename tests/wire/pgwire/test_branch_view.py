"""What a workspace of a dev branch sees: the branch's own versions, and main's as they are now for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cast import BRANCH, BUCKET, TABLE, Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, analyst, make_branch_workspace

Db = psycopg.Connection[Any]
ORDERS = {"bucket": "in.c-sales", "table": "orders"}
PULL, PUSH = BRANCH + "/tables/{bucket}/{table}/pull", BRANCH + "/tables/{bucket}/{table}/push"
COUNT = "SELECT count(*) FROM in_c_sales.orders"


@pytest.fixture
def main(sql: SqlServer) -> Iterator[tuple[Person, Login]]:
    with analyst(sql) as found:
        yield found


@pytest.fixture
def dev(main: tuple[Person, Login]) -> Person:
    owner, _ = main
    return Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=owner.make_branch())


@pytest.fixture
def in_branch(sql: SqlServer, dev: Person) -> Iterator[Db]:
    with make_branch_workspace(sql, dev).connect() as connection:
        yield connection


def count(db: Db, query: str = COUNT) -> int:
    row = db.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def add(person: Person, *ids: int, table: str = "orders") -> None:
    content = "id,amount\n" + "".join(f"{number},{number}\n" for number in ids)
    person.load(content, table, incremental=True).raise_for_status()


def test_main_is_seen_live_until_the_branch_writes(main: tuple[Person, Login], dev: Person, in_branch: Db) -> None:
    assert count(in_branch) == 3
    add(main[0], 4)
    assert count(in_branch) == 4
    add(dev, 5, 6)
    assert count(in_branch) == 6
    add(main[0], 7)
    assert count(in_branch) == 6
    with main[1].connect() as of_main:
        assert count(of_main) == 5


def test_pull_and_push_change_the_view_at_the_next_statement(
    main: tuple[Person, Login], dev: Person, in_branch: Db
) -> None:
    with main[1].connect() as of_main:
        add(dev, 4)
        assert (count(in_branch), count(of_main)) == (4, 3)
        dev.post(PULL, **ORDERS).raise_for_status()
        assert count(in_branch) == 3
        add(dev, 4, 5)
        assert count(in_branch) == 5
        dev.post(PUSH, **ORDERS).raise_for_status()
        assert (count(in_branch), count(of_main)) == (5, 5)


def test_a_table_of_the_branch_alone_is_seen_there_alone(
    main: tuple[Person, Login], dev: Person, in_branch: Db
) -> None:
    dev.make_table("in.c-sales", "made", {"id": "BIGINT"})
    assert count(in_branch, "SELECT count(*) FROM in_c_sales.made") == 0
    with main[1].connect() as of_main, pytest.raises(psycopg.errors.UndefinedTable):
        count(of_main, "SELECT count(*) FROM in_c_sales.made")
    main[0].make_table("in.c-sales", "later", {"id": "BIGINT"})
    assert count(in_branch, "SELECT count(*) FROM in_c_sales.later") == 0


def test_a_view_of_the_workspace_follows_the_branch(dev: Person, in_branch: Db) -> None:
    in_branch.execute("CREATE VIEW twice AS SELECT id * 2 AS id FROM in_c_sales.orders")
    add(dev, 4)
    assert count(in_branch, "SELECT count(*) FROM twice") == 4
    dev.post(PULL, **ORDERS).raise_for_status()
    assert count(in_branch, "SELECT count(*) FROM twice") == 3


def test_a_block_keeps_what_it_saw_whatever_the_branch_does(dev: Person, in_branch: Db) -> None:
    in_branch.execute("BEGIN")
    assert count(in_branch) == 3
    add(dev, 4)
    assert count(in_branch) == 3
    in_branch.execute("COMMIT")
    assert count(in_branch) == 4


def test_workspaces_of_two_branches_and_of_main_do_not_mix(
    sql: SqlServer, main: tuple[Person, Login], dev: Person, in_branch: Db
) -> None:
    owner, login = main
    other = Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=owner.make_branch("other"))
    with make_branch_workspace(sql, other).connect() as in_other, login.connect() as of_main:
        add(dev, 4)
        add(other, 5, 6)
        assert (count(in_branch), count(in_other), count(of_main)) == (4, 5, 3)
        in_branch.execute("CREATE TABLE mine (i int)")
        for stranger in (in_other, of_main):
            with pytest.raises(psycopg.errors.UndefinedTable):
                stranger.execute("FROM mine")


def test_deleting_the_branch_ends_its_sessions(main: tuple[Person, Login], dev: Person, in_branch: Db) -> None:
    main[0].delete("/projects/{p}/branches/{b}", b=dev.branch_id).raise_for_status()
    with pytest.raises(psycopg.OperationalError):
        in_branch.execute("SELECT 1")


class TestWhatHappensToTables:
    def test_one_that_is_deleted_is_gone_at_the_next_statement(self, main: tuple[Person, Login]) -> None:
        owner, login = main
        with login.connect() as db, login.connect() as in_block:
            in_block.execute("BEGIN")
            assert count(in_block) == 3
            assert count(db) == 3
            owner.delete(TABLE, **ORDERS).raise_for_status()
            with pytest.raises(psycopg.errors.UndefinedTable):
                count(db)
            assert count(in_block) == 3
            in_block.execute("COMMIT")
            owner.make_table("in.c-sales", "orders", {"other": "VARCHAR"})
            assert db.execute("SELECT * FROM in_c_sales.orders").description[0].name == "other"  # type: ignore[index]

    def test_a_bucket_that_is_deleted_takes_its_tables_along(self, main: tuple[Person, Login]) -> None:
        owner, login = main
        with login.connect() as db:
            assert count(db) == 3
            owner.delete(BUCKET + "?force=true", bucket="in.c-sales").raise_for_status()
            with pytest.raises(psycopg.Error) as caught:
                count(db)
            assert caught.value.sqlstate in ("42P01", "3F000")

    def test_changed_columns_are_seen_at_once_by_statements_views_and_prepared_statements(
        self, main: tuple[Person, Login]
    ) -> None:
        owner, login = main
        with login.connect() as db:
            db.execute("CREATE VIEW all_of_it AS SELECT * FROM in_c_sales.orders")
            assert db.execute("SELECT * FROM in_c_sales.orders", prepare=True).fetchone() == (1, 1.5)
            owner.post(TABLE + "/columns", **ORDERS, json={"name": "note", "type": "VARCHAR"}).raise_for_status()
            assert db.execute("SELECT note FROM in_c_sales.orders").fetchone() == (None,)
            assert db.execute("SELECT id FROM all_of_it").fetchone() == (1,)
            owner.delete(TABLE + "/columns/amount", **ORDERS).raise_for_status()
            with pytest.raises(psycopg.errors.UndefinedColumn):
                db.execute("SELECT amount FROM in_c_sales.orders")

    def test_an_import_waits_for_no_reader_and_no_reader_for_it(self, main: tuple[Person, Login]) -> None:
        owner, login = main
        with login.connect(autocommit=False) as reader, login.connect() as other:
            with reader.cursor("slow") as rows:
                rows.itersize = 10
                rows.execute("SELECT o.id FROM range(200000) r, in_c_sales.orders o")
                assert rows.fetchone() is not None
                add(owner, 4)
                assert count(other) == 4
                assert sum(1 for _ in rows.fetchmany(1000)) == 1000
