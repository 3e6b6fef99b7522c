"""One table: statements that fail, the SQLSTATE and the words that PostgreSQL's drivers and users look for."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.wire.pgwire.sql_cast import Login

Db = psycopg.Connection[Any]

SETUP = """
CREATE TABLE parent (a int PRIMARY KEY, b int NOT NULL, c int CHECK (c > 0), u int UNIQUE);
CREATE TABLE child (a int REFERENCES parent (a));
CREATE SCHEMA filled; CREATE TABLE filled.t (i int);
CREATE TABLE one (a int); CREATE VIEW a_view AS SELECT 1 AS i;
CREATE FUNCTION plus(a) AS a + 1;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE counter; CREATE TABLE indexed (i int); CREATE INDEX an_index ON indexed (i);
INSERT INTO parent VALUES (1, 1, 1, 1); INSERT INTO child VALUES (1)
"""

#: Statement, SQLSTATE, what the message says; `^` in the statement is where the position points.
FAILURES = [
    ("^selec 1", "42601", 'syntax error at or near "selec"'),
    ("SELECT count(", "42601", "syntax error at end of input"),
    ("SELECT ^'open", "42601", "unterminated quoted string"),
    ("SELECT ^nope FROM one", "42703", 'column "nope" does not exist'),
    ("SELECT ^o.nope FROM one o", "42703", "column o.nope does not exist"),
    ("UPDATE one SET nope = 1", "42703", 'column "nope" of relation "one" does not exist'),
    ("SELECT * FROM ^nope", "42P01", 'relation "nope" does not exist'),
    ("SELECT ^x.a FROM one", "42P01", 'missing FROM-clause entry for table "x"'),
    ("SELECT ^a FROM one o, parent p", "42702", 'column reference "a" is ambiguous'),
    ("SELECT ^nofunc(1)", "42883", "function nofunc does not exist"),
    ("SELECT ^abs('x'::varchar)", "42883", "function abs(character varying) does not exist"),
    ("SELECT ^a, count(*) FROM one", "42803", 'column "a" must appear in the GROUP BY clause'),
    ("SELECT * FROM nocat.main.t", "3D000", 'database "nocat" does not exist'),
    ("UPDATE a_view SET i = 2", "42809", "cannot change a view"),
    ("INSERT INTO one VALUES (1, 2)", "42601", "INSERT has more expressions than target columns"),
    ("DROP SEQUENCE nope", "42P01", 'relation "nope" does not exist'),
    ("CREATE TABLE nosuch.t (i int)", "3F000", 'schema "nosuch" does not exist'),
    ("DROP TYPE nope", "42704", 'type "nope" does not exist'),
    ("DROP INDEX nope", "42704", 'index "nope" does not exist'),
    ("SET nope = 1", "42704", 'unrecognized configuration parameter "nope"'),
    ("SHOW nope", "42704", 'unrecognized configuration parameter "nope"'),
    ("CREATE TABLE one (a int)", "42P07", 'relation "one" already exists'),
    ("CREATE VIEW a_view AS SELECT 2", "42P07", 'relation "a_view" already exists'),
    ("CREATE SCHEMA filled", "42P06", 'schema "filled" already exists'),
    ("CREATE FUNCTION plus(a) AS a + 2", "42723", 'function "plus" already exists'),
    ("CREATE TYPE mood AS ENUM ('x')", "42710", 'type "mood" already exists'),
    ("ALTER TABLE one ADD COLUMN a int", "42701", 'column "a" of relation "one" already exists'),
    ("ALTER TABLE one DROP COLUMN b", "42703", 'column "b" of relation "one" does not exist'),
    ("DROP TABLE a_view", "42809", '"a_view" is not a table'),
    ("DROP SCHEMA filled", "2BP01", "cannot drop schema filled because other objects depend on it"),
    ("DROP TABLE parent", "2BP01", "cannot drop table parent because other objects depend on it"),
    ("SELECT 300::int::tinyint", "22003", "tinyint out of range"),
    ("SELECT '99999999999'::int", "22003", 'value "99999999999" is out of range for type integer'),
    ("SELECT 2147483647::int + 1::int", "22003", "integer out of range"),
    ("SELECT 'x'::date", "22007", 'invalid input syntax for type date: "x"'),
    ("SELECT 'x'::timestamp", "22007", 'invalid input syntax for type timestamp: "x"'),
    ("SELECT '2024-13-45'::date", "22008", 'date/time field value out of range: "2024-13-45"'),
    ("SELECT 'x'::int", "22P02", 'invalid input syntax for type integer: "x"'),
    ("SELECT 'x'::boolean", "22P02", 'invalid input syntax for type boolean: "x"'),
    ("SELECT 'x'::numeric", "22P02", 'invalid input syntax for type numeric: "x"'),
    ("SELECT 'x'::uuid", "22P02", 'invalid input syntax for type uuid: "x"'),
    ("SELECT 'x'::mood", "22P02", 'invalid input value for enum: "x"'),
    ("SELECT '{'::json", "22P02", "invalid input syntax for type json"),
    ("SELECT repeat('x', 1000000000000)", "54000", "string"),
    ("SELECT sqrt(-1)", "2201F", "cannot take square root of a negative number"),
    ("SELECT ln(0)", "2201E", "cannot take logarithm of zero"),
    ("INSERT INTO parent VALUES (1, 1, 1, 2)", "23505", 'violates unique constraint "parent_pkey"'),
    ("INSERT INTO parent VALUES (2, 1, 1, 1)", "23505", 'violates unique constraint "parent_u_key"'),
    ("INSERT INTO parent VALUES (2, NULL, 1, 2)", "23502", 'null value in column "b" of relation "parent" violates'),
    ("INSERT INTO parent VALUES (2, 1, -1, 2)", "23514", 'new row for relation "parent" violates check constraint'),
    ("INSERT INTO child VALUES (9)", "23503", 'insert or update on table "child" violates foreign key constraint'),
    ("DELETE FROM parent", "23503", 'update or delete on table "parent" violates foreign key constraint'),
    ("BEGIN READ ONLY; CREATE TABLE two (i int)", "25006", "cannot execute CREATE TABLE in a read-only transaction"),
    (
        "BEGIN; INSERT INTO one VALUES (1); SET TRANSACTION READ ONLY; DELETE FROM one",
        "25006",
        "cannot execute DELETE",
    ),
    ("BEGIN; SELECT nope; SELECT 1", "42703", "nope"),
    ("SAVEPOINT s", "25P01", "SAVEPOINT can only be used in transaction blocks"),
    ("LOCK TABLE one", "25P01", "LOCK TABLE can only be used in transaction blocks"),
    ("COMMIT AND CHAIN", "25P01", "COMMIT AND CHAIN can only be used in transaction blocks"),
    ("BEGIN; ROLLBACK TO nope", "3B001", 'savepoint "nope" does not exist'),
    ("BEGIN; DISCARD ALL", "25001", "DISCARD ALL cannot"),
    ("PREPARE TRANSACTION 'x'", "0A000", ""),
    ("INSERT INTO in_c_sales.orders VALUES (1, 1)", "42501", "project tables are read-only"),
    ("SET threads = 1", "42501", "permission denied to set parameter"),
    ("SET server_version = '1'", "55P02", 'parameter "server_version" cannot be changed'),
    ("SET standard_conforming_strings = off", "0A000", "standard_conforming_strings"),
    ("SET statement_timeout = 'soon'", "22023", 'invalid value for parameter "statement_timeout": "soon"'),
    ("SET ROLE somebody", "42501", "permission denied to set role"),
    ("USE other", "3F000", "other"),
    ("USE memory", "42501", "USE"),
    ("SELECT (SELECT i FROM range(2) t(i))", "21000", "more than one row returned by a subquery"),
    ("SELECT regexp_matches('a', '(')", "2201B", "invalid regular expression"),
    ("SELECT error('boom')", "P0001", "boom"),
    ("SELECT date_trunc('nope', now())", "22023", 'unit "nope" not recognized'),
    ("SELECT $1", "42P02", "there is no parameter $1"),
    ("SELECT currval('counter')", "55000", "not yet defined in this session"),
    ("EXECUTE nobody", "26000", 'prepared statement "nobody" does not exist'),
    ("DEALLOCATE nobody", "26000", 'prepared statement "nobody" does not exist'),
    ("FETCH nobody", "34000", 'cursor "nobody" does not exist'),
    ("EXPLAIN (nonsense) SELECT 1", "42601", 'unrecognized EXPLAIN option "nonsense"'),
    ("LISTEN x", "0A000", "LISTEN/NOTIFY is not supported"),
    ("ATTACH 'x.db'", "42501", "permission denied"),
    ("CREATE DATABASE x", "42501", "permission denied"),
]
#: What no message may hold.
OURS = ("_v_", "_workspace_info", "kb_pg", "memory.", "/tmp", "Traceback", "{table}", "{tag}")


@pytest.fixture(scope="module")
def failing(login_of_module: Login) -> Db:
    with login_of_module.connect() as db:
        db.execute(SETUP)
        yield db


@pytest.fixture(scope="module")
def login_of_module(ana: tuple[Any, Login]) -> Login:
    return ana[1]


@pytest.mark.parametrize(("statement", "sqlstate", "words"), FAILURES, ids=[each[0] for each in FAILURES])
def test_failures(failing: Db, statement: str, sqlstate: str, words: str) -> None:
    sql = statement.replace("^", "")
    try:
        with pytest.raises(psycopg.Error) as caught:
            failing.execute(sql.encode())
    finally:
        failing.rollback()
    told = caught.value.diag
    assert told.sqlstate == sqlstate, str(caught.value)
    assert words in (told.message_primary or "")
    if "^" in statement:
        assert int(told.statement_position or 0) == statement.index("^") + 1
    whole = f"{told.message_primary} {told.message_detail} {told.message_hint}"
    assert not [name for name in OURS if name in whole]


def test_a_failed_block_takes_nothing_but_its_end(failing: Db) -> None:
    failing.execute("BEGIN")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        failing.execute("SELECT nope")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction, match="commands ignored until end of transaction block"):
        failing.execute("SELECT 1")
    assert failing.execute("COMMIT").statusmessage == "ROLLBACK"


def test_constraints_name_their_parts(failing: Db) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        failing.execute("INSERT INTO parent VALUES (1, 1, 1, 2)")
    told = caught.value.diag
    assert (told.table_name, told.constraint_name) == ("parent", "parent_pkey")
    assert told.message_detail == "Key (a)=(1) already exists."
    with pytest.raises(psycopg.errors.NotNullViolation) as missing:
        failing.execute("INSERT INTO parent VALUES (2, NULL, 1, 2)")
    assert (missing.value.diag.table_name, missing.value.diag.column_name) == ("parent", "b")


def test_writers_in_conflict(failing: Db, login_of_module: Login) -> None:
    failing.execute("CREATE TABLE contested AS SELECT 1 AS i")
    with login_of_module.connect(autocommit=False) as other:
        other.execute("UPDATE contested SET i = 2")
        with pytest.raises(psycopg.errors.SerializationFailure, match="could not serialize access"):
            failing.execute("UPDATE contested SET i = 3")
