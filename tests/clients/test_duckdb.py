"""DuckDB attaches a workspace by its postgres extension, and ADBC's driver brings it as Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import duckdb
import duckdb_extension_postgres_scanner
import pyarrow as pa
import pytest

from tests.clients.matrix import covers
from tests.wire.pgwire.sql_cast import Login

EXTENSION = Path(duckdb_extension_postgres_scanner.__file__).parent / "extensions"
TOOL = "DuckDB postgres extension"
CLIENT = "DuckDB ext"


def attach(login: Login, **changes: object) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    (file,) = EXTENSION.rglob("postgres_scanner.duckdb_extension")
    db.execute(f"LOAD '{file}'")
    db.execute(f"ATTACH '{login.dsn(**changes)}' AS kb (TYPE postgres)")
    return db


@pytest.fixture
def db(login: Login) -> Iterator[duckdb.DuckDBPyConnection]:
    made = attach(login)
    yield made
    made.close()


@covers(TOOL, "ATTACH", "SHOW ALL TABLES", "SELECT with push-down", "COUNT", "DETACH")
@covers(CLIENT, "SCRAM-SHA-256", "metadata: list, describe, keys, indexes, comments")
@covers(CLIENT, "read project table, write refused 42501", "COPY OUT text / csv / binary")
@covers(CLIENT, "simple query, multi-statement", "DISCARD/RESET/DEALLOCATE, pool reset")
def test_a_project_is_read(db: duckdb.DuckDBPyConnection) -> None:
    tables = {(row[1], row[2]) for row in db.execute("SHOW ALL TABLES").fetchall()}
    assert ("in_c_sales", "orders") in tables
    assert db.execute("SELECT amount FROM kb.in_c_sales.orders WHERE id = 2").fetchall() == [(2.5,)]
    assert db.execute("SELECT count(*) FROM kb.in_c_sales.orders").fetchone() == (3,)
    assert db.execute("SELECT * FROM postgres_query('kb', 'SELECT 40 + 2 AS x')").fetchone() == (42,)
    with pytest.raises(duckdb.Error, match="permission denied"):
        db.execute("INSERT INTO kb.in_c_sales.orders VALUES (4, 4.5)")
    db.execute("DETACH kb")


@covers(TOOL, "CTAS from us", "CTAS into us", "INSERT")
@covers(CLIENT, "COPY IN text / csv / binary", "transactions, failed block, COMMIT -> ROLLBACK")
@covers(CLIENT, "arrays, json, interval, numeric, timestamptz, bytea, uuid round trip")
def test_tables_go_both_ways(db: duckdb.DuckDBPyConnection) -> None:
    made = """
        SELECT range::integer AS i, range * 1.25::decimal(10,2) AS n, 'row ' || range AS t, uuid() AS u,
               [range::integer, NULL] AS list, '\\x01\\xFF'::blob AS b, timestamptz '2024-02-29 12:00:00+00' AS at,
               date '2024-02-29' AS d, interval '3 days 4 hours' AS span, 1.5::double AS x, range % 2 = 0 AS even
        FROM range(3000)"""
    db.execute(f"CREATE TABLE here AS {made}")
    db.execute("CREATE TABLE kb.public.ext_there AS SELECT * FROM here")
    db.execute("INSERT INTO kb.public.ext_there (i, t) VALUES (-1, NULL)")
    db.execute("CREATE TABLE back AS SELECT * FROM kb.public.ext_there WHERE i >= 0")
    assert db.execute("SELECT count(*) FROM (FROM here EXCEPT FROM back)").fetchone() == (0,)
    assert db.execute("SELECT count(*), count(t) FROM kb.public.ext_there").fetchone() == (3001, 3000)
    db.execute("BEGIN")
    db.execute("INSERT INTO kb.public.ext_there (i) VALUES (-2)")
    db.execute("ROLLBACK")
    db.execute("CALL postgres_execute('kb', 'DELETE FROM ext_there WHERE i > 9')")
    assert db.execute("SELECT count(*) FROM kb.public.ext_there").fetchone() == (11,)
    db.execute("DROP TABLE kb.public.ext_there")


@covers(CLIENT, "TLS require / verify-full / direct", "channel binding (PLUS)")
def test_it_attaches_over_tls(login: Login) -> None:
    with attach(login, sslmode="require", channel_binding="require") as db:
        assert db.execute("SELECT count(*) FROM kb.in_c_sales.orders").fetchone() == (3,)


@covers(CLIENT, "wrong password, expired, limit: clean error")
def test_it_tells_of_a_wrong_password(login: Login) -> None:
    with pytest.raises(duckdb.Error, match="password authentication failed"):
        attach(login, user="nobody")


# --- ADBC ---


@pytest.fixture
def adbc(login: Login) -> Iterator[Any]:
    uri = f"postgresql://{login.user}:{login.password}@127.0.0.1:{login.port}/{login.database}?sslmode=disable"
    with adbc_driver_postgresql.dbapi.connect(uri) as connection:
        yield connection


@covers("ADBC", "connect", "fetch Arrow", "bound parameters", "transactions")
def test_adbc_fetches_arrow(adbc: Any) -> None:
    with adbc.cursor() as cursor:
        cursor.execute("SELECT id, amount FROM in_c_sales.orders ORDER BY id")
        found = cursor.fetch_arrow_table()
        assert found.to_pydict() == {"id": [1, 2, 3], "amount": [1.5, 2.5, 3.5]}
        cursor.execute("SELECT amount FROM in_c_sales.orders WHERE id = $1", (2,))
        assert cursor.fetchall() == [(2.5,)]
        cursor.execute("SELECT [1, NULL] AS a, 'ž' AS t, DATE '2024-02-29' AS d, true AS yes, 1.50::decimal(6,2) AS n")
        ((array, text, day, yes, _),) = cursor.fetchall()
        assert (array, text, str(day), yes) == ([1, None], "ž", "2024-02-29", True)
        cursor.execute("CREATE TABLE adbc_undone (i integer)")
        adbc.rollback()
        with pytest.raises(adbc_driver_postgresql.dbapi.Error, match="adbc_undone"):
            cursor.execute("SELECT * FROM adbc_undone")
        adbc.rollback()


@covers("ADBC", "ingest", "get_objects")
def test_adbc_ingests(adbc: Any) -> None:
    data = pa.table({"i": pa.array(range(5000), pa.int64()), "t": [f"t{number}" for number in range(5000)]})
    with adbc.cursor() as cursor:
        assert cursor.adbc_ingest("adbc_in", data, mode="create") == 5000
        assert cursor.adbc_ingest("adbc_in", data, mode="append") == 5000
        adbc.commit()
        cursor.execute("SELECT count(*), count(DISTINCT t) FROM adbc_in")
        assert cursor.fetchall() == [(10000, 5000)]
        assert adbc.adbc_get_table_schema("adbc_in").names == ["i", "t"]
        objects = adbc.adbc_get_objects(depth="tables").read_all().to_pylist()
        assert "adbc_in" in str(objects)
        assert "in_c_sales" in str(objects)
