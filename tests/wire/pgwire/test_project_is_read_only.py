"""No statement of a tenant changes, hides or shadows a table of the project for others, by whatever name it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.wire.pgwire.sql_cast import Login

Db = psycopg.Connection[Any]
REFUSALS = ("42501", "42P06", "3D000", "42809", "42P01", "42601", "0A000", "25006", "42939", "42P07", "42704")

NAMES = ("orders", "in_c_sales.orders", "IN_C_SALES.ORDERS", '"in_c_sales"."orders"', "project.in_c_sales.orders")
ON_A_NAME = (
    "DROP VIEW {0}",
    "DROP VIEW IF EXISTS {0} CASCADE",
    "DROP TABLE {0}",
    "ALTER VIEW {0} RENAME TO mine",
    "ALTER TABLE {0} RENAME TO mine",
    "ALTER TABLE {0} ADD COLUMN more int",
    "ALTER TABLE {0} DROP COLUMN id",
    "COMMENT ON TABLE {0} IS 'x'",
    "COMMENT ON VIEW {0} IS 'x'",
    "COMMENT ON COLUMN {0}.id IS 'x'",
    "INSERT INTO {0} VALUES (9, 9)",
    "UPDATE {0} SET amount = 0",
    "DELETE FROM {0}",
    "TRUNCATE {0}",
    "MERGE INTO {0} USING (SELECT 1 AS id) s ON {0}.id = s.id WHEN MATCHED THEN DELETE",
    "CREATE INDEX mine ON {0} (id)",
    "COPY {0} FROM STDIN",
)
ON_A_SCHEMA = (
    "CREATE SCHEMA in_c_sales",
    "CREATE SCHEMA IF NOT EXISTS IN_C_SALES",
    "DROP SCHEMA in_c_sales CASCADE",
    "DROP SCHEMA project.in_c_sales CASCADE",
    "CREATE SCHEMA project.mine",
    "CREATE TABLE in_c_sales.mine (i int)",
    "CREATE TABLE in_c_sales.mine AS SELECT 1 AS i",
    "SELECT 1 AS i INTO in_c_sales.mine",
    "CREATE VIEW in_c_sales.mine AS SELECT 1 AS i",
    "CREATE OR REPLACE VIEW in_c_sales.orders AS SELECT 1 AS i",
    "CREATE OR REPLACE TABLE in_c_sales.orders AS SELECT 1 AS i",
    "CREATE SEQUENCE in_c_sales.mine",
    "CREATE TYPE in_c_sales.mine AS ENUM ('a')",
    "CREATE MACRO in_c_sales.mine(a) AS a",
    "CREATE TEMP VIEW in_c_sales.mine AS SELECT 1 AS i",
    "EXPLAIN ANALYZE CREATE TABLE in_c_sales.mine AS SELECT 1 AS i",
    "PREPARE p AS CREATE TABLE in_c_sales.mine AS SELECT 1 AS i",
)
PATHS = ("public", "in_c_sales", "in_c_sales, public", "public, in_c_sales")


@pytest.fixture
def intact(login: Login) -> Iterator[None]:
    """Others see what they saw before."""
    with login.connect() as other:
        yield
        assert other.execute("SELECT count(*), sum(amount) FROM in_c_sales.orders").fetchone() == (3, 7.5)
        assert other.execute("SELECT count(*), sum(amount) FROM orders").fetchone() == (3, 7.5)
        found = other.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        assert [place for place in found if place[0] == "in_c_sales"] == [("in_c_sales", "orders")]
    with login.connect() as later:
        assert later.execute("SELECT count(*), sum(amount) FROM orders").fetchone() == (3, 7.5)


def refused(db: Db, statement: str, **how: Any) -> str | None:
    try:
        db.execute(statement, **how)
    except psycopg.Error as error:
        return None if error.sqlstate in REFUSALS else f"{statement}: {error.sqlstate} {error}"
    return f"{statement}: succeeded"


@pytest.mark.parametrize("path", PATHS)
def test_no_definition_or_change_reaches_a_project_table(db: Db, intact: None, path: str) -> None:
    db.execute(f"SET search_path = {path}")
    attacks = [form.format(name) for form in ON_A_NAME for name in NAMES] + list(ON_A_SCHEMA)
    assert [fault for attack in attacks if (fault := refused(db, attack))] == []


def test_nor_in_a_block_or_in_the_extended_protocol(db: Db, intact: None) -> None:
    faults = []
    for attack in (*(form.format("orders") for form in ON_A_NAME[:-1]), *ON_A_SCHEMA):
        faults.append(refused(db, attack, prepare=True))
        for block in ("BEGIN", "BEGIN; CREATE TABLE first_mine (i int)"):
            db.execute(block)
            faults.append(refused(db, attack))
            db.execute("ROLLBACK")
        faults.append(refused(db, f"SELECT 1; {attack}; SELECT 2"))
    assert [fault for fault in faults if fault] == []


@pytest.mark.parametrize("path", ["in_c_sales", "in_c_sales, public"])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (i int)",
        "CREATE TABLE mine AS SELECT 1 AS i",
        "CREATE VIEW mine AS SELECT 1 AS i",
        "CREATE SEQUENCE mine",
        "CREATE MACRO mine() AS 1",
        "CREATE TYPE mine AS ENUM ('a')",
        "EXPLAIN ANALYZE CREATE TABLE mine AS SELECT 1 AS i",
    ],
)
def test_nothing_is_made_among_project_tables_by_way_of_the_search_path(
    db: Db, intact: None, path: str, statement: str
) -> None:
    db.execute(f"SET search_path = {path}")
    assert refused(db, statement) is None
    db.execute("RESET search_path")
    for name in ("in_c_sales.mine", "mine"):
        with pytest.raises(psycopg.Error):
            db.execute(f"SELECT * FROM {name}")


def test_a_refused_definition_says_why_and_names_nothing_of_ours(db: Db) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught:
        db.execute("DROP VIEW orders")
    assert caught.value.diag.message_primary == "permission denied: project tables are read-only"
    assert caught.value.diag.message_detail is None


def test_temporary_objects_and_own_tables_shadow_for_their_owner_only(db: Db, intact: None) -> None:
    db.execute("CREATE TEMP TABLE orders AS SELECT 'mine' AS id")
    assert db.execute("SELECT id FROM orders").fetchall() == [("mine",)]
    db.execute("DROP TABLE orders")
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (3,)


def test_own_definitions_still_work_alone_and_in_blocks(db: Db) -> None:
    db.execute("CREATE TABLE own AS SELECT 1 AS i")
    db.execute("BEGIN; ALTER TABLE own ADD COLUMN j int; COMMENT ON TABLE own IS 'x'; INSERT INTO own VALUES (2, 2)")
    db.execute("CREATE VIEW both_own AS SELECT own.i FROM own, in_c_sales.orders")
    db.execute("COMMIT")
    assert db.execute("SELECT count(*) FROM both_own").fetchone() == (6,)
    db.execute("BEGIN; DROP VIEW both_own; DROP TABLE own; ROLLBACK")
    assert db.execute("SELECT count(*) FROM own").fetchone() == (2,)
    db.execute("DROP VIEW both_own; DROP TABLE own")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        db.execute("BEGIN READ ONLY; CREATE TABLE own (i int)")
    db.execute("ROLLBACK")


def test_own_objects_are_found_behind_a_bucket_that_leads_the_search_path(db: Db, intact: None) -> None:
    db.execute("CREATE TABLE behind (i int)")
    db.execute("SET search_path = in_c_sales, public")
    for statement in (
        "ALTER TABLE behind ADD COLUMN j int",
        "COMMENT ON TABLE behind IS 'x'",
        "CREATE INDEX behind_i ON behind (i)",
        "INSERT INTO behind VALUES (1, 1)",
        "DROP INDEX behind_i",
        "DROP TABLE behind",
    ):
        db.execute(statement)
