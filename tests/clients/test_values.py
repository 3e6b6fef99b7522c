"""Values of every type arrive as the client's own, in text and in binary, and come back as they went."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import Any

from tests.clients.drivers import Driver, connected
from tests.clients.matrix import by
from tests.wire.pgwire.sql_cast import Login

ALL = ("psycopg2", "psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2")
EXTENDED = ("psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2")
NOON = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
NOON_UTC = NOON.replace(tzinfo=datetime.UTC)
PRAGUE = datetime.timezone(datetime.timedelta(hours=1))
ID = uuid.UUID("6ccd780c-baba-1026-9564-5b8c656024db")
BIG = decimal.Decimal("-123456789012345678901234567890.12345678")

#: A literal of each type, and what every client makes of it.
LITERALS: dict[str, Any] = {
    "true": True,
    "(-7)::TINYINT": -7,
    "255::UTINYINT": 255,
    "(-32768)::SMALLINT": -32768,
    "65535::USMALLINT": 65535,
    "(-2147483648)::INTEGER": -2147483648,
    "4294967295::UINTEGER": 4294967295,
    "9223372036854775807::BIGINT": 9223372036854775807,
    "18446744073709551615::UBIGINT": decimal.Decimal(18446744073709551615),
    "(-170141183460469231731687303715884105727)::HUGEINT": decimal.Decimal(-170141183460469231731687303715884105727),
    "(-123456789012345678901234567890.12345678)::DECIMAL(38,8)": BIG,
    "(-0.05)::DECIMAL(4,2)": decimal.Decimal("-0.05"),
    "1.5::FLOAT": 1.5,
    "1e300::DOUBLE": 1e300,
    "'infinity'::DOUBLE": float("inf"),
    "'žluťoučký 🐎'": "žluťoučký 🐎",
    "''": "",
    "'\\x00\\xFF\\x61'::BLOB": b"\x00\xffa",
    "DATE '2024-02-29'": NOON.date(),
    "TIME '12:30:15.123456'": NOON.time(),
    "TIMESTAMP '2024-02-29 12:30:15.123456'": NOON,
    "TIMESTAMPTZ '2024-02-29 12:30:15.123456+00'": NOON_UTC,
    "INTERVAL '3 days 01:02:03.5'": datetime.timedelta(days=3, hours=1, minutes=2, seconds=3.5),
    "UUID '6ccd780c-baba-1026-9564-5b8c656024db'": ID,
    "'{\"a\": [1, null]}'::JSON": {"a": [1, None]},
    "{'a': 1, 'b': [true]}": {"a": 1, "b": [True]},
    "MAP {'k': 1.5::DOUBLE}": {"k": 1.5},
    "[[1], [2, 3]]": [[1], [2, 3]],
    "[1, NULL, 3]": [1, None, 3],
    "['a', NULL, 'b,\"c', '', 'NULL']": ["a", None, 'b,"c', "", "NULL"],
    "[1.50, 2.25]::DECIMAL(6,2)[]": [decimal.Decimal("1.50"), decimal.Decimal("2.25")],
    "[DATE '2024-02-29']": [NOON.date()],
    "[true, false]": [True, False],
    "[]::INTEGER[]": [],
    "'b'::ENUM('a', 'b')": "b",
    "NULL::INTEGER": None,
    "NULL": None,
}

#: The same as the text that libpq hands out, where it is not the literal itself.
TEXTS = {
    "true": "t",
    "1.5::FLOAT": "1.5",
    "1e300::DOUBLE": "1e+300",
    "'infinity'::DOUBLE": "Infinity",
    "18446744073709551615::UBIGINT": "18446744073709551615",
    "'\\x00\\xFF\\x61'::BLOB": "\\x00ff61",
    "DATE '2024-02-29'": "2024-02-29",
    "TIME '12:30:15.123456'": "12:30:15.123456",
    "TIMESTAMP '2024-02-29 12:30:15.123456'": "2024-02-29 12:30:15.123456",
    "TIMESTAMPTZ '2024-02-29 12:30:15.123456+00'": "2024-02-29 12:30:15.123456+00",
    "INTERVAL '1 year 2 months 3 days 01:02:03.5'": "1 year 2 mons 3 days 01:02:03.5",
    "INTERVAL '-1 day'": "-1 days",
    "'101'::BIT": "101",
    "[1, NULL, 3]": "{1,NULL,3}",
    "['a', NULL, 'b,\"c', '', 'NULL']": '{a,NULL,"b,\\"c","","NULL"}',
    "[true, false]": "{t,f}",
    "[]::INTEGER[]": "{}",
    "DATE '0044-03-15 (BC)'": "0044-03-15 BC",
    "'infinity'::TIMESTAMP": "infinity",
    "TIMETZ '12:30:15+05:30'": "12:30:15+05:30",
    "NULL::INTEGER": None,
}

#: A column of each type and a value that goes in and comes back.
COLUMNS: dict[str, Any] = {
    "boolean": True,
    "smallint": -5,
    "integer": 70000,
    "bigint": 2**62,
    "numeric(38,8)": BIG,
    "numeric(10,2)": decimal.Decimal("0.05"),
    "real": 1.5,
    "double precision": 0.1,
    "text": "žluť' \\ 🐎",
    "varchar(10)": "",
    "bytea": b"\x00\xff'\\",
    "date": NOON.date(),
    "time": NOON.time(),
    "timestamp": NOON,
    "timestamptz": NOON_UTC.astimezone(PRAGUE),
    "interval": datetime.timedelta(days=400, seconds=3, microseconds=7),
    "uuid": ID,
    "json": '{"a": [1, null]}',
    "jsonb": '{"b": "ž"}',
    "integer[]": [1, None, 3],
    "text[]": ["a", None, 'b,"c', "", "NULL"],
    "numeric(6,2)[]": [decimal.Decimal("1.50"), decimal.Decimal("2.25")],
    "timestamptz[]": [NOON_UTC],
}


def plain(found: Any, expected: Any) -> Any:
    """psycopg2 gives bytea as memory and a uuid as text; asyncpg gives json as text."""
    if isinstance(found, memoryview):
        return bytes(found)
    if isinstance(expected, uuid.UUID):
        return uuid.UUID(str(found))
    is_json = isinstance(expected, dict) or (isinstance(expected, list) and isinstance(found, str))
    return json.loads(found) if is_json and isinstance(found, str) else found


def check_literals(db: Driver) -> None:
    wrong = {}
    for literal, expected in LITERALS.items():
        ((found,),) = db.run(f"SELECT {literal}")
        if plain(found, expected) != expected:
            wrong[literal] = found
    assert wrong == {}


@by("psycopg2", "psycopg 3", "SQLAlchemy 2", covering="text results, all types")
def test_every_type_is_read_from_text(login: Login, client: str) -> None:
    with connected(client, login) as db:
        check_literals(db)


@by("libpq C", covering="text results, all types")
def test_every_type_has_its_text(login: Login, client: str) -> None:
    with connected(client, login) as db:
        found = {literal: db.run(f"SELECT {literal}")[0][0] for literal in TEXTS}
        assert found == TEXTS


@by("psycopg 3", "asyncpg", "pg8000", covering="binary parameters and results, all types")
def test_every_type_is_read_from_binary(login: Login, client: str) -> None:
    with connected("psycopg 3 binary" if client == "psycopg 3" else client, login) as db:
        check_literals(db)
        check_columns(db, "binary")


@by(*ALL, covering="arrays, json, interval, numeric, timestamptz, bytea, uuid round trip")
def test_every_type_comes_back_as_it_went(login: Login, client: str) -> None:
    with connected(client, login) as db:
        check_columns(db, "round")


def check_columns(db: Driver, prefix: str) -> None:
    wrong = {}
    for number, (type_name, value) in enumerate(COLUMNS.items()):
        sent = str(value) if isinstance(value, uuid.UUID) and type(db).__name__ == "Psycopg2" else value
        table = f"{prefix}_{type(db).__name__}_{number}"
        db.run(f"CREATE TABLE {table} (v {type_name})")
        db.run(f"INSERT INTO {table} VALUES (?)", sent)
        db.run(f"INSERT INTO {table} VALUES (?)", None)
        (found,), (nothing,) = db.run(f"SELECT v FROM {table} ORDER BY v IS NULL")
        expected = json.loads(value) if type_name.startswith("json") else value
        if plain(found, expected) != expected or nothing is not None:
            wrong[type_name] = found
    assert wrong == {}


@by(*EXTENDED, "libpq C", covering="parameter inference without OIDs")
def test_types_of_parameters_are_found(login: Login, client: str) -> None:
    one, half = ("1", "1.5") if client == "libpq C" else (1, decimal.Decimal("1.5"))
    with connected(client, login) as db:
        assert [int(value) for (value,) in db.run("SELECT ? + 1", one)] == [2]
        table = f"inferred_{type(db).__name__}"
        db.run(f"CREATE TABLE {table} (i integer, t text, n numeric(5,2), d timestamptz)")
        db.run(f"INSERT INTO {table} (i, t, n) VALUES (?, ?, ?)", one, "a", half)
        assert db.run(f"SELECT t FROM {table} WHERE i = ? AND n > ? LIMIT ?", one, half, one) == []
        assert db.run(f"SELECT t FROM {table} WHERE i = ? AND t LIKE ? || ''", one, "a") == [("a",)]
        assert db.run(f"SELECT t FROM {table} WHERE i = ANY(?)", "{1,2}" if client == "libpq C" else [1, 2]) == [("a",)]
        db.run(f"UPDATE {table} SET t = ?, d = NULL WHERE i BETWEEN ? AND ?", "b", one, one)
        assert db.run(f"SELECT coalesce(t, ?) FROM {table}", "c") == [("b",)]


@by(*ALL, "libpq C", covering="NULLs, empty strings, Unicode, 1 MB values, 1600 columns")
def test_values_of_all_sizes(login: Login, client: str) -> None:
    with connected(client, login) as db:
        table = f"sizes_{type(db).__name__}"
        megabyte = "ž" * 524_288
        db.run(f"CREATE TABLE {table} (id integer, v text)")
        for number, value in enumerate([None, "", "日本 🐎 \t\n\\ ' \" % $1", megabyte]):
            db.run(f"INSERT INTO {table} VALUES ({number}, ?)", value)
        assert [value for (value,) in db.run(f"SELECT v FROM {table} WHERE id < 2 ORDER BY id")] == [None, ""]
        assert db.run(f"SELECT v FROM {table} WHERE id > 1 ORDER BY id")[1] == (megabyte,)
        (row,) = db.run("SELECT " + ", ".join(f"{number} AS c{number}" for number in range(1600)))
        assert [int(value) for value in row] == list(range(1600))
