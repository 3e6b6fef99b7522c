"""PostgreSQL's catalogs and names in real sessions: what a workspace holds, what its project shows, who asks."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace

Db = psycopg.Connection[Any]
_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum"


def test_the_sessions_user_and_places(db: Db, login: Login) -> None:
    row = db.execute("SELECT current_user, session_user, user, current_catalog, current_database()").fetchone()
    assert row == (login.user, login.user, login.user, login.database, login.database)
    assert db.execute("SELECT current_schema, current_schemas(false)").fetchone() == ("public", ["public"])


def test_columns_are_called_and_typed_as_in_postgresql(db: Db) -> None:
    cursor = db.execute(
        "SELECT oid, relname, relkind, oid::regclass, count(*) OVER (), version() FROM pg_class LIMIT 1"
    )
    assert cursor.description is not None
    assert [(column.name, column.type_code) for column in cursor.description] == [
        ("oid", 26), ("relname", 19), ("relkind", 18), ("oid", 2205), ("count", 20), ("version", 25),
    ]  # fmt: skip


def test_a_table_of_the_project_is_seen_once_it_is_there(db: Db, ana: tuple[Person, Login]) -> None:
    assert db.execute("SELECT to_regclass('in_c_sales.later')").fetchone() == (None,)
    ana[0].make_table("in.c-sales", "later", {"id": "BIGINT", "name": "VARCHAR"})
    db.execute("SELECT * FROM in_c_sales.later")
    assert db.execute(_COLUMNS, ["in_c_sales.later"]).fetchall() == [("id",), ("name",)]


def test_a_transaction_sees_its_own_tables_and_others_do_not(db: Db, login: Login) -> None:
    with login.connect() as other, db.transaction():
        db.execute("CREATE TABLE mine_alone (i INTEGER PRIMARY KEY)")
        assert db.execute("SELECT to_regclass('mine_alone') IS NULL").fetchone() == (False,)
        assert other.execute("SELECT to_regclass('mine_alone') IS NULL").fetchone() == (True,)


def test_temporary_tables_are_of_the_session(db: Db) -> None:
    db.execute("CREATE TEMP TABLE passing (a INTEGER, b TEXT)")
    found = db.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'passing'").fetchall()
    assert found == [("a",), ("b",)]


def test_public_and_names_of_three_parts(db: Db, login: Login) -> None:
    db.execute("CREATE TABLE public.named (i INTEGER)")
    db.execute(f"INSERT INTO {login.database}.public.named VALUES (1)")
    assert db.execute('SELECT "public"."named".i, named.* FROM "public"."named"').fetchone() == (1, 1)
    assert db.execute(f"SELECT count(*) FROM {login.database}.in_c_sales.orders").fetchone() == (3,)
    place = f"{login.database}.information_schema.tables"
    assert db.execute(f"SELECT table_schema FROM {place} WHERE table_name = 'named'").fetchone() == ("public",)


def test_the_search_path_leads_lookups_and_visibility(db: Db) -> None:
    db.execute("SET search_path TO in_c_sales, public")
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (3,)
    assert db.execute("SELECT current_schema, pg_table_is_visible('orders'::regclass)").fetchone() == (
        "in_c_sales",
        True,
    )
    for statement in ("INSERT INTO orders VALUES (1, 2)", "UPDATE orders SET amount = 0", "DELETE FROM orders"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table orders"):
            db.execute(statement)


def test_patterns_are_escaped_as_in_postgresql(db: Db) -> None:
    found = db.execute(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'in\_c\_sal%'").fetchall()
    assert found == [("in_c_sales",)]


def test_an_index_without_a_name_gets_postgresqls(db: Db) -> None:
    db.execute("CREATE TABLE indexed (a INTEGER, b INTEGER)")
    db.execute("CREATE INDEX ON indexed (a, b)")
    assert db.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'indexed'").fetchone() == ("indexed_a_b_idx",)


def test_first_questions_of_many_sessions_at_once(sql: SqlServer, ana: tuple[Person, Login]) -> None:
    fresh = make_workspace(sql, ana[0])
    found: list[Any] = []

    def ask() -> None:
        with fresh.connect(autocommit=False) as connection:
            found.append(connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'orders'").fetchone())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(1,)] * 4


def test_the_engines_lists_hold_what_users_have(db: Db, login: Login) -> None:
    db.execute("CREATE TABLE listed (i INTEGER)")
    names = [name for (name,) in db.execute("SHOW TABLES").fetchall()]
    assert "listed" in names
    assert "_workspace_info" not in names
    places = {(row[0], row[1]) for row in db.execute("SHOW ALL TABLES").fetchall()}
    assert places >= {(login.database, "main"), (login.database, "in_c_sales")}
    assert db.execute("SHOW DATABASES").fetchall() == [(login.database,)]
    assert {name for name, *_ in db.execute("SHOW SCHEMAS").fetchall()} == {login.database}


def test_use_leads_to_an_own_schema(db: Db) -> None:
    db.execute("CREATE SCHEMA used")
    db.execute("USE used")
    db.execute("CREATE TABLE placed AS SELECT 1 AS i")
    assert db.execute("SELECT * FROM used.placed AS a, placed AS b").fetchall() == [(1, 1)]
    assert db.execute("SHOW search_path").fetchone() == ("used",)
    with pytest.raises(psycopg.errors.InvalidSchemaName, match='schema "nowhere" does not exist'):
        db.execute("USE nowhere")
    for name in ("project", "memory", "kb_catalogs", "_v_1"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute(f"USE {name}")


def test_a_schema_of_the_path_may_be_made_later(db: Db) -> None:
    db.execute("SET search_path TO made_later, public")
    db.execute("CREATE SCHEMA made_later")
    db.execute("CREATE TABLE made_later.first_of_path AS SELECT 1 AS i")
    assert db.execute("SELECT * FROM first_of_path").fetchone() == (1,)
    db.execute("CREATE TABLE second_of_path (i INTEGER)")
    assert db.execute("SELECT to_regclass('made_later.second_of_path') IS NULL").fetchone() == (False,)


def test_a_setting_that_nobody_has_set_is_unknown(db: Db) -> None:
    with pytest.raises(psycopg.errors.UndefinedObject, match='unrecognized configuration parameter "app.nothing"'):
        db.execute("SHOW app.nothing")


def test_a_view_over_the_catalogs_is_told_in_postgresqls_names(db: Db) -> None:
    db.execute("CREATE VIEW catalog_view AS SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r'")
    (text,) = db.execute("SELECT pg_get_viewdef('catalog_view'::regclass)").fetchone() or ("",)
    assert "pg_catalog.pg_class" in text
    assert "(oid)::regclass" in text
    assert "kb_" not in text
    assert ("in_c_sales.orders",) in db.execute("SELECT * FROM catalog_view").fetchall()


def test_a_transaction_may_be_the_first_to_ask_the_catalogs(ana: tuple[Person, Login], sql: SqlServer) -> None:
    fresh = make_workspace(sql, ana[0], name="asked-late")
    with fresh.connect(autocommit=False) as connection:
        assert connection.execute("SELECT count(*) FROM in_c_sales.orders").fetchone() == (3,)
        connection.execute("CREATE TABLE in_block (i INTEGER)")
        found = connection.execute("SELECT relname FROM pg_class WHERE relname IN ('in_block', 'orders') ORDER BY 1")
        assert found.fetchall() == [("in_block",), ("orders",)]
