"""The clients' own ways of copying: each loads rows, gets them back, and is told of a wrong line."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pg8000.native
import psycopg
import pytest

from tests.wire.pgwire.sql_cast import Login

PSQL = shutil.which("psql") or shutil.which("psql", path="/usr/lib/postgresql/15/bin")
DDL = "CREATE OR REPLACE TABLE {} (id BIGINT, name VARCHAR, price DECIMAL(10,2), made TIMESTAMPTZ, data BLOB)"
MOMENT = dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.UTC)
ROWS = [
    (1, 'a\tb"\\', Decimal("1.50"), MOMENT, b"\x00\xff"),
    (2, None, None, None, None),
    (3, "", Decimal(-7), MOMENT, b""),
]


@pytest.fixture
def psql(login: Login, tmp_path: Path) -> Any:
    if PSQL is None:
        pytest.skip("psql is not installed")
    path = PSQL

    def run(*commands: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        arguments = [argument for command in commands for argument in ("-c", command)]
        environment = {**os.environ, "LC_ALL": "C"}
        return subprocess.run(
            [path, login.dsn(), "-w", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments],
            env=environment, cwd=tmp_path, input=stdin, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    return run


class TestPsql:
    @pytest.mark.parametrize("options", ["", "csv header", "binary", "(format csv, header, null 'nil')"])
    def test_to_a_file_and_from_it(self, psql: Any, options: str) -> None:
        done = psql(
            DDL.format("psql_items"),
            "INSERT INTO psql_items (id, name) SELECT range, 'n' || range FROM range(2000)",
            f"\\copy psql_items to 'items' {options}",
            f"\\copy psql_items from 'items' {options}",
            "SELECT count(*), count(name), sum(id) FROM psql_items",
        )
        assert (done.stdout, done.stderr) == ("4000|4000|3998000\n", "")

    def test_of_a_query_and_from_standard_input(self, psql: Any) -> None:
        assert psql("\\copy (select 1 as x, 'a;b' as y) to stdout csv header").stdout == "x,y\n1,a;b\n"
        done = psql(
            "CREATE OR REPLACE TABLE psql_in (i INT)",
            "\\copy psql_in from pstdin",
            "TABLE psql_in",
            stdin="1\n2\n\\.\n",
        )
        assert (done.stdout, done.stderr) == ("1\n2\n", "")

    def test_a_wrong_line(self, psql: Any) -> None:
        done = psql("CREATE OR REPLACE TABLE psql_bad (i INT)", "\\copy psql_bad from pstdin", stdin="1\nx\n")
        assert 'ERROR:  invalid input syntax for type integer: "x"' in done.stderr
        assert 'CONTEXT:  COPY psql_bad, line 2, column i: "x"' in done.stderr


@pytest.mark.parametrize("kind", ["text", "csv", "binary"])
def test_psycopg(db: psycopg.Connection[Any], kind: str) -> None:
    types = ["int8", "text", "numeric", "timestamptz", "bytea"]
    db.execute(DDL.format("psycopg_items"))
    with db.cursor() as cursor:
        if kind == "csv":
            with cursor.copy("COPY psycopg_items FROM STDIN (FORMAT csv)") as copy:
                copy.write(
                    '1,"a\tb""\\",1.5,2024-02-29 12:30:00+00,\\x00ff\n2,,,,\n3,"",-7,2024-02-29 13:30:00+01,\\x\n'
                )
        else:
            with cursor.copy(f"COPY psycopg_items FROM STDIN (FORMAT {kind})") as copy:
                copy.set_types(types)
                for row in ROWS:
                    copy.write_row(row)
        assert cursor.execute("SELECT * FROM psycopg_items ORDER BY id").fetchall() == ROWS
        if kind != "csv":
            with cursor.copy(f"COPY psycopg_items TO STDOUT (FORMAT {kind})") as copy:
                copy.set_types(types)
                assert list(copy.rows()) == ROWS


def test_psycopg2(login: Login) -> None:
    psycopg2 = pytest.importorskip("psycopg2")
    connection = psycopg2.connect(login.dsn())
    with connection, connection.cursor() as cursor:
        cursor.execute(DDL.format("psycopg2_items"))
        cursor.copy_expert(
            "COPY psycopg2_items (id, name) FROM STDIN WITH CSV HEADER", io.StringIO("id,name\n1,x\n2,\n")
        )
        assert cursor.rowcount == 2
        cursor.copy_from(io.StringIO("3\ty\n"), "psycopg2_items", columns=("id", "name"))
        found = io.StringIO()
        cursor.copy_expert("COPY (SELECT id, name FROM psycopg2_items ORDER BY id) TO STDOUT", found)
        assert found.getvalue() == "1\tx\n2\t\\N\n3\ty\n"
    connection.close()


def test_asyncpg(login: Login) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=login.port, user=login.user, password=login.password, database=login.database,
            ssl=False, timeout=10,
        )  # fmt: skip
        try:
            await connection.execute(DDL.format("asyncpg_items"))
            assert await connection.copy_records_to_table("asyncpg_items", records=ROWS) == "COPY 3"
            assert [tuple(row) for row in await connection.fetch("SELECT * FROM asyncpg_items ORDER BY id")] == ROWS
            out = io.BytesIO()
            await connection.copy_from_query(
                "SELECT id, name FROM asyncpg_items WHERE id > $1", 2, output=out, format="csv"
            )
            assert out.getvalue() == b'3,""\n'
            file = io.BytesIO(b"id;name\n4;z\n")
            done = await connection.copy_to_table(
                "asyncpg_items", source=file, columns=["id", "name"], format="csv", delimiter=";", header=True
            )
            assert done == "COPY 1"
            table = io.BytesIO()
            assert await connection.copy_from_table("asyncpg_items", output=table, columns=["id"]) == "COPY 4"
            await connection.execute("CREATE OR REPLACE TABLE once (i INT PRIMARY KEY)")
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.copy_records_to_table("once", records=[(1,), (1,)])
            assert await connection.fetchval("SELECT count(*) FROM once") == 0
        finally:
            await connection.close(timeout=5)

    asyncio.run(run())


def test_pg8000(login: Login) -> None:
    with pg8000.native.Connection(
        login.user, host="127.0.0.1", port=login.port, password=login.password, database=login.database
    ) as connection:
        connection.run(DDL.format("pg8000_items"))
        connection.run("COPY pg8000_items (id, name) FROM STDIN WITH (FORMAT csv)", stream=io.StringIO("1,x\n2,\n"))
        assert connection.row_count == 2
        found = io.BytesIO()
        connection.run("COPY pg8000_items (id, name) TO STDOUT", stream=found)
        assert found.getvalue() == b"1\tx\n2\t\\N\n"
        with pytest.raises(pg8000.native.DatabaseError, match="22P04"):
            connection.run("COPY pg8000_items FROM STDIN", stream=io.StringIO("1\n"))
        assert connection.run("SELECT count(*) FROM pg8000_items") == [[2]]
