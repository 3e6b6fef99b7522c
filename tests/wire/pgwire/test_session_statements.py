"""Statements around queries: tags, notices, savepoints, settings, prepared statements, EXPLAIN, time-outs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace
from tests.wire.pgwire.test_session_protocol import has_ended, wait_until

Db = psycopg.Connection[Any]

TAGS = [
    ("SELECT 1 WHERE false", "SELECT 0"),
    ("VALUES (1), (2)", "SELECT 2"),
    ("FROM range(3)", "SELECT 3"),
    ("CREATE TABLE tagged (i int)", "CREATE TABLE"),
    ("INSERT INTO tagged VALUES (1), (2)", "INSERT 0 2"),
    ("INSERT INTO tagged VALUES (3) RETURNING i", "INSERT 0 1"),
    ("UPDATE tagged SET i = i + 1", "UPDATE 3"),
    ("DELETE FROM tagged WHERE i = 2", "DELETE 1"),
    ("MERGE INTO tagged USING (SELECT 9 AS k) ON i = k WHEN NOT MATCHED THEN INSERT VALUES (k)", "MERGE 1"),
    ("TRUNCATE tagged", "TRUNCATE TABLE"),
    ("CREATE TABLE tagged_as AS SELECT 1 AS i", "SELECT 1"),
    ("CREATE VIEW tagged_view AS SELECT 1 AS i", "CREATE VIEW"),
    ("CREATE SCHEMA tagged_schema", "CREATE SCHEMA"),
    ("CREATE INDEX tagged_index ON tagged (i)", "CREATE INDEX"),
    ("CREATE SEQUENCE tagged_sequence", "CREATE SEQUENCE"),
    ("CREATE TYPE tagged_type AS ENUM ('x')", "CREATE TYPE"),
    ("CREATE FUNCTION tagged_function(a) AS a", "CREATE FUNCTION"),
    ("CREATE MACRO tagged_macro(a) AS a", "CREATE FUNCTION"),
    ("COMMENT ON TABLE tagged IS 'x'", "COMMENT"),
    ("DROP INDEX tagged_index", "DROP INDEX"),
    ("ALTER TABLE tagged ADD COLUMN t text", "ALTER TABLE"),
    ("DROP VIEW tagged_view", "DROP VIEW"),
    ("DROP TABLE tagged", "DROP TABLE"),
    ("BEGIN", "BEGIN"),
    ("SAVEPOINT s", "SAVEPOINT"),
    ("ROLLBACK TO s", "ROLLBACK"),
    ("RELEASE s", "RELEASE"),
    ("LOCK TABLE tagged_as", "LOCK TABLE"),
    ("SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS"),
    ("COMMIT", "COMMIT"),
    ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY", "START TRANSACTION"),
    ("ABORT", "ROLLBACK"),
    ("SET work_mem = '5MB'", "SET"),
    ("SHOW work_mem", "SHOW"),
    ("RESET ALL", "RESET"),
    ("EXPLAIN SELECT 1", "EXPLAIN"),
    ("PREPARE tagged_statement AS SELECT 1", "PREPARE"),
    ("EXECUTE tagged_statement", "SELECT 1"),
    ("DEALLOCATE tagged_statement", "DEALLOCATE"),
    ("DEALLOCATE ALL", "DEALLOCATE ALL"),
    ("DISCARD ALL", "DISCARD ALL"),
    ("UNLISTEN *", "UNLISTEN"),
    ("ANALYZE", "ANALYZE"),
    ("VACUUM", "VACUUM"),
    ("CHECKPOINT", "CHECKPOINT"),
    ("USE main", "USE"),
    ("CLOSE ALL", "CLOSE CURSOR ALL"),
]


def value(db: Db, sql: str, *parameters: object) -> Any:
    row = db.execute(sql.encode(), parameters or None).fetchone()
    return row and row[0]


def noticed(db: Db, sql: str) -> list[tuple[str | None, str | None]]:
    found: list[tuple[str | None, str | None]] = []

    def note(told: psycopg.errors.Diagnostic) -> None:
        found.append((told.sqlstate, told.message_primary))

    db.add_notice_handler(note)
    try:
        db.execute(sql.encode())
    finally:
        db.remove_notice_handler(note)
    return found


def test_command_tags(db: Db) -> None:
    assert [(sql, db.execute(sql.encode()).statusmessage) for sql, _ in TAGS] == TAGS


class TestNotices:
    def test_what_is_skipped(self, db: Db) -> None:
        db.execute("CREATE TABLE noticed (i int); CREATE SCHEMA noticed_schema; CREATE SEQUENCE noticed_sequence")
        expected = [
            ("CREATE TABLE IF NOT EXISTS noticed (i int)", "42P07", 'relation "noticed" already exists, skipping'),
            ("CREATE SCHEMA IF NOT EXISTS noticed_schema", "42P06", 'schema "noticed_schema" already exists, skipping'),
            ("CREATE SEQUENCE IF NOT EXISTS noticed_sequence", "42P07",
             'relation "noticed_sequence" already exists, skipping'),
            ("ALTER TABLE noticed ADD COLUMN IF NOT EXISTS i int", "42701",
             'column "i" of relation "noticed" already exists, skipping'),
            ("ALTER TABLE noticed DROP COLUMN IF EXISTS k", "00000",
             'column "k" of relation "noticed" does not exist, skipping'),
            ("ALTER TABLE IF EXISTS missing ADD COLUMN i int", "00000", 'relation "missing" does not exist, skipping'),
            ("DROP TABLE IF EXISTS missing", "00000", 'table "missing" does not exist, skipping'),
            ("DROP VIEW IF EXISTS missing", "00000", 'view "missing" does not exist, skipping'),
            ("DROP SCHEMA IF EXISTS missing", "00000", 'schema "missing" does not exist, skipping'),
            ("DROP INDEX IF EXISTS missing", "00000", 'index "missing" does not exist, skipping'),
            ("DROP FUNCTION IF EXISTS missing", "00000", "function missing() does not exist, skipping"),
            ("COMMIT", "25P01", "there is no transaction in progress"),
            ("SET LOCAL work_mem = '5MB'", "25P01", "SET LOCAL can only be used in transaction blocks"),
        ]  # fmt: skip
        for sql, sqlstate, words in expected:
            assert noticed(db, sql) == [(sqlstate, words)], sql

    def test_nothing_skipped_is_nothing_said(self, db: Db) -> None:
        assert noticed(db, "CREATE TABLE IF NOT EXISTS orders (i int)") == []
        assert noticed(db, "DROP TABLE IF EXISTS orders") == []

    def test_a_second_begin(self, db: Db) -> None:
        db.execute("BEGIN")
        assert noticed(db, "BEGIN") == [("25001", "there is already a transaction in progress")]

    def test_clients_choose_how_bad_it_must_be(self, db: Db) -> None:
        db.execute("SET client_min_messages = warning")
        assert noticed(db, "DROP TABLE IF EXISTS missing") == []
        assert noticed(db, "ROLLBACK") == [("25P01", "there is no transaction in progress")]
        db.execute("SET client_min_messages = error")
        assert noticed(db, "ROLLBACK") == []


class TestSavepoints:
    def test_errors_of_reading_are_undone(self, db: Db) -> None:
        db.execute("BEGIN; SET TimeZone = 'Asia/Tokyo'; SAVEPOINT s; SET TimeZone = 'Europe/Paris'")
        for wrong in ("SELECT nope", "SELECT 'x'::int", "SELEC"):
            with pytest.raises(psycopg.Error):
                db.execute(wrong.encode())
            db.execute("ROLLBACK TO SAVEPOINT s")
            assert value(db, "SHOW TimeZone") == "Asia/Tokyo"
        db.execute("ROLLBACK")
        assert value(db, "SHOW TimeZone") == "UTC"

    def test_what_was_written_before_stays(self, db: Db) -> None:
        db.execute("CREATE TABLE saved (i int)")
        db.execute("BEGIN; INSERT INTO saved VALUES (1); SAVEPOINT s")
        with pytest.raises(errors.UndefinedColumn):
            db.execute("SELECT nope")
        db.execute("ROLLBACK TO s")
        db.execute("COMMIT")
        assert value(db, "SELECT count(*) FROM saved") == 1

    def test_writes_since_cannot_be_undone_alone(self, db: Db) -> None:
        db.execute("CREATE TABLE written (i int)")
        db.execute("BEGIN; SAVEPOINT s; INSERT INTO written VALUES (1)")
        with pytest.raises(errors.FeatureNotSupported, match='cannot undo changes made since "s"'):
            db.execute("ROLLBACK TO s")
        with pytest.raises(errors.InFailedSqlTransaction):
            db.execute("SELECT 1")
        db.execute("ROLLBACK")
        assert value(db, "SELECT count(*) FROM written") == 0

    def test_names_hide_each_other(self, db: Db) -> None:
        db.execute("BEGIN; SAVEPOINT s; SAVEPOINT s; RELEASE s; RELEASE s")
        with pytest.raises(errors.InvalidSavepointSpecification):
            db.execute("RELEASE s")


class TestSettings:
    def test_rollback_undoes_and_local_ends(self, db: Db) -> None:
        db.execute("SET statement_timeout = '7s'")
        db.execute("BEGIN; SET statement_timeout = '8s'; SET LOCAL lock_timeout = '1s'")
        assert value(db, "SHOW statement_timeout") == "8s"
        assert value(db, "SELECT current_setting('lock_timeout')") == "1s"
        db.execute("ROLLBACK")
        assert value(db, "SHOW statement_timeout") == "7s"
        assert value(db, "SHOW lock_timeout") == "0"

    def test_names_with_a_dot_are_settings_once_they_are_set(self, db: Db) -> None:
        db.execute("SET my.own = 'value'")
        assert value(db, "SHOW my.own") == "value"
        assert value(db, "SHOW in_c_sales.orders") == "id"

    def test_show_all(self, db: Db) -> None:
        cursor = db.execute("SHOW ALL")
        assert [column.name for column in cursor.description or ()] == ["name", "setting", "description"]
        assert "server_version" in {row[0] for row in cursor}

    def test_the_dialect_of_postgresql(self, db: Db) -> None:
        order = "SELECT x FROM (VALUES (1), (NULL)) t(x) ORDER BY x DESC LIMIT 1"
        assert (value(db, "SELECT 5 / 2"), value(db, order)) == (2.5, 1)
        db.execute("SET kb.dialect = postgres")
        assert (value(db, "SELECT 5 / 2"), value(db, order)) == (2, None)
        db.execute("RESET kb.dialect")
        assert (value(db, "SELECT 5 / 2"), value(db, order)) == (2.5, 1)
        assert value(db, "SHOW kb.dialect") == "duckdb"

    def test_the_dialect_is_the_connections_own_and_a_start_option(self, login: Login) -> None:
        with psycopg.connect(login.dsn(), options="-c kb.dialect=postgres") as one, login.connect() as other:
            assert value(one, "SELECT 5 / 2") == 2
            assert value(other, "SELECT 5 / 2") == 2.5


class TestPrepared:
    def test_types_are_declared_or_found(self, db: Db) -> None:
        db.execute("PREPARE declared (int, text) AS SELECT $1 + 1, $2")
        assert db.execute("EXECUTE declared('4', 5)").fetchone() == (5, "5")
        db.execute("PREPARE found AS SELECT $1 + 1")
        assert value(db, "EXECUTE found(2)") == 3
        with pytest.raises(psycopg.Error, match="wrong number of parameters"):
            db.execute("EXECUTE found(1, 2)")
        listed = db.execute("SELECT name, from_sql FROM pg_prepared_statements ORDER BY name").fetchall()
        assert [row for row in listed if row[1]] == [("declared", True), ("found", True)]

    def test_one_namespace_with_the_protocols(self, db: Db) -> None:
        db.pgconn.prepare(b"shared", b"SELECT 6")
        assert value(db, "EXECUTE shared") == 6
        with pytest.raises(errors.DuplicatePreparedStatement):
            db.execute("PREPARE shared AS SELECT 7")
        db.execute("DISCARD ALL")
        with pytest.raises(errors.InvalidSqlStatementName):
            db.execute("EXECUTE shared")


class TestParameters:
    def test_numerics_keep_their_scale(self, db: Db) -> None:
        for number in ("1.50", "-3", "0.000000000000001", "123456789012345678901234567890.12"):
            assert str(value(db, "SELECT %s", Decimal(number))) == str(Decimal(number))
        assert value(db, "SELECT %s", [Decimal("1.5"), Decimal("2.25")]) == [Decimal("1.50"), Decimal("2.25")]
        assert [value(db, "SELECT %s + 1", Decimal(each)) for each in ("1.5", "2.25")] == [
            Decimal("2.5"), Decimal("3.25"),
        ]  # fmt: skip

    def test_too_large_for_the_column(self, db: Db) -> None:
        db.execute("CREATE TABLE narrow (a smallint)")
        db.execute("INSERT INTO narrow VALUES (%s)", (5,))
        for number in (70_000, 2**40, 2**70):
            with pytest.raises(errors.NumericValueOutOfRange, match="smallint out of range"):
                db.execute("INSERT INTO narrow VALUES (%s)", (number,))

    def test_the_most_there_can_be(self, db: Db) -> None:
        count = 3000
        listed = ", ".join(["%s"] * count)
        assert value(db, f"SELECT list_sum([{listed}])", *range(count)) == sum(range(count))


class TestExplain:
    def test_one_column_one_row_for_each_line(self, db: Db) -> None:
        cursor = db.execute("EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM in_c_sales.orders WHERE id > 1")
        lines = [row[0] for row in cursor]
        assert [column.name for column in cursor.description or ()] == ["QUERY PLAN"]
        assert all("\n" not in line for line in lines)
        assert any("in_c_sales.orders" in line for line in lines)
        assert not any("_v_" in line for line in lines)

    def test_json_and_parameters(self, db: Db) -> None:
        plan = value(db, "EXPLAIN (FORMAT JSON) SELECT i FROM range(3) t(i) WHERE i > %s", 1)
        assert plan[0]["children"]
        with pytest.raises(errors.UndefinedColumn) as caught:
            db.execute("EXPLAIN SELECT nope")
        assert caught.value.diag.statement_position == "16"


class TestStoppingOthers:
    def test_a_session_of_the_workspace_is_ended(self, db: Db, login: Login) -> None:
        with login.connect() as other:
            assert value(db, f"SELECT pg_terminate_backend({other.info.backend_pid})") is True
            wait_until(lambda: has_ended(other))
        assert value(db, f"SELECT pg_cancel_backend({db.info.backend_pid + 1})") is False

    def test_no_other_workspace_is_within_reach(self, ana: tuple[Person, Login], db: Db, sql: SqlServer) -> None:
        with make_workspace(sql, ana[0]).connect() as stranger:
            assert value(db, f"SELECT pg_terminate_backend({stranger.info.backend_pid})") is False
            assert value(stranger, "SELECT 1") == 1


def test_a_transaction_that_takes_too_long_ends_the_session(login: Login) -> None:
    with login.connect() as db:
        db.execute("SET transaction_timeout = '200ms'")
        db.execute("BEGIN")
        with pytest.raises(errors.TransactionTimeout, match="due to transaction timeout"):
            db.execute("SELECT count(*) FROM range(1000000000000) a(i) WHERE hash(i) = 1")
        assert db.closed
