"""Statements through each client: both protocols, changes with RETURNING, errors, notices, settings, project tables."""

from __future__ import annotations

from typing import Any

import psycopg
import psycopg2
import pytest

from tests.clients.drivers import Asyncpg, ClientError, Driver, Libpq, Pg8000, Psycopg2, Psycopg3, connected
from tests.clients.matrix import by, covers
from tests.wire.pgwire.sql_cast import Login

ALL = ("libpq C", "psycopg2", "psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2")
EXTENDED = ("libpq C", "psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2")

#: What goes wrong in daily work, and the code that PostgreSQL has for it.
ERRORS = {
    "SELEC 1": "42601",
    "SELECT * FROM not_there": "42P01",
    "SELECT not_there FROM in_c_sales.orders": "42703",
    "SELECT not_there(1)": "42883",
    "SELECT 'x'::integer": "22P02",
    "SELECT 300::smallint * 300::smallint": "22003",
    "SELECT '2024-02-31'::date": "22008",
    "SELECT id, sum(amount) FROM in_c_sales.orders": "42803",
    "SELECT a.id FROM in_c_sales.orders a JOIN in_c_sales.orders b ON a.id = id": "42702",
    "CREATE TABLE not_there.mine (i int)": "3F000",
    "SELECT 1::not_there": "42704",
    "SET not_there = 1": "42704",
    "LISTEN news": "0A000",
    "COPY (SELECT 1) TO '/tmp/out.csv'": "42501",
}
#: Of a table (i integer primary key, t text not null check (t <> '')).
VIOLATIONS = {
    "INSERT INTO {} VALUES (1, 'again')": "23505",
    "INSERT INTO {} VALUES (2, NULL)": "23502",
    "INSERT INTO {} VALUES (3, '')": "23514",
}


def sqlstate(db: Driver, sql: str, *values: Any) -> str | None:
    with pytest.raises(ClientError) as caught:
        db.run(sql, *values)
    return caught.value.sqlstate


@by(*ALL, covering="SQLSTATE classes (10 typical errors)")
def test_errors_have_the_codes_of_postgresql(login: Login, client: str) -> None:
    with connected(client, login) as db:
        assert {sql: sqlstate(db, sql) for sql in ERRORS} == ERRORS
        table = f"violated_{type(db).__name__}"
        db.run(f"CREATE TABLE {table} (i integer PRIMARY KEY, t text NOT NULL CHECK (t <> ''))")
        db.run(f"INSERT INTO {table} VALUES (1, 'a')")
        assert {sql: sqlstate(db, sql.format(table)) for sql in VIOLATIONS} == VIOLATIONS
        assert db.run("SELECT 'alive'") == [("alive",)]


@covers("psycopg 3", "SQLSTATE classes (10 typical errors)")
def test_an_error_tells_where_and_what(login: Login) -> None:
    with login.connect() as db:
        with pytest.raises(psycopg.errors.UndefinedColumn) as caught:
            db.execute("SELECT id,\n  amont FROM in_c_sales.orders")
        diagnostic = caught.value.diag
        assert (diagnostic.severity, diagnostic.statement_position) == ("ERROR", "14")
        assert "amount" in (diagnostic.message_hint or "")
        db.execute("CREATE TABLE told (i integer PRIMARY KEY)")
        with pytest.raises(psycopg.errors.UniqueViolation) as violated:
            db.execute("INSERT INTO told VALUES (1), (1)")
        assert "told" in str(violated.value) or violated.value.diag.table_name == "told"


@by("libpq C", "psycopg2", "psycopg 3", "asyncpg", "SQLAlchemy 2", covering="simple query, multi-statement")
def test_many_statements_in_one_message(login: Login, client: str) -> None:
    with connected(client, login) as db:
        table = f"several_{type(db).__name__}"
        script = (
            f"CREATE TABLE {table} (i int); INSERT INTO {table} VALUES (1); /* x */ INSERT INTO {table} VALUES (2);;"
        )
        run_script(db, script)
        assert db.run(f"SELECT count(*)::int FROM {table} HAVING count(*) = 2") != []
        with pytest.raises(ClientError):
            run_script(db, f"INSERT INTO {table} VALUES (3); SELECT not_there; INSERT INTO {table} VALUES (4)")
        assert db.run(f"SELECT i FROM {table} WHERE i > 2") == []


def run_script(db: Driver, script: str) -> None:
    with db.errors():
        if isinstance(db, Libpq):
            result = db.connection.exec_(script.encode())
            if result.error_message:
                raise ClientError(None, result.error_message.decode())
        elif isinstance(db, Asyncpg):
            db.loop.run_until_complete(db.connection.execute(script))
        elif isinstance(db, (Psycopg2, Psycopg3)):
            db.connection.cursor().execute(script)
        else:
            db.connection.exec_driver_sql(script)


@by(*EXTENDED, covering=("extended query, unnamed and named", "RETURNING through the extended protocol"))
def test_prepared_statements_and_returning(login: Login, client: str) -> None:
    with connected(client, login) as db:
        table = f"returned_{type(db).__name__}"
        db.run(f"CREATE TABLE {table} (i integer, t text)")
        # psycopg makes a named statement of the sixth, asyncpg of each.
        for number in range(8):
            values = (str(number), "a") if client == "libpq C" else (number, "a")
            assert db.run(f"INSERT INTO {table} VALUES (?, ?) RETURNING i + 1 AS next, t", *values) == [
                (str(number + 1) if client == "libpq C" else number + 1, "a")
            ]
        changed = db.run(f"UPDATE {table} SET t = ? WHERE i < 2 RETURNING i", "b")
        assert sorted(int(i) for (i,) in changed) == [0, 1]
        assert len(db.run(f"DELETE FROM {table} WHERE t = ? RETURNING *", "a")) == 6
        assert len(db.run(f"SELECT 1 FROM {table}")) == 2


@covers("libpq C", "extended query, unnamed and named")
@covers("psycopg 3", "extended query, unnamed and named")
def test_named_statements_live_until_they_are_closed(login: Login) -> None:
    with login.connect() as db:
        db.pgconn.prepare(b"mine", b"SELECT $1::int + 1")
        assert db.pgconn.exec_prepared(b"mine", [b"1"]).get_value(0, 0) == b"2"
        assert db.pgconn.describe_prepared(b"mine").param_type(0) == 23
        assert db.execute("EXECUTE mine(5)").fetchone() == (6,)
        assert db.pgconn.close_prepared(b"mine").error_message == b""
        assert b"does not exist" in db.pgconn.exec_prepared(b"mine", [b"1"]).error_message


@by(*ALL, covering="read project table, write refused 42501")
def test_project_tables_are_read_only(login: Login, client: str) -> None:
    with connected(client, login) as db:
        ((count, total),) = db.run("SELECT count(*), sum(amount) FROM in_c_sales.orders")
        assert (int(count), float(total)) == (3, 7.5)
        two = "2" if client == "libpq C" else 2
        assert [float(amount) for (amount,) in db.run("SELECT amount FROM in_c_sales.orders WHERE id = ?", two)] == [
            2.5
        ]
        for sql in (
            "INSERT INTO in_c_sales.orders VALUES (4, 4.5)",
            "UPDATE in_c_sales.orders SET amount = 0",
            "DELETE FROM in_c_sales.orders",
            "DROP TABLE in_c_sales.orders",
            "ALTER TABLE in_c_sales.orders ADD COLUMN x int",
            "TRUNCATE in_c_sales.orders",
        ):
            assert sqlstate(db, sql) == "42501", sql


@by(*ALL, covering="DISCARD/RESET/DEALLOCATE, pool reset")
def test_a_pool_leaves_nothing_behind(login: Login, client: str) -> None:
    with connected(client, login) as db:
        db.run("SET TimeZone = 'Asia/Tokyo'")
        db.run("CREATE TEMP TABLE left_behind (i int)")
        db.run("PREPARE left_statement AS SELECT 1")
        for sql in ("DEALLOCATE ALL", "CLOSE ALL", "UNLISTEN *", "RESET ALL", "SELECT pg_advisory_unlock_all()"):
            db.run(sql)
        assert db.run("SHOW TimeZone") == [("UTC",)]
        assert sqlstate(db, "EXECUTE left_statement") == "26000"
        db.run("DISCARD ALL")
        assert sqlstate(db, "SELECT * FROM left_behind") == "42P01"


@covers("asyncpg", "DISCARD/RESET/DEALLOCATE, pool reset")
def test_asyncpg_resets_what_it_gives_back(login: Login) -> None:
    with connected("asyncpg", login) as db:
        assert isinstance(db, Asyncpg)
        db.run("SET TimeZone = 'Asia/Tokyo'")
        db.loop.run_until_complete(db.connection.reset())
        assert db.run("SHOW TimeZone") == [("UTC",)]


@covers("libpq C", "notices")
@covers("psycopg2", "notices")
@covers("psycopg 3", "notices")
@covers("asyncpg", "notices")
@covers("pg8000", "notices")
def test_notices_reach_the_program(login: Login) -> None:
    sql = "DROP TABLE IF EXISTS never_there"
    with connected("psycopg 3", login) as three:
        assert isinstance(three, Psycopg3)
        heard: list[tuple[str | None, str | None]] = []
        three.connection.add_notice_handler(lambda notice: heard.append((notice.severity, notice.message_primary)))
        three.run(sql)
        three.run("SET client_min_messages = warning")
        three.run(sql)
        three.run("COMMIT")
        assert heard == [
            ("NOTICE", 'table "never_there" does not exist, skipping'),
            ("WARNING", "there is no transaction in progress"),
        ]
    with connected("psycopg2", login) as two:
        assert isinstance(two, Psycopg2)
        two.run(sql)
        assert two.connection.notices == ['NOTICE:  table "never_there" does not exist, skipping\n']
    with connected("asyncpg", login) as third:
        assert isinstance(third, Asyncpg)
        logged: list[str] = []
        third.connection.add_log_listener(lambda _, message: logged.append(message.message))
        third.run(sql)
        third.run("SELECT 1")
        assert logged == ['table "never_there" does not exist, skipping']
    with connected("pg8000", login) as fourth:
        assert isinstance(fourth, Pg8000)
        fourth.run(sql)
        assert fourth.connection.notices[-1][b"C"] == b"00000"


def test_psycopg2_sends_no_parameters_of_its_own(login: Login) -> None:
    """Its values stand in the text: quotes and backslashes as well."""
    with psycopg2.connect(login.dsn()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s", ("it's \\ \n", [1, 2]))
        assert cursor.fetchall() == [("it's \\ \n", [1, 2])]
