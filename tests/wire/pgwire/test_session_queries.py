"""What an analyst does all day: queries, own tables, project tables, mistakes, transactions."""

from __future__ import annotations

import subprocess
from typing import Any

import psycopg
import pytest

from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace

Db = psycopg.Connection[Any]


def sqlstate(db: Db, statement: str, *parameters: Any) -> str:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(statement, parameters or None)
    return caught.value.sqlstate or ""


class TestQueries:
    def test_select_one(self, db: Db) -> None:
        assert db.execute("SELECT 1").fetchall() == [(1,)]

    def test_an_empty_statement(self, db: Db) -> None:
        assert db.execute(" -- nothing\n;").description is None

    def test_own_tables_and_their_tags(self, db: Db) -> None:
        assert db.execute("CREATE TABLE own (i int, t text)").statusmessage == "CREATE TABLE"
        assert db.execute("INSERT INTO own VALUES (1, 'a'), (2, NULL)").statusmessage == "INSERT 0 2"
        assert db.execute("UPDATE own SET t = 'b' WHERE i = 2").statusmessage == "UPDATE 1"
        assert db.execute("SELECT * FROM own ORDER BY i").fetchall() == [(1, "a"), (2, "b")]
        assert db.execute("DELETE FROM own WHERE i = 1 RETURNING i").fetchall() == [(1,)]
        assert db.execute("CREATE TABLE own2 AS SELECT * FROM own").statusmessage == "SELECT 1"
        assert db.execute("TRUNCATE own").statusmessage == "TRUNCATE TABLE"
        assert db.execute("DROP TABLE own").statusmessage == "DROP TABLE"
        db.execute("DROP TABLE own2")

    def test_own_tables_stay(self, login: Login) -> None:
        with login.connect() as first:
            first.execute("CREATE TABLE kept AS SELECT 7 AS n")
        with login.connect() as second:
            assert second.execute("SELECT n FROM kept").fetchall() == [(7,)]
            second.execute("DROP TABLE kept")

    @pytest.mark.parametrize("binary", [False, True])
    def test_values_come_back_in_both_formats(self, db: Db, binary: bool) -> None:
        query = "SELECT 1::int, 2.5::numeric(10,2), 'ä', true, DATE '2024-02-29', NULL, [1,2], INTERVAL 1 DAY"
        row = db.execute(query, binary=binary).fetchone()
        assert row is not None
        assert (row[0], str(row[1]), row[2], row[3], str(row[4]), row[5], row[6], row[7].days) == (
            1, "2.50", "ä", True, "2024-02-29", None, [1, 2], 1,
        )  # fmt: skip

    def test_many_rows(self, db: Db) -> None:
        assert db.execute("SELECT count(*), sum(i) FROM range(300000) t(i)").fetchone() == (300_000, 44_999_850_000)
        assert len(db.execute("SELECT i, i::text FROM range(300000) t(i)").fetchall()) == 300_000

    def test_several_statements_in_one_message(self, login: Login) -> None:
        with login.connect() as db:
            cursor = db.execute("SELECT 1; SELECT 2; CREATE TEMP TABLE three (i int)")
            found = [cursor.fetchall()]
            while cursor.nextset():
                found.append(cursor.fetchall() if cursor.description else cursor.statusmessage)
            assert found == [[(1,)], [(2,)], "CREATE TABLE"]

    def test_several_statements_succeed_or_fail_together(self, db: Db) -> None:
        assert sqlstate(db, "CREATE TABLE together (i int); SELECT 1/'x'::int; SELECT 1") in ("22P02", "22012")
        assert sqlstate(db, "SELECT * FROM together") == "42P01"

    def test_columns_without_a_name_are_called_as_postgresql_does(self, db: Db) -> None:
        cursor = db.execute("SELECT count(*), max(id), 2 * 3, version() IS NULL AS named FROM in_c_sales.orders")
        assert [column.name for column in cursor.description or []] == ["count", "max", "?column?", "named"]

    def test_types_without_a_form_of_their_own_are_text(self, db: Db) -> None:
        assert db.execute("SELECT {'a': 1} AS s, MAP {'k': 2} AS m").fetchone() == ({"a": 1}, {"k": 2})


class TestProjectTables:
    def test_a_table_is_there_under_its_bucket(self, db: Db) -> None:
        assert db.execute("SELECT count(*), sum(amount) FROM in_c_sales.orders").fetchone() == (3, 7.5)
        assert db.execute("SELECT o.id FROM in_c_sales.orders o ORDER BY 1").fetchall() == [(1,), (2,), (3,)]

    def test_the_next_statement_sees_an_import(self, ana: tuple[Person, Login], db: Db) -> None:
        owner = ana[0]
        owner.make_table("in.c-sales", "fresh", {"i": "BIGINT"})
        assert db.execute("SELECT count(*) FROM in_c_sales.fresh").fetchone() == (0,)
        owner.load("i\n1\n2\n", "fresh").raise_for_status()
        assert db.execute("SELECT count(*) FROM in_c_sales.fresh").fetchone() == (2,)

    def test_a_transaction_keeps_what_it_saw(self, ana: tuple[Person, Login], login: Login) -> None:
        owner = ana[0]
        owner.make_table("in.c-sales", "steady", {"i": "BIGINT"})
        with login.connect(autocommit=False) as db:
            assert db.execute("SELECT count(*) FROM in_c_sales.steady").fetchone() == (0,)
            owner.load("i\n1\n2\n", "steady").raise_for_status()
            assert db.execute("SELECT count(*) FROM in_c_sales.steady").fetchone() == (0,)
            db.commit()
            assert db.execute("SELECT count(*) FROM in_c_sales.steady").fetchone() == (2,)

    def test_an_import_while_rows_are_read_disturbs_nobody(self, ana: tuple[Person, Login], login: Login) -> None:
        owner = ana[0]
        owner.make_table("in.c-sales", "busy", {"i": "BIGINT"})
        owner.load("i\n" + "\n".join(map(str, range(50_000))), "busy").raise_for_status()
        with login.connect() as db, db.cursor() as cursor:
            rows = cursor.stream("SELECT a.i, repeat('x', 100) FROM in_c_sales.busy a, range(5)")
            first = next(rows)
            owner.load("i\n1\n", "busy").raise_for_status()
            assert first is not None
            assert 1 + sum(1 for _ in rows) == 250_000

    def test_own_views_of_project_tables_are_current(self, ana: tuple[Person, Login], login: Login) -> None:
        owner = ana[0]
        owner.make_table("in.c-sales", "viewed", {"i": "BIGINT"})
        with login.connect() as db:
            db.execute("CREATE VIEW looks AS SELECT count(*) AS n FROM in_c_sales.viewed")
            assert db.execute("SELECT n FROM looks").fetchone() == (0,)
            owner.load("i\n1\n", "viewed").raise_for_status()
            assert db.execute("SELECT n FROM looks").fetchone() == (1,)

    def test_a_dropped_table_is_gone(self, ana: tuple[Person, Login], db: Db) -> None:
        owner = ana[0]
        owner.make_table("in.c-sales", "gone", {"i": "BIGINT"})
        db.execute("SELECT * FROM in_c_sales.gone")
        path = "/projects/{p}/branches/{br}/buckets/{bucket}/tables/{table}"
        owner.delete(path, bucket="in.c-sales", table="gone").raise_for_status()
        assert sqlstate(db, "SELECT * FROM in_c_sales.gone") == "42P01"

    def test_an_empty_bucket_is_a_schema(self, ana: tuple[Person, Login], login: Login) -> None:
        ana[0].make_bucket("in.c-empty")
        with login.connect() as db:
            assert sqlstate(db, "SELECT * FROM in_c_empty.nothing") == "42P01"
            assert sqlstate(db, "CREATE SCHEMA in_c_empty") == "42P06"

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO in_c_sales.orders VALUES (1, 1)",
            "DELETE FROM in_c_sales.orders",
            "DROP TABLE in_c_sales.orders",
            "CREATE TABLE in_c_sales.mine (i int)",
            "ALTER TABLE in_c_sales.orders ADD COLUMN x int",
        ],
    )
    def test_they_are_read_only(self, db: Db, statement: str) -> None:
        assert sqlstate(db, statement) == "42501"


class TestErrors:
    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("SELEC 1", "42601"),
            ("SELECT * FROM nowhere", "42P01"),
            ("SELECT nope FROM in_c_sales.orders", "42703"),
            ("SELECT nofunction(1)", "42883"),
            ("SELECT 'x'::int", "22P02"),
            ("SELECT 99999999999::int", "22003"),
            ("CREATE TABLE err (i int primary key); INSERT INTO err VALUES (1); INSERT INTO err VALUES (1)", "23505"),
            ("SELECT 'open", "42601"),
        ],
    )
    def test_each_has_its_sqlstate_and_the_session_goes_on(self, db: Db, statement: str, expected: str) -> None:
        assert sqlstate(db, statement) == expected
        assert db.execute("SELECT 1").fetchone() == (1,)

    def test_the_position_is_that_of_the_users_text(self, db: Db) -> None:
        with pytest.raises(psycopg.Error) as caught:
            db.execute("SELECT 1, nope FROM in_c_sales.orders")
        assert caught.value.diag.statement_position == "11"
        assert caught.value.diag.message_primary == 'column "nope" does not exist'

    def test_no_path_and_no_alias_of_ours_is_told(self, sql: SqlServer, db: Db) -> None:
        with pytest.raises(psycopg.Error) as caught:
            db.execute("SELECT amount + nope FROM in_c_sales.orders JOIN nowhere.x USING (id)")
        told = " ".join(
            str(getattr(caught.value.diag, name)) for name in ("message_primary", "message_detail", "message_hint")
        )
        assert "_v_" not in told
        assert str(sql.server.data_dir) not in told


class TestTransactions:
    def test_a_failed_block_takes_nothing_but_its_end(self, login: Login) -> None:
        with login.connect(autocommit=False) as db:
            assert sqlstate(db, "SELECT * FROM nowhere") == "42P01"
            assert sqlstate(db, "SELECT 1") == "25P02"
            db.rollback()
            assert db.execute("SELECT 1").fetchone() == (1,)

    def test_commit_of_a_failed_block_says_rollback(self, db: Db) -> None:
        db.execute("BEGIN")
        db.execute("CREATE TABLE lost (i int)")
        sqlstate(db, "SELECT nope")
        assert db.execute("COMMIT").statusmessage == "ROLLBACK"
        assert sqlstate(db, "SELECT * FROM lost") == "42P01"

    def test_rollback_undoes(self, login: Login) -> None:
        with login.connect(autocommit=False) as db:
            db.execute("CREATE TABLE undone (i int)")
            db.rollback()
            assert sqlstate(db, "SELECT * FROM undone") == "42P01"

    def test_warnings_of_misplaced_words(self, db: Db) -> None:
        notices: list[str] = []
        db.add_notice_handler(lambda diag: notices.append(diag.sqlstate or ""))
        db.execute("COMMIT")
        db.execute("BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE")
        db.execute("BEGIN")
        assert db.execute("SHOW transaction_isolation").fetchone() == ("serializable",)
        db.execute("ROLLBACK")
        assert notices == ["25P01", "25001"]

    def test_read_only_blocks_do_not_write(self, db: Db) -> None:
        db.execute("BEGIN READ ONLY")
        assert sqlstate(db, "CREATE TABLE written (i int)") == "25006"
        db.execute("ROLLBACK")

    def test_two_sessions_see_each_others_commits(self, login: Login) -> None:
        with login.connect() as one, login.connect(autocommit=False) as two:
            one.execute("CREATE TABLE shared AS SELECT 1 AS i")
            assert two.execute("SELECT i FROM shared").fetchall() == [(1,)]
            one.execute("UPDATE shared SET i = 2")
            assert two.execute("SELECT i FROM shared").fetchall() == [(1,)]
            assert sqlstate(two, "UPDATE shared SET i = 3") == "40001"
            two.rollback()
            assert two.execute("SELECT i FROM shared").fetchall() == [(2,)]

    def test_savepoints_where_nothing_has_to_be_undone(self, login: Login) -> None:
        with login.connect(autocommit=False) as db:
            db.execute("SELECT 1")
            with pytest.raises(psycopg.Error), db.transaction():
                db.execute("SELECT * FROM nowhere")
            with pytest.raises(psycopg.Error), db.transaction():
                db.execute("SELECT 'x'::int FROM range(3)")
            assert db.execute("SELECT 2").fetchone() == (2,)

    def test_savepoints_never_pretend(self, db: Db) -> None:
        db.execute("BEGIN; CREATE TABLE sp (i int); SAVEPOINT a; INSERT INTO sp VALUES (1)")
        assert sqlstate(db, "ROLLBACK TO a") == "0A000"
        db.execute("ROLLBACK")


class TestSettings:
    def test_set_show_reset(self, db: Db) -> None:
        db.execute("SET TIME ZONE 'Europe/Prague'")
        assert db.execute("SHOW timezone").fetchone() == ("Europe/Prague",)
        assert db.info.parameter_status("TimeZone") == "Europe/Prague"
        assert db.execute("SELECT current_setting('TimeZone')").fetchone() == ("Europe/Prague",)
        assert db.execute("SELECT TIMESTAMPTZ '2024-07-01 00:00:00Z'::text").fetchone() == ("2024-07-01 02:00:00+02",)
        db.execute("RESET TimeZone")
        assert db.execute("SHOW TimeZone").fetchone() == ("UTC",)

    def test_rollback_undoes_set(self, db: Db) -> None:
        db.execute("BEGIN; SET application_name = 'inside'; ROLLBACK")
        assert db.execute("SHOW application_name").fetchone() != ("inside",)

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("SET nonsense = 1", "42704"),
            ("SET memory_limit = '1TB'", "42501"),
            ("SET server_version = '9'", "55P02"),
            ("SET TimeZone = 'Mars/Base'", "22023"),
            ("SET GLOBAL TimeZone = 'UTC'", "42501"),
        ],
    )
    def test_what_cannot_be_set(self, db: Db, statement: str, expected: str) -> None:
        assert sqlstate(db, statement) == expected

    def test_set_config_sets(self, db: Db) -> None:
        assert db.execute("SELECT set_config('TimeZone', 'Asia/Tokyo', false)").fetchone() == ("Asia/Tokyo",)
        assert db.execute("SHOW TimeZone").fetchone() == ("Asia/Tokyo",)

    def test_version(self, db: Db) -> None:
        found = db.execute("SELECT version()").fetchone()
        assert found is not None
        assert found[0].startswith("PostgreSQL 15.0 ")
        assert db.info.server_version == 150000

    def test_search_path(self, db: Db) -> None:
        db.execute("CREATE SCHEMA mine; CREATE TABLE mine.t AS SELECT 5 AS i")
        assert sqlstate(db, "SELECT i FROM t") == "42P01"
        db.execute("SET search_path TO mine, public")
        assert db.execute("SELECT i FROM t").fetchone() == (5,)
        assert db.execute("SHOW search_path").fetchone() == ("mine, public",)
        db.execute("DISCARD ALL")
        assert sqlstate(db, "SELECT i FROM t") == "42P01"


class TestPsql:
    def test_it_works(self, login: Login) -> None:
        script = "SELECT 1 AS one;\nSELECT * FROM nowhere;\nSELECT count(*) FROM in_c_sales.orders;\n"
        run = subprocess.run(
            ["psql", "-X", "-A", "-t", login.dsn(sslmode="require")],
            input=script, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert run.stdout.split() == ["1", "3"]
        assert 'relation "nowhere" does not exist' in run.stderr


class TestUpkeep:
    @pytest.mark.parametrize("statement", ["CHECKPOINT", "VACUUM", "ANALYZE", "GRANT SELECT ON a TO b", "UNLISTEN *"])
    def test_it_gives_a_tag_and_no_rows(self, db: Db, statement: str) -> None:
        cursor = db.execute(statement)
        assert cursor.description is None
        assert cursor.statusmessage == statement.split()[0]


class TestLimits:
    def test_what_is_not_offered_yet_says_so(self, db: Db) -> None:
        assert sqlstate(db, "LISTEN x") == "0A000"

    def test_another_database_is_refused(self, login: Login) -> None:
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(login.dsn(dbname="other"))

    def test_a_wrong_password_is_refused(self, login: Login) -> None:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(login.dsn(password="wrong"))

    def test_too_many_sessions(self, ana: tuple[Person, Login], sql: SqlServer) -> None:
        login = make_workspace(sql, ana[0])
        held = [login.connect() for _ in range(20)]
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            login.connect()
        for each in held:
            each.close()
