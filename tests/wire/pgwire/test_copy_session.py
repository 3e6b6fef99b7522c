"""COPY in the protocol: what is sent when, what an error leaves behind, and what may not be copied."""

from __future__ import annotations

import os
import select
import socket
from typing import Any

import psycopg
import pytest
from psycopg import pq

from tests.wire.pgwire.sql_cast import Login

Db = psycopg.Connection[Any]


@pytest.fixture
def table(db: Db) -> str:
    db.execute("CREATE OR REPLACE TABLE items (id BIGINT, name VARCHAR DEFAULT 'none', price DECIMAL(10,2))")
    return "items"


def copied_out(db: Db, statement: str) -> bytes:
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(copy)


def copied_in(db: Db, statement: str, *pieces: str | bytes) -> int:
    with db.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in pieces:
                copy.write(piece)
        return cursor.rowcount


def refused(db: Db, statement: str, *pieces: str | bytes) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        copied_in(db, statement, *pieces)
    return caught.value


def count(db: Db, table: str) -> int:
    row = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


class TestOut:
    @pytest.mark.parametrize(
        ("statement", "data"),
        [
            ("COPY in_c_sales.orders TO STDOUT", b"1\t1.5\n2\t2.5\n3\t3.5\n"),
            ("/* all */ copy in_c_sales.orders (amount) to stdout csv header", b"amount\n1.5\n2.5\n3.5\n"),
            ("COPY (SELECT 1 AS a, NULL AS b, '' AS c) TO STDOUT WITH (FORMAT 'csv', HEADER true)", b'a,b,c\n1,,""\n'),
            ("COPY (SELECT 'a;b') TO STDOUT CSV DELIMITER AS ';' QUOTE AS ''''", b"'a;b'\n"),
            ("COPY (SELECT 1, 'x') TO STDOUT (FORMAT csv, FORCE_QUOTE *)", b'"1","x"\n'),
            ("COPY (SELECT 1 WHERE false) TO STDOUT", b""),
            ("COPY (VALUES (1), (2)) TO STDOUT (NULL 'x')", b"1\n2\n"),
        ],
    )
    def test_rows_are_sent(self, db: Db, statement: str, data: bytes) -> None:
        assert copied_out(db, statement) == data

    def test_rows_of_a_statement_that_changes_them(self, db: Db, table: str) -> None:
        assert copied_out(db, f"COPY (INSERT INTO {table} (id) VALUES (1), (2) RETURNING id) TO STDOUT") == b"1\n2\n"
        assert count(db, table) == 2

    def test_one_message_for_each_row(self, db: Db) -> None:
        with db.cursor() as cursor, cursor.copy("COPY in_c_sales.orders TO STDOUT") as copy:
            assert list(copy.rows()) == [("1", "1.5"), ("2", "2.5"), ("3", "3.5")]
        with db.cursor() as cursor, cursor.copy('COPY in_c_sales.orders TO STDOUT (FORMAT "binary")') as copy:
            copy.set_types(["int8", "float8"])
            assert list(copy.rows()) == [(1, 1.5), (2, 2.5), (3, 3.5)]

    def test_a_binary_copy_of_no_rows(self, db: Db) -> None:
        data = copied_out(db, "COPY (SELECT 1 WHERE false) TO STDOUT WITH BINARY")
        assert data == b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"

    @pytest.mark.parametrize(
        ("statement", "sqlstate"),
        [
            ("COPY missing TO STDOUT", "42P01"),
            ("COPY in_c_sales.orders (missing) TO STDOUT", "42703"),
            ("COPY in_c_sales.orders TO STDOUT (FORMAT xml)", "22023"),
            ("COPY in_c_sales.orders TO STDOUT (DELIMITER 'ab')", "0A000"),
            ("COPY in_c_sales.orders TO STDOUT (QUOTE 'a')", "0A000"),
            ("COPY in_c_sales.orders TO STDOUT (FORMAT csv, FORCE_QUOTE (x))", "42P10"),
            ("COPY in_c_sales.orders TO STDOUT (FORMAT csv, FORCE_NULL (id))", "0A000"),
            ("COPY in_c_sales.orders TO STDOUT (FORMAT binary, NULL 'x')", "42601"),
            ("COPY in_c_sales.orders TO STDOUT (speed fast)", "42601"),
            ("COPY in_c_sales.orders TO STDOUT (ENCODING 'LATIN1')", "0A000"),
            ("COPY in_c_sales.orders TO '/tmp/x'", "42501"),
            ("COPY in_c_sales.orders TO PROGRAM 'cat'", "42501"),
            ("COPY (DROP TABLE x) TO STDOUT", "42601"),
            ("COPY (SELECT error('late')) TO STDOUT", "P0001"),
        ],
    )
    def test_what_is_wrong_is_told_and_the_session_goes_on(self, db: Db, statement: str, sqlstate: str) -> None:
        with pytest.raises(psycopg.Error) as caught:
            copied_out(db, statement)
        assert caught.value.sqlstate == sqlstate
        assert db.execute("SELECT 1").fetchone() == (1,)

    def test_an_error_in_the_middle_ends_the_stream(self, db: Db) -> None:
        query = "SELECT CASE WHEN range > 200000 THEN error('enough') ELSE range END FROM range(300000)"
        with pytest.raises(psycopg.Error, match="enough"):
            copied_out(db, f"COPY ({query}) TO STDOUT")
        assert db.execute("SELECT 1").fetchone() == (1,)


class TestIn:
    @pytest.mark.parametrize(
        ("options", "data"),
        [
            ("", "1\ta\\tb\t1.5\n2\t\\N\t\\N\n"),
            ("CSV", '1,"a\tb",1.50\n2,,\n'),
            ("WITH CSV HEADER DELIMITER ';'", 'id;name;price\n1;"a\tb";1.5\n2;;\n'),
            ("(FORMAT csv, HEADER match, NULL 'nil')", "id,name,price\n1,a\tb,1.5\n2,nil,nil\n"),
        ],
    )
    def test_rows_arrive(self, db: Db, table: str, options: str, data: str) -> None:
        assert copied_in(db, f"COPY {table} FROM STDIN {options}", data) == 2
        assert copied_out(db, f"COPY {table} TO STDOUT") == b"1\ta\\tb\t1.50\n2\t\\N\t\\N\n"

    def test_columns_that_are_not_named_get_their_defaults(self, db: Db, table: str) -> None:
        assert copied_in(db, f"COPY {table} (price, ID) FROM STDIN", "1.005\t7\n") == 1
        assert copied_out(db, f"COPY {table} TO STDOUT") == b"7\tnone\t1.01\n"

    def test_bytes_may_be_cut_anywhere(self, db: Db, table: str) -> None:
        assert copied_in(db, f"COPY {table} FROM STDIN CSV", *'1,"ě\n""x""",2\r\n'.encode().partition(b"\n")) == 1
        assert db.execute(f"SELECT name FROM {table}").fetchone() == ('ě\n"x"',)

    def test_more_rows_than_a_block_holds(self, db: Db, table: str) -> None:
        line = b"12345678\t" + b"x" * 90 + b"\t1.5\n"
        assert copied_in(db, f"COPY {table} FROM STDIN", *[line * 1000] * 120) == 120_000
        assert db.execute(f"SELECT count(*), sum(length(name)) FROM {table}").fetchone() == (120_000, 10_800_000)

    def test_generated_columns_and_conditions(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE TABLE made (id INT, twice INT GENERATED ALWAYS AS (2 * id), name VARCHAR)")
        assert copied_in(db, "COPY made FROM STDIN WHERE id > 1 AND name <> 'b'", "1\ta\n2\tb\n3\tc\n") == 1
        assert db.execute("FROM made").fetchall() == [(3, 6, "c")]
        assert refused(db, "COPY made (twice) FROM STDIN", "1\n").sqlstate == "42P10"

    def test_a_wide_table_and_a_long_value(self, db: Db) -> None:
        names = [f"c{index}" for index in range(1600)]
        db.execute(f"CREATE OR REPLACE TABLE wide ({', '.join(f'{name} INT' for name in names)})")
        row = "\t".join(map(str, range(1600))) + "\n"
        assert copied_in(db, "COPY wide FROM STDIN", row * 3) == 3
        assert db.execute("SELECT sum(c1599) FROM wide").fetchone() == (3 * 1599,)
        data = copied_out(db, "COPY wide TO STDOUT (FORMAT binary)")
        assert copied_in(db, "COPY wide FROM STDIN (FORMAT binary)", data) == 3
        db.execute("CREATE OR REPLACE TABLE long (data BLOB)")
        assert copied_in(db, "COPY long FROM STDIN", "\\\\x" + "ab" * 5_000_000 + "\n") == 1
        assert db.execute("SELECT octet_length(data) FROM long").fetchone() == (5_000_000,)

    def test_a_temporary_table(self, db: Db) -> None:
        db.execute("CREATE TEMP TABLE staged (i INT)")
        assert copied_in(db, "COPY staged FROM STDIN", "1\n2\n") == 2

    @pytest.mark.parametrize("kind", ["text", "csv", "binary"])
    def test_every_type_comes_back(self, db: Db, kind: str) -> None:
        # fmt: off
        db.execute("CREATE OR REPLACE TABLE kinds AS SELECT 1::TINYINT AS a, 2::UINTEGER AS b, 3::UBIGINT AS c,"
                   " 170141183460469231731687303715884105727::HUGEINT AS d, 1.5::FLOAT AS e, -0.25 AS f,"
                   " 'é\\\"\n' AS g, '\\x00\\xFF'::BLOB AS h, '0101'::BIT AS i, DATE 'infinity' AS j,"
                   " TIME '12:34:56.789' AS k, '12:00:00+01'::TIMETZ AS l, TIMESTAMP '0044-03-15 (BC) 01:02:03' AS m,"
                   " TIMESTAMPTZ '2020-01-01 00:00:00+02' AS n, INTERVAL '1 year 3 days 4 hours' AS o,"
                   " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID AS p, '{\"a\": 1}'::JSON AS q,"
                   " ['a,b', NULL, '\"'] AS r, {'x': 1, 'y': [2]} AS s, MAP {'k': 1.5} AS t,"
                   " 'b'::ENUM ('a', 'b') AS u, '2020-01-01 00:00:01'::TIMESTAMP_S AS v, true AS w,"
                   " [1, 2]::INT[2] AS x")
        # fmt: on
        db.execute("INSERT INTO kinds (g) VALUES (NULL)")
        shown = "SELECT kinds::VARCHAR FROM kinds ORDER BY a NULLS LAST"
        before = db.execute(shown).fetchall()
        data = copied_out(db, f"COPY kinds TO STDOUT (FORMAT {kind})")
        db.execute("DELETE FROM kinds")
        assert copied_in(db, f"COPY kinds FROM STDIN (FORMAT {kind})", data) == 2
        assert db.execute(shown).fetchall() == before


class TestWrongData:
    @pytest.mark.parametrize(
        ("data", "sqlstate", "context"),
        [
            ("1\ta\n", "22P04", 'COPY items, line 1: "1\ta"'),
            ("1\ta\t1\n1\ta\t1\tb\n", "22P04", 'COPY items, line 2: "1\ta\t1\tb"'),
            ("1\ta\t1\nx\ta\t1\n", "22P02", 'COPY items, line 2, column id: "x"'),
            ("1\ta\t1\n2\ta\t123456789.5\n", "22003", 'COPY items, line 2, column price: "123456789.5"'),
        ],
    )
    def test_the_line_is_told_and_nothing_is_kept(
        self, db: Db, table: str, data: str, sqlstate: str, context: str
    ) -> None:
        error = refused(db, f"COPY {table} FROM STDIN", data)
        assert (error.sqlstate, error.diag.context) == (sqlstate, context)
        assert count(db, table) == 0

    def test_what_the_engine_refuses_has_its_line_too(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE TABLE strict (id INT PRIMARY KEY, mood ENUM ('sad', 'happy'), n INT NOT NULL)")
        error = refused(db, "COPY strict FROM STDIN", "1\tsad\t1\n2\t\\N\t\\N\n")
        assert (error.sqlstate, error.diag.context) == ("23502", "COPY strict, line 2, column n: null input")
        error = refused(db, "COPY strict FROM STDIN", "1\tsad\t1\n2\tangry\t1\n")
        assert (error.sqlstate, error.diag.context) == ("22P02", 'COPY strict, line 2, column mood: "angry"')
        error = refused(db, "COPY strict FROM STDIN", "1\tsad\t1\n1\tsad\t1\n")
        assert (error.sqlstate, error.diag.context) == ("23505", "COPY strict, lines 1 to 2")
        assert count(db, "strict") == 0

    def test_binary_data_of_another_width(self, db: Db, table: str) -> None:
        data = copied_out(db, "COPY (SELECT 1::INT) TO STDOUT (FORMAT binary)")
        error = refused(db, f"COPY {table} (id) FROM STDIN (FORMAT binary)", data)
        assert (error.sqlstate, error.diag.context) == ("22P03", "COPY items, line 1, column id")

    def test_the_rest_of_a_long_load_is_swallowed(self, db: Db, table: str) -> None:
        good = b"1\ta\t1\n" * 20_000
        error = refused(db, f"COPY {table} FROM STDIN", b"x\n", *[good] * 40)
        assert error.sqlstate == "22P04"
        assert db.execute("SELECT 1").fetchone() == (1,)
        assert count(db, table) == 0


class TestWhereNothingGoes:
    @pytest.mark.parametrize(
        ("statement", "sqlstate"),
        [
            ("COPY in_c_sales.orders FROM STDIN", "42501"),
            ("COPY orders FROM STDIN", "42501"),
            ("COPY _workspace_info FROM STDIN", "42501"),
            ("COPY missing FROM STDIN", "42P01"),
            ("COPY seen FROM STDIN", "42809"),
            ("COPY items (id, id) FROM STDIN", "42701"),
            ("COPY items (other) FROM STDIN", "42703"),
            ("COPY items FROM '/etc/passwd'", "42501"),
            ("COPY items FROM PROGRAM 'id'", "42501"),
            ("COPY items FROM STDIN WHERE id IN (SELECT 1 FROM read_text('/etc/passwd'))", "42501"),
            ("COPY items FROM STDIN (FORMAT csv, FORCE_QUOTE *)", "0A000"),
            ("COPY items FROM STDIN (FORMAT csv, DELIMITER '\"')", "22023"),
        ],
    )
    def test_it_is_refused_before_any_data(self, db: Db, table: str, statement: str, sqlstate: str) -> None:
        db.execute("CREATE OR REPLACE VIEW seen AS SELECT 1 AS i")
        for run in (db.pgconn.exec_, lambda sql: db.pgconn.exec_params(sql, [])):
            result = run(statement.encode())
            assert result.status == pq.ExecStatus.FATAL_ERROR
            assert (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode() == sqlstate


class TestTransactions:
    def test_rows_go_with_their_block(self, db: Db, table: str) -> None:
        db.execute("BEGIN")
        assert copied_in(db, f"COPY {table} FROM STDIN", "1\ta\t1\n") == 1
        assert count(db, table) == 1
        db.execute("ROLLBACK")
        assert count(db, table) == 0

    def test_an_error_fails_the_block(self, db: Db, table: str) -> None:
        db.execute("BEGIN")
        refused(db, f"COPY {table} FROM STDIN", "x\n")
        assert db.info.transaction_status == pq.TransactionStatus.INERROR
        db.execute("ROLLBACK")

    def test_a_block_that_only_reads(self, db: Db, table: str) -> None:
        db.execute("BEGIN READ ONLY")
        assert copied_out(db, f"COPY {table} TO STDOUT") == b""
        assert refused(db, f"COPY {table} FROM STDIN", "1\n").sqlstate == "25006"
        db.execute("ROLLBACK")

    def test_the_client_gives_up(self, db: Db, table: str) -> None:
        db.pgconn.exec_(f"COPY {table} FROM STDIN".encode())
        db.pgconn.put_copy_end(b"no more")
        result = db.pgconn.get_result()
        assert result is not None
        assert b"COPY from stdin failed: no more" in result.error_message
        assert result.error_field(pq.DiagnosticField.SQLSTATE) == b"57014"
        assert db.pgconn.get_result() is None


class TestManyStatements:
    def test_copies_among_others_in_one_message(self, db: Db, table: str) -> None:
        connection = db.pgconn
        sql = f"COPY {table} (id) FROM STDIN; SELECT 5; COPY {table} (id) TO STDOUT; COPY {table} (id) FROM STDIN"
        connection.send_query(sql.encode())
        seen = []
        while (result := connection.get_result()) is not None:
            seen.append(pq.ExecStatus(result.status).name)
            if result.status == pq.ExecStatus.COPY_IN:
                connection.put_copy_data(b"1\n2\n")
                connection.put_copy_end()
            elif result.status == pq.ExecStatus.COPY_OUT:
                while connection.get_copy_data(0)[0] > 0:
                    pass
        assert seen == ["COPY_IN", "COMMAND_OK", "TUPLES_OK", "COPY_OUT", "COMMAND_OK", "COPY_IN", "COMMAND_OK"]
        assert count(db, table) == 4

    @pytest.mark.parametrize(("data", "status"), [(b"1\n", "COMMAND_OK"), (b"x\n", "FATAL_ERROR")])
    def test_the_extended_protocol(self, db: Db, table: str, data: bytes, status: str) -> None:
        connection = db.pgconn
        for _ in range(2):
            connection.send_query_params(f"COPY {table} (id) FROM STDIN".encode(), [])
            result = connection.get_result()
            assert result is not None
            assert result.status == pq.ExecStatus.COPY_IN
            connection.put_copy_data(data)
            connection.put_copy_end()
            result = connection.get_result()
            assert result is not None
            assert pq.ExecStatus(result.status).name == status
            assert connection.get_result() is None
        assert count(db, table) == (2 if status == "COMMAND_OK" else 0)

    def test_another_message_ends_it_and_is_answered(self, login: Login) -> None:
        db = login.connect()
        db.execute("CREATE OR REPLACE TABLE between (i INT)")
        db.pgconn.exec_(b"COPY between FROM STDIN")
        # Past libpq, which would not send a query while data is awaited.
        with socket.socket(fileno=os.dup(db.pgconn.socket)) as raw:
            raw.settimeout(10)
            raw.sendall(b"Q\0\0\0\x0dSELECT 1\0")
            answer = b""
            while answer.count(b"Z\0\0\0\5I") < 2:
                assert (piece := raw.recv(4096))
                answer += piece
        db.close()
        assert b"C08P01\0" in answer
        assert b"SELECT 1\0" in answer


class TestStopping:
    def test_a_cancel_while_data_is_awaited(self, db: Db, table: str) -> None:
        db.pgconn.exec_(f"COPY {table} FROM STDIN".encode())
        db.pgconn.put_copy_data(b"1\ta\t1\n")
        db.pgconn.flush()
        db.cancel_safe()
        self.wait_for_answer(db)
        assert self.end_of_copy(db) == ("57014", "canceling statement due to user request")
        assert count(db, table) == 0

    def test_a_time_out_while_data_is_awaited(self, db: Db, table: str) -> None:
        db.execute("SET statement_timeout = '100ms'")
        db.pgconn.exec_(f"COPY {table} FROM STDIN".encode())
        self.wait_for_answer(db)
        assert self.end_of_copy(db) == ("57014", "canceling statement due to statement timeout")
        db.execute("SET statement_timeout = 0")
        assert count(db, table) == 0

    def wait_for_answer(self, db: Db) -> None:
        """The error comes at once, not when the client has sent all."""
        readable, _, _ = select.select([db.pgconn.socket], [], [], 10)
        assert readable

    def end_of_copy(self, db: Db) -> tuple[str, str]:
        db.pgconn.put_copy_end()
        result = db.pgconn.get_result()
        assert result is not None
        assert db.pgconn.get_result() is None
        fields = (pq.DiagnosticField.SQLSTATE, pq.DiagnosticField.MESSAGE_PRIMARY)
        sqlstate, message = ((result.error_field(field) or b"").decode() for field in fields)
        return sqlstate, message

    @pytest.mark.parametrize("kind", ["text", "binary"])
    def test_a_time_out_while_rows_are_sent(self, db: Db, kind: str) -> None:
        db.execute("SET statement_timeout = '200ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            copied_out(db, f"COPY (FROM range(1000000000)) TO STDOUT (FORMAT {kind})")
        db.execute("SET statement_timeout = 0")
        assert db.execute("SELECT 1").fetchone() == (1,)

    def test_a_client_that_goes_away_leaves_nothing(self, login: Login) -> None:
        with login.connect() as db:
            db.execute("CREATE OR REPLACE TABLE left_behind (i INT)")
        gone = login.connect()
        gone.pgconn.exec_(b"COPY left_behind FROM STDIN")
        gone.pgconn.put_copy_data(b"1\n" * 1000)
        gone.pgconn.flush()
        gone.close()
        with login.connect() as db:
            assert count(db, "left_behind") == 0
