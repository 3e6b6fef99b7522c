"""Statements of real clients: their kind, tag and parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workspaces.sql.classify import classify, command_tag
from workspaces.sql.errors import SqlError
from workspaces.sql.split import split
from workspaces.sql.statement import (
    Begin,
    Channel,
    Close,
    Copy,
    Deallocate,
    Declare,
    Definition,
    Detail,
    Discard,
    End,
    Execute,
    Explain,
    Fetch,
    Lock,
    Pragma,
    Prepare,
    Reset,
    Savepoint,
    Set,
    SetRole,
    SetTransaction,
    Show,
    Statement,
    StatementKind,
)


def read(text: str) -> Statement:
    (piece,) = split(text)
    return classify(piece.tokens)


@pytest.mark.parametrize(
    ("text", "tag", "returns_rows", "writes"),
    [
        ("SELECT 1", "SELECT 7", True, False),
        ("(SELECT 1) UNION (SELECT 2)", "SELECT 7", True, False),
        ("VALUES (1)", "SELECT 7", True, False),
        ("TABLE t", "SELECT 7", True, False),
        ("FROM t", "SELECT 7", True, False),
        ("WITH x AS (SELECT 1) FROM x", "SELECT 7", True, False),
        ("DESCRIBE t", "SELECT 7", True, False),
        ("SUMMARIZE t", "SELECT 7", True, False),
        ("PIVOT t ON a USING sum(b)", "SELECT 7", True, False),
        ("PRAGMA table_info('t')", "SELECT 7", True, False),
        ("CALL range(3)", "SELECT 7", True, False),
        ("INSERT INTO t VALUES (1)", "INSERT 0 7", False, True),
        ("INSERT INTO t VALUES (1) RETURNING a", "INSERT 0 7", True, True),
        ("WITH x AS (SELECT 1) INSERT INTO t FROM x", "INSERT 0 7", False, True),
        ("UPDATE t SET a = 1", "UPDATE 7", False, True),
        ("UPDATE extensions SET a = 1", "UPDATE 7", False, True),
        ("DELETE FROM t RETURNING *", "DELETE 7", True, True),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "MERGE 7", False, True),
        ("TRUNCATE t", "TRUNCATE TABLE", False, True),
        ("COPY t FROM STDIN", "COPY 7", False, True),
        ("COPY t TO STDOUT", "COPY 7", False, False),
        ("CREATE TABLE t (a int)", "CREATE TABLE", False, True),
        ("CREATE TABLE t AS SELECT 1", "SELECT 7", False, True),
        ("CREATE TEMP TABLE t (a) AS SELECT 1 WITH NO DATA", "SELECT 7", False, True),
        ("CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "CREATE VIEW", False, True),
        ("CREATE SCHEMA s", "CREATE SCHEMA", False, True),
        ("CREATE UNIQUE INDEX i ON t (a)", "CREATE INDEX", False, True),
        ("CREATE SEQUENCE s", "CREATE SEQUENCE", False, True),
        ("CREATE TYPE t AS ENUM ('a')", "CREATE TYPE", False, True),
        ("CREATE MACRO m(a) AS a", "CREATE FUNCTION", False, True),
        ("DROP TABLE a, b", "DROP TABLE", False, True),
        ("DROP MACRO TABLE m", "DROP FUNCTION", False, True),
        ("ALTER TABLE t RENAME TO u", "ALTER TABLE", False, True),
        ("COMMENT ON TABLE t IS 'x'", "COMMENT", False, True),
        ("EXPLAIN SELECT 1", "EXPLAIN", True, False),
        ("EXPLAIN DELETE FROM t", "EXPLAIN", True, False),
        ("EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN", True, True),
        ("SHOW search_path", "SHOW", True, False),
        ("SET a.b = 1", "SET", False, False),
        ("RESET ALL", "RESET", False, False),
        ("START TRANSACTION", "START TRANSACTION", False, False),
        ("BEGIN", "BEGIN", False, False),
        ("END", "COMMIT", False, False),
        ("ABORT", "ROLLBACK", False, False),
        ("RELEASE a", "RELEASE", False, False),
        ("FETCH ALL FROM c", "FETCH 7", True, False),
        ("MOVE c", "MOVE 7", False, False),
        ("DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR", False, False),
        ("CLOSE ALL", "CLOSE CURSOR ALL", False, False),
        ("DISCARD ALL", "DISCARD ALL", False, False),
        ("DEALLOCATE PREPARE ALL", "DEALLOCATE ALL", False, False),
        ("PREPARE p AS SELECT 1", "PREPARE", False, False),
        ("LOCK t", "LOCK TABLE", False, False),
        ("VACUUM", "VACUUM", False, False),
        ("ANALYZE t", "ANALYZE", False, False),
        ("CHECKPOINT", "CHECKPOINT", False, False),
        ("UNLISTEN *", "UNLISTEN", False, False),
        ("GRANT SELECT ON t TO u", "GRANT", False, False),
    ],
)
def test_tag_rows_and_writes(text: str, tag: str, returns_rows: bool, writes: bool) -> None:
    statement = read(f"/* hello */ -- there\n{text} -- end\n;")
    assert (command_tag(statement, 7), statement.returns_rows, statement.writes) == (tag, returns_rows, writes)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", Begin(read_only=True, isolation="serializable")),
        ("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ", Begin(isolation="repeatable read")),
        ("begin work read write, not deferrable", Begin(read_only=False, deferrable=False)),
        ("START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY, DEFERRABLE",
         Begin(True, "read committed", True)),
        ("COMMIT AND CHAIN", End(chain=True)),
        ("ROLLBACK WORK AND NO CHAIN", End()),
        ('SAVEPOINT "_pg3_1"', Savepoint("_pg3_1")),
        ("RELEASE SAVEPOINT __asyncpg_savepoint_8__;", Savepoint("__asyncpg_savepoint_8__")),
        ('RELEASE "_pg3_1"', Savepoint("_pg3_1")),
        ("ROLLBACK TO Sp", Savepoint("sp")),
        ("ROLLBACK TRANSACTION TO SAVEPOINT sp", Savepoint("sp")),
        ("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", SetTransaction(isolation="read uncommitted")),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE",
            SetTransaction(True, "serializable", is_session=True),
        ),
        ("SET TRANSACTION SNAPSHOT '1-2'", SetTransaction(snapshot="1-2")),
        ("SET application_name = 'jdbctest'", Set("application_name", ("jdbctest",))),
        ("set LOCAL Statement_Timeout TO 100", Set("statement_timeout", ("100",), is_local=True)),
        ("SET SESSION extra_float_digits = -3", Set("extra_float_digits", ("-3",))),
        ('SET "TimeZone" TO "UTC"', Set("timezone", ("UTC",))),
        ('SET search_path TO Analytics, "B c", \'d\'', Set("search_path", ("analytics", "B c", "d"))),
        ("SET x TO DEFAULT", Set("x", None)),
        ("SET GLOBAL threads = 1", Set("threads", ("1",), is_global=True)),
        ("SET TIME ZONE 'Europe/Prague'", Set("timezone", ("Europe/Prague",))),
        ("SET TIME ZONE LOCAL", Set("timezone", None)),
        ("SET TIME ZONE -7", Set("timezone", ("-7",))),
        ("SET LOCAL TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE", Set("timezone", ("+02:00",), is_local=True)),
        ("SET NAMES 'utf8'", Set("client_encoding", ("utf8",))),
        ("SET SCHEMA 'x'", Set("search_path", ("x",))),
        ("SET kb.dialect = postgres", Set("kb.dialect", ("postgres",))),
        ("SET ROLE NONE", SetRole(None)),
        ("SET ROLE 'Bob'", SetRole("Bob")),
        ("SET SESSION AUTHORIZATION DEFAULT", SetRole(None, is_session_authorization=True)),
        ("RESET SESSION AUTHORIZATION", SetRole(None, is_session_authorization=True)),
        ("RESET Search_Path", Reset("search_path")),
        ("RESET TIME ZONE", Reset("timezone")),
        ("SHOW TRANSACTION ISOLATION LEVEL", Show("transaction_isolation")),
        ("SHOW standard_conforming_strings", Show("standard_conforming_strings")),
        ("SHOW TIME ZONE", Show("timezone")),
        ("SHOW ALL", Show("all")),
        ("SHOW TABLES", Show("tables", is_engine_list=True)),
        ("SHOW ALL TABLES", Show("all tables", is_engine_list=True)),
        ("DESCRIBE", Show("tables", is_engine_list=True)),
        ("DISCARD TEMPORARY", Discard("temp")),
        ("PREPARE p (int, varchar(10)) AS SELECT $1", Prepare("p", ("int", "varchar ( 10 )"), (32, 41))),
        ("EXECUTE p (1, 'a,b', f(2, 3))", Execute("p", ((11, 12), (14, 19), (21, 28)))),
        ("EXECUTE p", Execute("p", ())),
        ('DEALLOCATE "all"', Deallocate("all")),
        ("DEALLOCATE PREPARE P", Deallocate("p")),
        ('DECLARE "sc" CURSOR FOR select 1', Declare("sc", (24, 32))),
        (
            "DECLARE _psql_cursor NO SCROLL CURSOR FOR\nSELECT 1",
            Declare("_psql_cursor", (42, 50), scroll=False),
        ),
        (
            "DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR VALUES (1)",
            Declare("c", (57, 67), scroll=True, hold=True, binary=True, insensitive=True),
        ),
        ("DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1", Declare("c", (34, 42))),
        ('FETCH FORWARD 2 FROM "sc"', Fetch("forward", 2, "sc")),
        ('FETCH FORWARD ALL FROM "sc"', Fetch("forward", None, "sc")),
        ("FETCH c", Fetch("forward", 1, "c")),
        ("FETCH NEXT FROM c", Fetch("forward", 1, "c")),
        ("FETCH FROM c", Fetch("forward", 1, "c")),
        ("FETCH 100 IN c", Fetch("forward", 100, "c")),
        ("FETCH -5 c", Fetch("backward", 5, "c")),
        ("FETCH PRIOR c", Fetch("backward", 1, "c")),
        ("FETCH LAST IN c", Fetch("absolute", -1, "c")),
        ("FETCH ABSOLUTE -2 FROM c", Fetch("absolute", -2, "c")),
        ("FETCH RELATIVE 0 c", Fetch("relative", 0, "c")),
        ("MOVE BACKWARD ALL IN c", Fetch("backward", None, "c")),
        ("MOVE FORWARD c", Fetch("forward", 1, "c")),
        ('CLOSE "sc"', Close("sc")),
        ("UNLISTEN *", Channel(None)),
        ("NOTIFY c, 'hello'", Channel("c", "hello")),
        ("LOCK TABLE ONLY a.b, c IN ACCESS EXCLUSIVE MODE NOWAIT", Lock((("a", "b"), ("c",)), "access exclusive")),
        ("EXPLAIN (ANALYZE, BUFFERS off, FORMAT 'JSON') SELECT 1",
         Explain((("analyze", "true"), ("buffers", "off"), ("format", "json")))),
        ("EXPLAIN ANALYZE VERBOSE SELECT 1", Explain((("analyze", "true"), ("verbose", "true")))),
        ("PRAGMA threads=2", Pragma("threads", is_assignment=True)),
        ("DROP VIEW IF EXISTS v", Definition("VIEW", if_exists=True)),
        ("CREATE OR REPLACE TEMP MACRO m() AS 1", Definition("MACRO", is_temporary=True, or_replace=True)),
    ],
)  # fmt: skip
def test_the_parts_of_a_statement(text: str, detail: Detail) -> None:
    assert read(text).detail == detail


CSV = ("format", "csv")


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("copy in_c_sales.orders to stdout", Copy("to", ("in_c_sales", "orders"))),
        ("copy my from stdin (format binary)", Copy("from", ("my",), options=(("format", "binary"),))),
        ('COPY "my" TO STDOUT ', Copy("to", ("my",))),
        ("COPY (SELECT 1) TO STDOUT (FORMAT 'csv')", Copy("to", query=(6, 14), options=(CSV,))),
        ('COPY (SELECT 1) TO STDOUT (FORMAT "binary")', Copy("to", query=(6, 14), options=(("format", "binary"),))),
        ('copy t("A", b) from stdin with (format csv, header)',
         Copy("from", ("t",), columns=("A", "b"), options=(CSV, ("header", "true")))),
        ("COPY t FROM STDIN WITH (FORMAT csv, HEADER match, FORCE_NULL (a, b), FORCE_NOT_NULL *)",
         Copy("from", ("t",),
              options=(CSV, ("header", "match"), ("force_null", ("a", "b")), ("force_not_null", ("*",))))),
        ("COPY t TO STDOUT CSV HEADER DELIMITER AS ';' NULL AS ''",
         Copy("to", ("t",), options=(CSV, ("header", "true"), ("delimiter", ";"), ("null", "")))),
        ("COPY t TO STDOUT WITH CSV QUOTE '\"' ESCAPE E'\\\\' FORCE QUOTE a, b",
         Copy("to", ("t",), options=(CSV, ("quote", '"'), ("escape", "\\"), ("force_quote", ("a", "b"))))),
        ("COPY t FROM STDIN WITH BINARY", Copy("from", ("t",), options=(("format", "binary"),))),
        ("COPY BINARY t FROM STDIN", Copy("from", ("t",), options=(("format", "binary"),))),
        ("COPY t FROM STDIN USING DELIMITERS '|' WITH NULL AS 'x'",
         Copy("from", ("t",), options=(("delimiter", "|"), ("null", "x")))),
        ("COPY t FROM STDIN (DELIMITER E'\\t', ENCODING 'UTF8', FREEZE) WHERE a > 1",
         Copy("from", ("t",), options=(("delimiter", "\t"), ("encoding", "UTF8"), ("freeze", "true")), where=(67, 72))),
        ("COPY t FROM '/etc/passwd'", Copy("from", ("t",), file="/etc/passwd")),
        ("COPY t TO PROGRAM 'cat'", Copy("to", ("t",), file="cat", is_program=True)),
        ("COPY t TO x.csv", Copy("to", ("t",), file="x.csv")),
    ],
)  # fmt: skip
def test_every_spelling_of_copy(text: str, copy: Copy) -> None:
    assert read(text).detail == copy


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("INSERT OR REPLACE INTO a.b (c) VALUES (1)", [("a", "b")]),
        ('WITH x(a) AS NOT MATERIALIZED (SELECT 1), y AS (SELECT 2) UPDATE "A".b SET c = 1', [("A", "b")]),
        ("DELETE FROM ONLY a.b.c WHERE d", [("a", "b", "c")]),
        ("DROP TABLE IF EXISTS a.b, c CASCADE", [("a", "b"), ("c",)]),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON s.t USING btree (a)", [("i",), ("s", "t")]),
        ("COMMENT ON COLUMN s.t.c IS NULL", [("s", "t")]),
        ("EXPLAIN ANALYZE INSERT INTO a.b VALUES (1)", [("a", "b")]),
        ("TRUNCATE TABLE a, ONLY b.c", [("a",), ("b", "c")]),
        ("COPY a.b FROM STDIN", [("a", "b")]),
        ("COPY a.b TO STDOUT", []),
        ("CREATE TABLE a.b (x int DEFAULT 1) AS SELECT 1", [("a", "b")]),
    ],
)
def test_what_a_statement_changes(text: str, targets: list[tuple[str, ...]]) -> None:
    assert list(read(text).targets) == targets


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN NONSENSE",
        "SAVEPOINT",
        "SET x",
        "SET x =",
        "SHOW",
        "FETCH",
        "FETCH FORWARD 1.5 FROM c",
        "DECLARE c CURSOR",
        "DECLARE c CURSOR FOR",
        "PREPARE p AS",
        "EXECUTE p (1,)",
        "COPY t",
        "COPY (SELECT 1) FROM STDIN",
        "COPY t FROM STDIN (nonsense true)",
        "COPY t FROM STDIN (format csv, format text)",
        "COPY t FROM STDIN nonsense",
        "DISCARD x",
        "CLOSE a b",
        "EXPLAIN",
        "WITH x",
        "INSERT t",
        "CREATE",
        "LOCK t IN",
        "(ATTACH 'x')",
    ],
)
def test_a_statement_that_cannot_be_read_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SqlError) as caught:
        read(text)
    assert caught.value.sqlstate == "42601"


def test_deep_nesting_is_refused_and_not_followed() -> None:
    with pytest.raises(SqlError) as caught:
        read("EXPLAIN " * 1000 + "SELECT 1")
    assert caught.value.sqlstate == "54001"


def test_an_unknown_word_is_known_as_unknown() -> None:
    assert read("FROBNICATE t").kind == StatementKind.UNKNOWN
    assert read('"select" 1').kind == StatementKind.UNKNOWN


def test_the_inner_statement_keeps_its_place() -> None:
    statement = read("EXPLAIN ANALYZE DELETE FROM t")
    assert statement.inner is not None
    assert statement.inner.kind == StatementKind.DELETE
    assert statement.inner.span == (16, 29)
    assert replace(statement, inner=None).inner is None
