"""Transactions, savepoints, cancelling and time-outs, as each client does them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import asyncpg
import psycopg
import psycopg2
import pytest
import sqlalchemy
from psycopg import pq

from tests.clients.drivers import ClientError, Driver, Libpq, Psycopg2, Psycopg3, connected, engine, url_options
from tests.clients.matrix import by, covers
from tests.wire.pgwire.sql_cast import Login

ALL = ("libpq C", "psycopg2", "psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2")
ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000000) b"


def count(db: Driver, table: str) -> int:
    return len(db.run(f"SELECT 1 FROM {table}"))


@by(*ALL, covering="transactions, failed block, COMMIT -> ROLLBACK")
def test_a_failed_block_is_rolled_back(login: Login, client: str) -> None:
    with connected(client, login) as db:
        table = f"blocks_{type(db).__name__}"
        db.run(f"CREATE TABLE {table} (i integer)")
        for end in ("ROLLBACK", "COMMIT"):
            db.run("BEGIN")
            db.run(f"INSERT INTO {table} VALUES (1)")
            db.run(end)
        assert count(db, table) == 1
        db.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE")
        db.run(f"INSERT INTO {table} VALUES (2)")
        with pytest.raises(ClientError) as wrong:
            db.run("SELECT not_there")
        with pytest.raises(ClientError) as aborted:
            db.run("SELECT 1")
        assert (wrong.value.sqlstate, aborted.value.sqlstate) == ("42703", "25P02")
        db.run("ROLLBACK" if client == "pg8000" else "COMMIT")  # pg8000 refuses to send the latter
        assert count(db, table) == 1
        db.run("START TRANSACTION READ ONLY")
        with pytest.raises(ClientError) as refused:
            db.run(f"INSERT INTO {table} VALUES (3)")
        assert refused.value.sqlstate == "25006"
        db.run("ROLLBACK")


@covers("psycopg 3", "transactions, failed block, COMMIT -> ROLLBACK", "savepoints")
def test_blocks_of_psycopg(login: Login) -> None:
    with login.connect() as db:
        db.execute("CREATE TABLE three_blocks (i integer)")
        with db.transaction() as block:
            db.execute("INSERT INTO three_blocks VALUES (1)")
            raise psycopg.Rollback(block)
        with db.transaction():
            db.execute("INSERT INTO three_blocks VALUES (2)")
            with db.transaction():
                db.execute("SELECT 1")
            with pytest.raises(psycopg.errors.UndefinedColumn), db.transaction():
                db.execute("SELECT not_there")
            db.execute("INSERT INTO three_blocks VALUES (3)")
        assert db.execute("SELECT i FROM three_blocks ORDER BY i").fetchall() == [(2,), (3,)]
        assert db.info.transaction_status == pq.TransactionStatus.IDLE


@covers("asyncpg", "transactions, failed block, COMMIT -> ROLLBACK", "savepoints")
def test_blocks_of_asyncpg(login: Login) -> None:
    async def run() -> None:
        db = await asyncpg.connect(**url_options(login))
        await db.execute("CREATE TABLE asyncpg_blocks (i integer)")
        block = db.transaction()
        await block.start()
        await db.execute("INSERT INTO asyncpg_blocks VALUES (1)")
        await block.rollback()
        async with db.transaction(isolation="serializable"):
            await db.execute("INSERT INTO asyncpg_blocks VALUES ($1)", 2)
            async with db.transaction():
                assert await db.fetchval("SELECT 1") == 1
            with pytest.raises(asyncpg.UndefinedColumnError):
                async with db.transaction():
                    await db.execute("SELECT not_there")
            await db.execute("INSERT INTO asyncpg_blocks VALUES (3)")
        assert [row["i"] for row in await db.fetch("SELECT i FROM asyncpg_blocks ORDER BY i")] == [2, 3]
        await db.close()

    asyncio.run(run())


@covers("SQLAlchemy 2", "transactions, failed block, COMMIT -> ROLLBACK", "savepoints")
def test_blocks_of_sqlalchemy(login: Login) -> None:
    own = engine(login)
    with own.begin() as db:
        db.exec_driver_sql("CREATE TABLE alchemy_blocks (i integer)")
        with pytest.raises(sqlalchemy.exc.ProgrammingError), db.begin_nested():
            db.exec_driver_sql("SELECT not_there")
        db.exec_driver_sql("INSERT INTO alchemy_blocks VALUES (1)")
    with own.begin() as db:
        db.exec_driver_sql("INSERT INTO alchemy_blocks VALUES (2)")
        db.rollback()
    with own.connect() as db:
        assert db.exec_driver_sql("SELECT i FROM alchemy_blocks").all() == [(1,)]
    own.dispose()


@by("libpq C", "psycopg2", "pg8000", covering="savepoints")
def test_savepoints(login: Login, client: str) -> None:
    with connected(client, login) as db:
        table = f"saved_{type(db).__name__}"
        db.run(f"CREATE TABLE {table} (i integer)")
        db.run("BEGIN")
        db.run(f"INSERT INTO {table} VALUES (1)")
        db.run("SAVEPOINT a")
        with pytest.raises(ClientError):
            db.run("SELECT not_there")
        db.run("ROLLBACK TO SAVEPOINT a")
        db.run("RELEASE SAVEPOINT a")
        db.run("COMMIT")
        assert count(db, table) == 1


@by(*ALL, covering="savepoints")
def test_a_savepoint_does_not_undo_changes(login: Login, client: str) -> None:
    with connected(client, login) as db:
        table = f"kept_{type(db).__name__}"
        db.run(f"CREATE TABLE {table} (i integer)")
        db.run("BEGIN")
        db.run("SAVEPOINT a")
        db.run(f"INSERT INTO {table} VALUES (1)")
        with pytest.raises(ClientError) as refused:
            db.run("ROLLBACK TO a")
        assert refused.value.sqlstate == "0A000"
        db.run("ROLLBACK")
        assert count(db, table) == 0


@by("libpq C", "psycopg2", "psycopg 3", covering="cancel running query; late cancel harmless")
def test_cancel(login: Login, client: str) -> None:
    with connected(client, login) as db:
        cancel = canceller(db)
        cancel()
        assert db.run("SELECT 'not cancelled'") == [("not cancelled",)]
        stopper = threading.Thread(target=cancel_until, args=(cancel, stopped := threading.Event()))
        stopper.start()
        with pytest.raises(ClientError) as cancelled:
            db.run(ENDLESS)
        stopped.set()
        stopper.join()
        assert cancelled.value.sqlstate == "57014"
        assert "user request" in str(cancelled.value)
        assert db.run("SELECT 'alive'") == [("alive",)]


def canceller(db: Driver) -> Callable[[], object]:
    if isinstance(db, Libpq):
        return db.connection.get_cancel().cancel
    if isinstance(db, Psycopg3):
        return db.connection.cancel_safe
    assert isinstance(db, Psycopg2)
    return db.connection.cancel


def cancel_until(cancel: Callable[[], object], stopped: threading.Event) -> None:
    """The first may come before the statement does."""
    while not stopped.wait(0.2):
        cancel()


@covers("asyncpg", "cancel running query; late cancel harmless")
def test_cancel_by_asyncpg(login: Login) -> None:
    async def run() -> None:
        db = await asyncpg.connect(**url_options(login))
        with pytest.raises(asyncio.TimeoutError):
            await db.fetch(ENDLESS, timeout=0.3)
        assert await db.fetchval("SELECT 'alive'") == "alive"
        await db.close()

    asyncio.run(run())


@by(*ALL, covering="statement_timeout, idle time-outs")
def test_time_outs(login: Login, client: str) -> None:
    with connected(client, login) as db:
        db.run("SET statement_timeout = '100ms'")
        started = time.monotonic()
        with pytest.raises(ClientError) as late:
            db.run(ENDLESS)
        assert (late.value.sqlstate, time.monotonic() - started < 5) == ("57014", True)
        assert "statement timeout" in str(late.value)
        db.run("SET statement_timeout = 0")
        assert db.run("SELECT 'alive'") == [("alive",)]


@covers("psycopg 3", "statement_timeout, idle time-outs")
@covers("psycopg2", "statement_timeout, idle time-outs")
def test_an_idle_transaction_is_ended(login: Login) -> None:
    with login.connect() as db:
        db.execute("SET idle_in_transaction_session_timeout = '50ms'")
        db.execute("BEGIN")
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            repeat(lambda: db.execute("SELECT 1"))
    connection = psycopg2.connect(login.dsn(options="'-c idle_session_timeout=50ms'"))
    connection.autocommit = True
    with pytest.raises(psycopg2.OperationalError, match="server closed the connection"):
        repeat(lambda: connection.cursor().execute("SELECT 1"))
    connection.close()


def repeat(run: Callable[[], object]) -> None:
    """Every 0.2 seconds, until it fails or five have gone."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        time.sleep(0.2)
        run()
