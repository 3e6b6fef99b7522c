"""Attacks by a tenant with SQL: each is refused, and the session goes on."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.cast import Person, new_project
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace

Db = psycopg.Connection[Any]

REFUSED = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM glob('/*')",
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "ATTACH '/tmp/other.duckdb' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH project",
    "/* x */ DETACH project",
    "SELECT 1; DETACH project",
    "USE project",
    "USE memory",
    "PRAGMA threads=2",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "SET GLOBAL memory_limit = '1TB'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET lock_configuration",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "COPY FROM DATABASE project TO memory",
    "CREATE SECRET s (TYPE s3)",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM query('SELECT 1')",
    "SELECT getenv('HOME')",
    "CREATE MACRO sneaky() AS TABLE SELECT * FROM read_csv('/etc/passwd')",
    "CREATE VIEW sneaky AS SELECT * FROM read_text('/etc/passwd')",
    "EXPLAIN ANALYZE SELECT * FROM read_text('/etc/passwd')",
    "PREPARE sneaky AS SELECT * FROM read_text('/etc/passwd')",
    "CALL enable_logging()",
    "CALL pragma_database_list()",
    "FORCE CHECKPOINT",
    "CREATE SCHEMA in_c_sales",
    "CREATE TABLE project.in_c_sales.mine (i int)",
    "CREATE TABLE memory.main.mine (i int)",
    "SET ROLE postgres",
    "CREATE DATABASE other",
    "SELECT * FROM _v_1_in_c_sales.main.data",
    "CREATE OR REPLACE TEMP MACRO current_setting(x) AS 1",
    "DROP TABLE pg_class",
    "DELETE FROM pg_catalog.pg_policy",
    "INSERT INTO pg_policy (polname) VALUES ('x')",
    "UPDATE pg_settings SET setting = 'x'",
    "TRUNCATE pg_policy",
    "ALTER TABLE pg_policy ADD COLUMN c int",
    "CREATE INDEX i ON pg_policy (polname)",
    "COMMENT ON TABLE pg_policy IS 'x'",
    "COPY pg_policy FROM STDIN",
    "MERGE INTO pg_policy USING (SELECT 1 AS i) s ON false WHEN NOT MATCHED THEN INSERT (polname) VALUES ('x')",
    "WITH x AS (SELECT 1) INSERT INTO pg_policy (polname) SELECT 'x' FROM x",
    "INSERT INTO information_schema.sql_parts SELECT * FROM information_schema.sql_parts",
    "SELECT * INTO pg_policy FROM pg_class",
    "SELECT * FROM memory.kb_pg.kb_setting",
    "SELECT memory.kb_pg.version()",
    "SELECT * FROM kb_pg.kb_setting",
    "DROP SCHEMA memory.kb_pg CASCADE",
    "DROP SCHEMA kb_pg CASCADE",
    "DROP MACRO memory.kb_pg.version",
    "DROP TABLE _workspace_info",
    "DROP TABLE public._workspace_info",
    "ALTER TABLE _workspace_info RENAME TO other",
    "INSERT INTO _workspace_info SELECT * FROM _workspace_info",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_it_is_refused(db: Db, statement: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(statement)
    assert caught.value.sqlstate in ("42501", "0A000", "3D000", "42P06", "42601", "55P02", "42939", "42P01", "3F000"), (
        caught.value
    )
    assert db.execute("SELECT count(*) FROM in_c_sales.orders").fetchone() == (3,)


@pytest.mark.parametrize("statement", [each for each in REFUSED if ";" not in each])
def test_it_is_refused_in_the_extended_protocol(db: Db, statement: str) -> None:
    with pytest.raises(psycopg.Error):
        db.execute(statement, prepare=True)
    assert db.execute("SELECT 1", prepare=True).fetchone() == (1,)


def test_no_path_of_the_host_is_told(sql: SqlServer, db: Db) -> None:
    shown = db.execute("SELECT coalesce(current_setting('temp_directory', true), '')").fetchone()
    assert shown == ("",)
    for query in ("SHOW ALL", "SHOW TABLES", "SELECT * FROM duckdb_variables()"):
        told = str(db.execute(query).fetchall())
        assert str(sql.server.data_dir) not in told


class TestOtherTenants:
    @pytest.fixture
    def other(self, sql: SqlServer) -> Any:
        with new_project(sql.server) as owner:
            owner.make_bucket("in.c-secret")
            owner.make_table("in.c-secret", "salaries", {"i": "BIGINT"})
            yield owner, make_workspace(sql, owner)

    def test_their_tables_are_not_there(self, other: tuple[Person, Login], db: Db) -> None:
        with other[1].connect() as theirs:
            theirs.execute("SELECT * FROM in_c_secret.salaries")
            theirs.execute("CREATE TABLE hidden (i int)")
        for name in ("in_c_secret.salaries", "hidden", f"{other[1].database}.main.hidden"):
            with pytest.raises(psycopg.Error) as caught:
                db.execute(f"SELECT * FROM {name}")
            assert caught.value.sqlstate in ("42P01", "3F000", "3D000"), name

    def test_their_files_cannot_be_read(self, sql: SqlServer, other: tuple[Person, Login], db: Db) -> None:
        found = [str(path) for path in sql.server.data_dir.rglob("*") if path.is_file()]
        assert found
        for path in found[:5]:
            for statement in (f"ATTACH '{path}' AS theirs (READ_ONLY)", f"SELECT * FROM read_blob('{path}')"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(statement)

    def test_their_password_does_not_open_my_workspace(self, other: tuple[Person, Login], login: Login) -> None:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(login.dsn(user=other[1].user, password=other[1].password))


@pytest.mark.parametrize(
    "call",
    [
        "current_setting('temp_directory')",
        "main.current_setting('temp_directory')",
        "\"current_setting\"('temp_directory')",
        "pg_catalog.current_setting('temp_directory')",
        "('temp_directory').current_setting()",
        "temp_directory.current_setting() FROM (SELECT 'temp_directory' AS temp_directory)",
        "list_transform(['temp_directory'], lambda x: main.current_setting(x))",
    ],
)
def test_no_setting_of_the_engine_is_told(db: Db, call: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(f"SELECT {call}")
    assert caught.value.sqlstate in ("42704", "42883", "42501", "22023", "P0001")
