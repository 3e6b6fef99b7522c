"""Many rows: cursors on the server, portals that stop in the middle, pipelines, executemany, COPY."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import io
from typing import Any

import asyncpg
import pg8000.native
import psycopg
import psycopg2
import psycopg2.extras
import pytest
import sqlalchemy
from psycopg import pq

from tests.clients.drivers import ClientError, Libpq, connected, engine, url_options
from tests.clients.matrix import by, covers
from tests.wire.pgwire.sql_cast import Login

SERIES = "SELECT range AS i, 'row ' || range AS t FROM range(10000)"
DAY = datetime.date(2024, 2, 29)
#: A table of five types, and rows that every format has to carry.
COLUMNS = "i integer, t text, n numeric(10,2), d date, b bytea"
ROWS = [
    (1, "a", decimal.Decimal("1.50"), DAY, b"\x00\\"),
    (2, 'q"uo,te\n\t\\N', None, None, None),
    (3, "", decimal.Decimal("-0.05"), DAY, b""),
    (4, None, decimal.Decimal(0), None, b"x"),
]


# --- cursors ---


@by("libpq C", "psycopg2", "psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2", covering="DECLARE/FETCH cursors")
def test_declare_fetch_move_close(login: Login, client: str) -> None:
    with connected(client, login) as db:
        with pytest.raises(ClientError) as outside:
            db.run(f"DECLARE c CURSOR FOR {SERIES}")
        assert outside.value.sqlstate == "25P01"
        db.run("BEGIN")
        db.run(f"DECLARE c SCROLL CURSOR FOR {SERIES}")
        assert numbers(db.run("FETCH 2 FROM c")) == [0, 1]
        assert numbers(db.run("FETCH FORWARD 1 FROM c")) == [2]
        db.run("MOVE FORWARD 7 IN c")
        assert numbers(db.run("FETCH NEXT FROM c")) == [10]
        assert numbers(db.run("FETCH PRIOR FROM c")) == [9]
        assert numbers(db.run("FETCH ABSOLUTE 1 FROM c")) == [0]
        assert len(db.run("FETCH ALL FROM c")) == 9999
        db.run("CLOSE c")
        with pytest.raises(ClientError) as closed:
            db.run("FETCH 1 FROM c")
        assert closed.value.sqlstate == "34000"
        db.run("ROLLBACK")
        db.run(f"DECLARE kept CURSOR WITH HOLD FOR {SERIES}")
        assert numbers(db.run("FETCH 2 FROM kept")) == [0, 1]
        db.run("CLOSE ALL")


def numbers(rows: list[tuple[Any, ...]]) -> list[int]:
    return [int(row[0]) for row in rows]


@covers("psycopg 3", "DECLARE/FETCH cursors", "two open cursors, query while a cursor is open: no lost rows")
def test_named_cursors_of_psycopg(login: Login) -> None:
    with login.connect(autocommit=False) as db, db.cursor("one") as one, db.cursor("two", scrollable=True) as two:
        one.execute(SERIES)
        two.execute(SERIES + " WHERE range >= %s", [5000])
        one.itersize = 700
        found = []
        for row in one:
            found.append(row[0])
            if row[0] % 2500 == 0:
                assert db.execute("SELECT 'between'").fetchone() == ("between",)
                assert two.fetchone() is not None
        assert found == list(range(10000))
        two.scroll(0, mode="absolute")
        assert numbers(two.fetchall()) == list(range(5000, 10000))


@covers("psycopg2", "DECLARE/FETCH cursors", "two open cursors, query while a cursor is open: no lost rows")
def test_named_cursors_of_psycopg2(login: Login) -> None:
    with psycopg2.connect(login.dsn()) as db, db.cursor("one") as one, db.cursor("two") as two, db.cursor() as three:
        one.execute(SERIES)
        two.execute(SERIES)
        assert numbers(one.fetchmany(3)) == [0, 1, 2]
        three.execute("SELECT 'between'")
        assert numbers(two.fetchmany(2)) == [0, 1]
        assert numbers(one.fetchall()) == list(range(3, 10000))
        assert numbers(two.fetchall()) == list(range(2, 10000))
    kept = db.cursor("kept", withhold=True)
    kept.execute(SERIES)
    db.commit()
    assert numbers(kept.fetchmany(2)) == [0, 1]
    db.close()


@covers(
    "asyncpg",
    "portal suspension / fetch size",
    "DECLARE/FETCH cursors",
    "two open cursors, query while a cursor is open: no lost rows",
)
def test_cursors_of_asyncpg(login: Login) -> None:
    async def run() -> None:
        db = await asyncpg.connect(**url_options(login))
        async with db.transaction():
            found = [row["i"] async for row in db.cursor(SERIES, prefetch=300)]
            assert found == list(range(10000))
            one, two = await db.cursor(SERIES), await db.cursor(SERIES + " WHERE range > $1", 4)
            assert [row["i"] for row in await one.fetch(3)] == [0, 1, 2]
            assert [row["i"] for row in await two.fetch(2)] == [5, 6]
            assert await db.fetchval("SELECT 'between'") == "between"
            await one.forward(7)
            assert [row["i"] for row in await one.fetch(20000)] == list(range(10, 10000))
            assert len(await two.fetch(20000)) == 9993
        await db.close()

    asyncio.run(run())


@covers(
    "SQLAlchemy 2",
    "portal suspension / fetch size",
    "DECLARE/FETCH cursors",
    "two open cursors, query while a cursor is open: no lost rows",
)
def test_streams_of_sqlalchemy(login: Login) -> None:
    own = engine(login)
    with own.connect() as db:
        options = {"stream_results": True, "yield_per": 500}
        result = db.execution_options(**options).execute(sqlalchemy.text(SERIES))
        found: list[int] = []
        for part in result.partitions():
            found += [row.i for row in part]
            assert db.execution_options(stream_results=False).execute(sqlalchemy.text("SELECT 1")).scalar() == 1
        assert found == list(range(10000))
    own.dispose()


@by("libpq C", covering="two open cursors, query while a cursor is open: no lost rows")
def test_two_cursors_of_libpq(login: Login, client: str) -> None:
    with connected(client, login) as db:
        db.run("BEGIN")
        db.run(f"DECLARE one CURSOR FOR {SERIES}")
        db.run(f"DECLARE two CURSOR FOR {SERIES}")
        assert numbers(db.run("FETCH 5 FROM one")) == [0, 1, 2, 3, 4]
        assert db.run("SELECT 'between'") == [("between",)]
        assert len(db.run("FETCH ALL FROM two")) == 10000
        assert len(db.run("FETCH ALL FROM one")) == 9995


@covers("libpq C", "portal suspension / fetch size")
@covers("psycopg 3", "portal suspension / fetch size")
def test_rows_come_in_chunks(login: Login) -> None:
    with login.connect() as db:
        assert sum(row[0] for row in db.cursor().stream(SERIES, size=1000)) == sum(range(10000))
        assert db.execute("SELECT 'after'").fetchone() == ("after",)


# --- pipelines and batches ---


@covers("psycopg 3", "pipeline / batch, error inside, skip to Sync")
def test_a_pipeline_of_psycopg(login: Login) -> None:
    with login.connect() as db:
        db.execute("CREATE TABLE piped (i integer)")
        with db.pipeline() as pipeline:
            first = db.execute("INSERT INTO piped VALUES (1) RETURNING i")
            pipeline.sync()
            second = db.execute("INSERT INTO piped VALUES (2)")
            third = db.execute("SELECT not_there")
            fourth = db.execute("INSERT INTO piped VALUES (3)")
            with pytest.raises(psycopg.errors.UndefinedColumn):
                pipeline.sync()
            db.execute("INSERT INTO piped VALUES (4)")
        assert first.fetchone() == (1,)
        assert [second.rowcount, third.rowcount, fourth.rowcount] != [1, 1, 1]
        assert db.execute("SELECT i FROM piped ORDER BY i").fetchall() == [(1,), (4,)]
        with db.pipeline():
            cursors = [db.execute("SELECT %s::int", [number]) for number in range(200)]
            assert [cursor.fetchone() for cursor in cursors] == [(number,) for number in range(200)]


@covers("libpq C", "pipeline / batch, error inside, skip to Sync")
def test_a_pipeline_of_libpq(login: Login) -> None:
    with connected("libpq C", login) as db:
        assert isinstance(db, Libpq)
        connection = db.connection
        connection.enter_pipeline_mode()
        for text in (b"SELECT 1", b"SELECT not_there", b"SELECT 2"):
            connection.send_query_params(text, [])
        connection.pipeline_sync()
        connection.send_query_params(b"SELECT 3", [])
        connection.pipeline_sync()
        states = []
        while len(states) < 6:
            if (result := connection.get_result()) is not None:
                states.append(pq.ExecStatus(result.status).name)
        connection.exit_pipeline_mode()
        assert states == [
            *("TUPLES_OK", "FATAL_ERROR", "PIPELINE_ABORTED", "PIPELINE_SYNC", "TUPLES_OK", "PIPELINE_SYNC"),
        ]


@covers("asyncpg", "pipeline / batch, error inside, skip to Sync", "executemany 10k rows in one transaction")
def test_batches_of_asyncpg(login: Login) -> None:
    async def run() -> None:
        db = await asyncpg.connect(**url_options(login))
        await db.execute("CREATE TABLE asyncpg_many (i integer PRIMARY KEY, t text)")
        insert = "INSERT INTO asyncpg_many VALUES ($1, $2)"
        await db.executemany(insert, [(number, f"t{number}") for number in range(10000)])
        assert await db.fetchval("SELECT count(*) FROM asyncpg_many") == 10000
        with pytest.raises(asyncpg.UniqueViolationError):
            await db.executemany(insert, [(10001, "new"), (5, "again"), (10002, "new")])
        assert await db.fetchval("SELECT count(*) FROM asyncpg_many") == 10000
        await db.close()

    asyncio.run(run())


@covers("psycopg 3", "executemany 10k rows in one transaction")
def test_executemany_of_psycopg(login: Login) -> None:
    with login.connect(autocommit=False) as db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE three_many (i integer, t text)")
        cursor.executemany(
            "INSERT INTO three_many VALUES (%s, %s)", [(number, f"t{number}") for number in range(10000)]
        )
        assert cursor.rowcount == 10000
        assert cursor.execute("SELECT count(DISTINCT t) FROM three_many").fetchone() == (10000,)


@covers("psycopg2", "executemany 10k rows in one transaction")
def test_execute_values_of_psycopg2(login: Login) -> None:
    rows = [(number, f"t{number}") for number in range(10000)]
    with psycopg2.connect(login.dsn()) as db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE two_many (i integer, t text)")
        psycopg2.extras.execute_values(cursor, "INSERT INTO two_many VALUES %s", rows, page_size=5000)
        psycopg2.extras.execute_batch(cursor, "INSERT INTO two_many VALUES (%s, %s)", rows[:500], page_size=250)
        cursor.executemany("INSERT INTO two_many VALUES (%s, %s)", rows[:100])
        cursor.execute("SELECT count(*), count(DISTINCT t) FROM two_many")
        assert cursor.fetchone() == (10600, 10000)
    db.close()


@by("pg8000", covering="executemany 10k rows in one transaction")
def test_executemany_of_pg8000(login: Login, client: str) -> None:
    with connected(client, login) as db:
        db.run("CREATE TABLE pg8000_many (i integer, t text)")
        db.run("BEGIN")
        cursor = db.connection.cursor()  # type: ignore[attr-defined]
        cursor.executemany(
            "INSERT INTO pg8000_many VALUES (%s, %s)", [(number, f"t{number}") for number in range(1000)]
        )
        db.run("COMMIT")
        assert db.run("SELECT count(*) FROM pg8000_many") == [(1000,)]


@covers("SQLAlchemy 2", "executemany 10k rows in one transaction", "pipeline / batch, error inside, skip to Sync")
def test_executemany_of_sqlalchemy(login: Login) -> None:
    own = engine(login)
    table = sqlalchemy.Table(
        "alchemy_many",
        sqlalchemy.MetaData(),
        sqlalchemy.Column("i", sqlalchemy.Integer, primary_key=True, autoincrement=False),
        sqlalchemy.Column("t", sqlalchemy.Text),
    )
    rows = [{"i": number, "t": f"t{number}"} for number in range(10000)]
    with own.begin() as db:
        table.create(db)
        # With RETURNING it sends a thousand rows in each statement.
        assert len(db.execute(sqlalchemy.insert(table).returning(table.c.i), rows).all()) == 10000
    with pytest.raises(sqlalchemy.exc.IntegrityError), own.begin() as db:
        db.execute(sqlalchemy.insert(table), [{"i": -1, "t": "new"}, {"i": 5, "t": "again"}])
    with own.connect() as db:
        assert db.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)).scalar() == 10000
    own.dispose()


# --- COPY ---


@covers("psycopg 3", "COPY IN text / csv / binary", "COPY OUT text / csv / binary")
@covers("libpq C", "COPY IN text / csv / binary", "COPY OUT text / csv / binary")
def test_copy_of_psycopg(login: Login) -> None:
    with login.connect() as db:
        db.execute(f"CREATE TABLE three_copied ({COLUMNS})")
        with db.cursor().copy("COPY three_copied FROM STDIN") as copy:
            for row in ROWS:
                copy.write_row(row)
        with db.cursor().copy("COPY three_copied FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "text", "numeric", "date", "bytea"])
            for row in ROWS:
                copy.write_row(row)
        outs = ("COPY three_copied TO STDOUT (FORMAT csv)", "COPY (SELECT * FROM three_copied) TO STDOUT CSV")
        with db.cursor().copy(outs[0]) as copy:
            text = b"".join(copy).decode()
        assert text.splitlines()[0] == '1,a,1.50,2024-02-29,"\\x005c"'.replace('"', "")
        with db.cursor().copy("COPY three_copied (i, t, n, d, b) FROM STDIN WITH (FORMAT csv)") as copy:
            copy.write(text.encode())
        assert sorted(db.execute("SELECT * FROM three_copied").fetchall(), key=repr) == sorted(ROWS * 4, key=repr)
        for sql, types in (
            ("COPY three_copied TO STDOUT", False),
            ("COPY three_copied TO STDOUT (FORMAT binary)", True),
        ):
            with db.cursor().copy(sql) as copy:
                copy.set_types(["int4", "text", "numeric", "date", "bytea"])
                assert sorted(copy.rows(), key=repr) == sorted(ROWS * 4, key=repr), types


@covers("psycopg2", "COPY IN text / csv / binary", "COPY OUT text / csv / binary")
def test_copy_of_psycopg2(login: Login) -> None:
    with psycopg2.connect(login.dsn()) as db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE two_copied (i integer, t text)")
        cursor.copy_from(io.StringIO("1\ta\n2\t\\N\n"), "two_copied", columns=("i", "t"))
        cursor.copy_expert("COPY two_copied FROM STDIN CSV HEADER", io.StringIO('i,t\n3,"x, y"\n'))
        out, csv, binary = io.StringIO(), io.StringIO(), io.BytesIO()
        cursor.copy_to(out, "two_copied")
        assert out.getvalue() == "1\ta\n2\t\\N\n3\tx, y\n"
        cursor.copy_expert("COPY (SELECT * FROM two_copied ORDER BY i) TO STDOUT WITH CSV HEADER", csv)
        assert csv.getvalue() == 'i,t\n1,a\n2,\n3,"x, y"\n'
        cursor.copy_expert("COPY two_copied TO STDOUT WITH BINARY", binary)
        binary.seek(0)
        cursor.copy_expert("COPY two_copied FROM STDIN WITH BINARY", binary)
        cursor.execute("SELECT count(*), count(t) FROM two_copied")
        assert cursor.fetchone() == (6, 4)
    db.close()


@covers("asyncpg", "COPY IN text / csv / binary", "COPY OUT text / csv / binary")
def test_copy_of_asyncpg(login: Login) -> None:
    async def run() -> None:
        db = await asyncpg.connect(**url_options(login))
        await db.execute(f"CREATE TABLE asyncpg_copied ({COLUMNS})")
        assert await db.copy_records_to_table("asyncpg_copied", records=ROWS) == "COPY 4"
        for format_name in ("text", "csv", "binary"):
            out = io.BytesIO()
            assert await db.copy_from_table("asyncpg_copied", output=out, format=format_name) == "COPY 4"
            out.seek(0)
            await db.execute("CREATE TEMP TABLE back AS SELECT * FROM asyncpg_copied LIMIT 0")
            assert await db.copy_to_table("back", source=out, format=format_name) == "COPY 4"
            back = [tuple(row) for row in await db.fetch("SELECT * FROM back ORDER BY i")]
            assert back == ROWS, format_name
            await db.execute("DROP TABLE back")
        out = io.BytesIO()
        await db.copy_from_query("SELECT i FROM asyncpg_copied WHERE i > $1 ORDER BY i", 2, output=out, format="csv")
        assert out.getvalue() == b"3\n4\n"
        await db.close()

    asyncio.run(run())


@covers("pg8000", "COPY IN text / csv / binary", "COPY OUT text / csv / binary")
def test_copy_of_pg8000(login: Login) -> None:
    options = url_options(login)
    options["ssl_context"] = options.pop("ssl")
    with pg8000.native.Connection(**options) as db:
        db.run("CREATE TABLE pg8000_copied (i integer, t text)")
        db.run("COPY pg8000_copied FROM STDIN", stream=io.StringIO("1\ta\n2\t\\N\n"))
        db.run("COPY pg8000_copied FROM STDIN WITH (FORMAT csv)", stream=io.StringIO('3,"x, y"\n'))
        for options_text, expected in (
            ("", b"1\ta\n2\t\\N\n3\tx, y\n"),
            ("WITH (FORMAT csv)", b'1,a\n2,\n3,"x, y"\n'),
            ("WITH (FORMAT binary)", None),
        ):
            out = io.BytesIO()
            db.run(f"COPY pg8000_copied TO STDOUT {options_text}", stream=out)
            assert expected is None or out.getvalue() == expected
        out.seek(0)
        db.run("COPY pg8000_copied FROM STDIN WITH (FORMAT binary)", stream=out)
        assert db.run("SELECT count(*), count(t) FROM pg8000_copied") == [[6, 4]]


@covers("SQLAlchemy 2", "COPY IN text / csv / binary", "COPY OUT text / csv / binary")
def test_copy_below_sqlalchemy(login: Login) -> None:
    own = engine(login)
    with own.begin() as db:
        db.exec_driver_sql("CREATE TABLE alchemy_copied (i integer, t text)")
        cursor = db.connection.cursor()
        for options, data in (("", b"1\ta\n"), ("(FORMAT csv)", b"2,b\n")):
            with cursor.copy(f"COPY alchemy_copied FROM STDIN {options}") as copy:
                copy.write(data)
        with cursor.copy("COPY alchemy_copied TO STDOUT (FORMAT binary)") as copy:
            data = b"".join(copy)
        with cursor.copy("COPY alchemy_copied FROM STDIN (FORMAT binary)") as copy:
            copy.write(data)
        assert db.exec_driver_sql("SELECT count(*) FROM alchemy_copied").scalar() == 4
    own.dispose()


@covers("psycopg 3", "COPY errors, CopyFail, cancel")
@covers("libpq C", "COPY errors, CopyFail, cancel")
def test_a_copy_that_fails_leaves_nothing(login: Login) -> None:
    with login.connect() as db:
        db.execute("CREATE TABLE three_failed (i integer, t text)")
        for data, error in (
            (b"1\ta\n2\n", psycopg.errors.BadCopyFileFormat),
            (b"1\ta\n2\tb\tc\n", psycopg.errors.BadCopyFileFormat),
            (b"1\ta\nx\tb\n", psycopg.errors.InvalidTextRepresentation),
        ):
            with pytest.raises(error) as caught:
                copy_in(db, data)
            assert "COPY three_failed, line 2" in (caught.value.diag.context or ""), data
        with pytest.raises(ZeroDivisionError):
            copy_in(db, b"1\ta\n", stop=True)
        with pytest.raises(psycopg.errors.UndefinedTable):
            db.cursor().copy("COPY not_there FROM STDIN").__enter__()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.cursor().copy("COPY in_c_sales.orders FROM STDIN").__enter__()
        assert db.execute("SELECT count(*) FROM three_failed").fetchone() == (0,)


def copy_in(db: psycopg.Connection[Any], data: bytes, *, stop: bool = False) -> None:
    with db.cursor().copy("COPY three_failed FROM STDIN") as copy:
        copy.write(data)
        if stop:
            raise ZeroDivisionError


@covers("psycopg2", "COPY errors, CopyFail, cancel")
def test_a_copy_of_psycopg2_that_fails(login: Login) -> None:
    db = psycopg2.connect(login.dsn())
    db.autocommit = True
    cursor = db.cursor()
    cursor.execute("CREATE TABLE two_failed (i integer)")
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
        cursor.copy_from(io.StringIO("1\nx\n"), "two_failed")

    class Broken(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            raise OSError("gone")

    with pytest.raises((OSError, psycopg2.errors.QueryCanceled), match="gone"):
        cursor.copy_from(Broken(), "two_failed")
    cursor.execute("SELECT count(*) FROM two_failed")
    assert cursor.fetchone() == (0,)
    db.close()


@covers("asyncpg", "COPY errors, CopyFail, cancel")
@covers("pg8000", "COPY errors, CopyFail, cancel")
def test_copies_of_others_that_fail(login: Login) -> None:
    async def run() -> None:
        db = await asyncpg.connect(**url_options(login))
        await db.execute("CREATE TABLE asyncpg_failed (i integer)")
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await db.copy_to_table("asyncpg_failed", source=io.BytesIO(b"1\nx\n"))
        assert await db.fetchval("SELECT count(*) FROM asyncpg_failed") == 0
        await db.close()

    asyncio.run(run())
    options = url_options(login)
    options["ssl_context"] = options.pop("ssl")
    with pg8000.native.Connection(**options) as db:
        db.run("CREATE TABLE pg8000_failed (i integer)")
        with pytest.raises(pg8000.native.DatabaseError, match="22P02"):
            db.run("COPY pg8000_failed FROM STDIN", stream=io.StringIO("1\nx\n"))
        assert db.run("SELECT count(*) FROM pg8000_failed") == [[0]]
