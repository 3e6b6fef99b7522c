"""The protocol as drivers use it: prepared statements, portals, pipelines, cancel, time-outs, the end."""

from __future__ import annotations

import asyncio
import select
import threading
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pg8000.native
import psycopg
import pytest

from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace

Db = psycopg.Connection[Any]
SLOW = "SELECT count(*) FROM range(1000000000000) a(i) WHERE hash(i) = 1"


def wait_until(check: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def has_ended(db: Db) -> bool:
    """Whether the server has said good-bye; asks for nothing, so that an idle session stays idle."""
    readable, _, _ = select.select([db.fileno()], [], [], 0.1)
    if not readable:
        return False
    try:
        db.execute("SELECT 1")
    except psycopg.Error:
        return True
    return False


def send_together(db: Db, *statements: str) -> None:
    with db.pipeline():
        for statement in statements:
            db.execute(statement)


class TestParameters:
    def test_types_are_inferred(self, db: Db) -> None:
        assert db.execute("SELECT id FROM in_c_sales.orders WHERE id = %s", (2,)).fetchall() == [(2,)]
        assert db.execute("SELECT id FROM in_c_sales.orders WHERE id = %b", (2,)).fetchall() == [(2,)]
        assert db.execute("SELECT %s || 'x'", ("a",)).fetchall() == [("ax",)]
        assert db.execute("SELECT id FROM in_c_sales.orders WHERE id = ANY(%s) ORDER BY 1", ([1, 3],)).fetchall() == [
            (1,),
            (3,),
        ]

    def test_prepared_statements_run_again(self, db: Db) -> None:
        for number in range(8):
            assert db.execute("SELECT %s::int + 1", (number,), prepare=True).fetchone() == (number + 1,)

    def test_a_prepared_statement_follows_a_changed_table(self, db: Db) -> None:
        db.execute("CREATE TABLE changing (i int)")
        db.execute("SELECT count(*) FROM changing", prepare=True)
        db.execute("ALTER TABLE changing ADD COLUMN t text")
        assert db.execute("SELECT count(*) FROM changing", prepare=True).fetchone() == (0,)

    def test_a_prepared_statement_sees_each_import(self, ana: tuple[Person, Login], login: Login) -> None:
        ana[0].make_table("in.c-sales", "prepared", {"i": "BIGINT"})
        with login.connect() as db:
            for count in range(3):
                ana[0].load("".join(f"{i}\n" for i in ["i", *range(count)]), "prepared").raise_for_status()
                assert db.execute("SELECT count(*) FROM in_c_sales.prepared", prepare=True).fetchone() == (count,)

    def test_a_prepared_statement_whose_columns_changed_says_so(self, db: Db, login: Login) -> None:
        db.execute("CREATE TABLE widened (i int)")
        db.execute("SELECT * FROM widened", prepare=True)
        with login.connect() as other:
            other.execute("ALTER TABLE widened ADD COLUMN t text")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan"):
            db.execute("SELECT * FROM widened", prepare=True)

    def test_executemany_is_one_transaction(self, login: Login) -> None:
        with login.connect() as db:
            db.execute("CREATE TABLE many (i int)")
            with db.cursor() as cursor:
                cursor.executemany("INSERT INTO many VALUES (%s)", [(i,) for i in range(500)])
                with pytest.raises(psycopg.Error):
                    cursor.executemany("INSERT INTO many VALUES (%s)", [("1",), ("x",), ("3",)])
            assert db.execute("SELECT count(*), sum(i) FROM many").fetchone() == (500, 124_750)

    def test_a_wrong_value_is_22p02(self, db: Db) -> None:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            db.execute("SELECT id FROM in_c_sales.orders WHERE id = %s", ("abc",))


class TestPipeline:
    def test_all_or_nothing_up_to_sync(self, login: Login) -> None:
        with login.connect() as db:
            db.execute("CREATE TABLE piped (i int)")
            with pytest.raises(psycopg.Error):
                send_together(db, "INSERT INTO piped VALUES (1)", "SELECT 'x'::int", "INSERT INTO piped VALUES (3)")
            assert db.execute("SELECT count(*) FROM piped").fetchone() == (0,)
            with db.pipeline():
                for i in range(100):
                    db.execute("INSERT INTO piped VALUES (%s)", (i,))
            assert db.execute("SELECT count(*) FROM piped").fetchone() == (100,)


class TestSqlLevelPrepare:
    def test_prepare_execute_deallocate(self, db: Db) -> None:
        db.execute("PREPARE twice AS SELECT $1::int * 2")
        assert db.execute("EXECUTE twice(21)").fetchone() == (42,)
        db.execute("DEALLOCATE twice")
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            db.execute("EXECUTE twice(1)")


class TestAsyncpg:
    def run(self, login: Login, work: Callable[[asyncpg.Connection], Any]) -> Any:
        async def go() -> Any:
            db = await asyncpg.connect(
                host="127.0.0.1", port=login.port, user=login.user, password=login.password, database=login.database,
                ssl=False,
            )  # fmt: skip
            try:
                return await work(db)
            finally:
                await db.close()

        return asyncio.run(go())

    def test_queries_parameters_and_tags(self, login: Login) -> None:
        async def work(db: asyncpg.Connection) -> None:
            assert await db.fetchval("SELECT 1") == 1
            assert await db.fetchval("SELECT $1::int + $2::int", 1, 2) == 3
            await db.execute("CREATE TABLE apg (i int, t text)")
            assert await db.execute("INSERT INTO apg VALUES ($1, $2)", 1, "ä") == "INSERT 0 1"
            await db.executemany("INSERT INTO apg VALUES ($1, $2)", [(i, str(i)) for i in range(100)])
            assert await db.fetchval("SELECT count(*) FROM apg") == 101
            rows = await db.fetch("SELECT id, amount FROM in_c_sales.orders ORDER BY id")
            assert [tuple(row) for row in rows] == [(1, 1.5), (2, 2.5), (3, 3.5)]

        self.run(login, work)

    def test_json_parameters(self, login: Login) -> None:
        async def work(db: asyncpg.Connection) -> None:
            assert await db.fetchval("SELECT $1::json", '{"a": 1}') == '{"a": 1}'

        self.run(login, work)

    def test_a_parameter_whose_type_one_place_only_tells(self, login: Login) -> None:
        async def work(db: asyncpg.Connection) -> None:
            # As it stands, this breaks the engine (1.5.5).
            assert tuple(await db.fetchrow("SELECT typeof($1), $1::VARCHAR", "x")) == ("VARCHAR", "x")

        self.run(login, work)

    def test_cursors_fetch_by_portals(self, login: Login) -> None:
        async def work(db: asyncpg.Connection) -> None:
            async with db.transaction():
                seen = 0
                async for row in db.cursor("SELECT i FROM range(10000) t(i)", prefetch=1500):
                    assert row[0] == seen
                    seen += 1
                    if seen == 2000:
                        # Another statement between two fetches: the open rows are kept aside.
                        assert await db.fetchval("SELECT 7") == 7
                assert seen == 10_000

        self.run(login, work)

    def test_errors_and_nested_transactions(self, login: Login) -> None:
        async def work(db: asyncpg.Connection) -> None:
            with pytest.raises(asyncpg.UndefinedTableError):
                await db.fetch("SELECT * FROM nowhere")
            async with db.transaction():
                with pytest.raises(asyncpg.UndefinedColumnError):
                    async with db.transaction():
                        await db.fetch("SELECT nope FROM in_c_sales.orders")
                assert await db.fetchval("SELECT 5") == 5

        self.run(login, work)


class TestPg8000:
    def test_queries_and_parameters(self, login: Login) -> None:
        db = pg8000.native.Connection(
            login.user, host="127.0.0.1", port=login.port, password=login.password, database=login.database
        )
        try:
            assert db.run("SELECT 1") == [[1]]
            assert db.run("SELECT id FROM in_c_sales.orders WHERE amount > :least ORDER BY id", least=2.0) == [[2], [3]]
            with pytest.raises(pg8000.native.DatabaseError):
                db.run("SELECT * FROM nowhere")
            assert db.run("SELECT 'again'") == [["again"]]
        finally:
            db.close()


class TestStopping:
    def test_cancel(self, db: Db) -> None:
        timer = threading.Timer(0.3, db.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to user request"):
            db.execute(SLOW)
        timer.join()
        assert db.execute("SELECT 1").fetchone() == (1,)

    def test_cancel_while_rows_are_sent(self, login: Login) -> None:
        with login.connect() as db, db.cursor() as cursor:
            rows = cursor.stream("SELECT repeat('x', 1000) FROM range(100000000)")
            next(rows)
            db.cancel_safe()
            with pytest.raises(psycopg.errors.QueryCanceled):
                for _ in rows:
                    pass

    def test_statement_timeout(self, db: Db) -> None:
        db.execute("SET statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to statement timeout"):
            db.execute(SLOW)
        db.execute("SET statement_timeout = 0")
        assert db.execute("SELECT 1").fetchone() == (1,)

    def test_an_idle_block_ends(self, login: Login) -> None:
        with login.connect() as db:
            db.execute("SET idle_in_transaction_session_timeout = '200ms'")
            db.execute("BEGIN")
            wait_until(lambda: has_ended(db))

    def test_the_owner_ends_sessions(self, ana: tuple[Person, Login], login: Login) -> None:
        path = "/projects/{p}/workspaces/{id}"
        with login.connect() as db:
            listed = ana[0].get(f"{path}/sessions", id=login.workspace_id).json()
            assert "pgw_" in str(listed)
            ana[0].post(f"{path}/disconnect-all", id=login.workspace_id).raise_for_status()
            wait_until(lambda: has_ended(db))

    def test_a_deleted_workspace_ends_its_sessions(self, ana: tuple[Person, Login], sql: SqlServer) -> None:
        login = make_workspace(sql, ana[0])
        with login.connect() as db:
            db.execute("CREATE TABLE t (i int)")
            ana[0].delete("/projects/{p}/workspaces/{id}", id=login.workspace_id).raise_for_status()
            wait_until(lambda: has_ended(db))

    def test_a_client_that_vanishes_frees_its_session(self, ana: tuple[Person, Login], sql: SqlServer) -> None:
        login = make_workspace(sql, ana[0])
        db = login.connect()
        db.execute("SELECT 1")
        db.close()
        path = "/projects/{p}/workspaces/{id}/sessions"
        wait_until(lambda: "'active'" not in str(ana[0].get(path, id=login.workspace_id).json()))
        assert "'query_count': 1" in str(ana[0].get(path, id=login.workspace_id, params={"status": ""}).json())


class TestFull:
    def test_a_full_workspace_takes_no_more_rows(self, ana: tuple[Person, Login], sql: SqlServer) -> None:
        login = make_workspace(sql, ana[0])
        with login.connect() as db:
            db.execute("CREATE TABLE t AS SELECT 1 AS i")
        sql.server.execute("UPDATE workspaces_workspace SET size_limit_bytes = 1 WHERE id = ?", login.workspace_id)
        with login.connect() as db:
            with pytest.raises(psycopg.errors.DiskFull):
                db.execute("INSERT INTO t VALUES (1)")
            assert db.execute("DELETE FROM t").statusmessage == "DELETE 1"
            db.execute("DROP TABLE t")
