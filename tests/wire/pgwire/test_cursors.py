"""Cursors of SQL in both protocols: every way to move, what they see, how long they live, and that no row is lost."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.wire.pgwire.sql_cast import Login

Db = psycopg.Connection[Any]


def rows(db: Db, sql: str) -> list[Any]:
    return [row[0] for row in db.execute(sql).fetchall()]


def tag(db: Db, sql: str) -> str | None:
    return db.execute(sql).statusmessage


@pytest.fixture
def block(db: Db) -> Db:
    db.execute("BEGIN")
    return db


TEN = "SELECT i FROM range(1, 11) t(i)"


class TestForward:
    def test_fetch_forms(self, block: Db) -> None:
        assert tag(block, f"DECLARE c CURSOR FOR {TEN}") == "DECLARE CURSOR"
        assert rows(block, "FETCH c") == [1]
        assert rows(block, "FETCH NEXT FROM c") == [2]
        assert rows(block, "FETCH 2 FROM c") == [3, 4]
        assert rows(block, "FETCH FORWARD 2 IN c") == [5, 6]
        assert tag(block, "MOVE 1 FROM c") == "MOVE 1"
        assert rows(block, "FETCH RELATIVE 2 FROM c") == [9]
        assert tag(block, "FETCH ALL FROM c") == "FETCH 1"
        assert tag(block, "FETCH c") == "FETCH 0"
        assert tag(block, "CLOSE c") == "CLOSE CURSOR"

    def test_a_stream_cannot_go_back(self, block: Db) -> None:
        block.execute(f"DECLARE c NO SCROLL CURSOR FOR {TEN}")
        assert rows(block, "FETCH ABSOLUTE 3 FROM c") == [3]
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="can only scan forward"):
            block.execute("FETCH PRIOR FROM c")


class TestScroll:
    def test_every_direction(self, block: Db) -> None:
        block.execute(f"DECLARE c SCROLL CURSOR FOR {TEN}")
        expected: list[tuple[str, list[int]]] = [
            ("FETCH LAST FROM c", [10]),
            ("FETCH c", []),
            ("FETCH PRIOR FROM c", [10]),
            ("FETCH BACKWARD 3 FROM c", [9, 8, 7]),
            ("FETCH RELATIVE -2 FROM c", [5]),
            ("FETCH RELATIVE 0 FROM c", [5]),
            ("FETCH 0 FROM c", [5]),
            ("FETCH ABSOLUTE -3 FROM c", [8]),
            ("FETCH FIRST FROM c", [1]),
            ("FETCH BACKWARD ALL FROM c", []),
            ("FETCH FORWARD 2 FROM c", [1, 2]),
            ("FETCH BACKWARD 5 FROM c", [1]),
            ("FETCH -1 FROM c", []),
            ("FETCH ABSOLUTE 0 FROM c", []),
            ("FETCH ABSOLUTE 99 FROM c", []),
            ("FETCH BACKWARD ALL FROM c", [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
            ("FETCH FORWARD ALL FROM c", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ]
        for sql, wanted in expected:
            assert rows(block, sql) == wanted, sql

    def test_move_counts_rows(self, block: Db) -> None:
        block.execute(f"DECLARE c SCROLL CURSOR FOR {TEN}")
        moves = [("ALL", 10), ("BACKWARD 3", 3), ("RELATIVE 0", 1), ("ABSOLUTE 50", 0), ("BACKWARD ALL", 10), ("0", 0)]
        for words, count in moves:
            assert tag(block, f"MOVE {words} FROM c") == f"MOVE {count}", words


class TestLife:
    def test_outside_a_block_only_with_hold(self, db: Db) -> None:
        with pytest.raises(errors.NoActiveSqlTransaction, match="DECLARE CURSOR can only be used"):
            db.execute(f"DECLARE c CURSOR FOR {TEN}")
        db.execute(f"DECLARE c CURSOR WITH HOLD FOR {TEN}")
        assert rows(db, "FETCH 3 FROM c") == [1, 2, 3]
        assert rows(db, "FETCH PRIOR FROM c") == [2]
        db.execute("CLOSE ALL")
        with pytest.raises(errors.InvalidCursorName, match='cursor "c" does not exist'):
            db.execute("FETCH c")

    def test_a_commit_closes_all_but_those_with_hold(self, block: Db) -> None:
        block.execute(f"DECLARE c CURSOR FOR {TEN}")
        block.execute(f"DECLARE h CURSOR WITH HOLD FOR {TEN}")
        assert rows(block, "FETCH 2 FROM h") == [1, 2]
        block.execute("COMMIT")
        assert rows(block, "FETCH 2 FROM h") == [3, 4]
        with pytest.raises(errors.InvalidCursorName):
            block.execute("FETCH c")
        block.execute("CLOSE h")

    def test_a_rollback_takes_a_cursor_with_hold_along(self, block: Db) -> None:
        block.execute(f"DECLARE h CURSOR WITH HOLD FOR {TEN}")
        block.execute("ROLLBACK")
        with pytest.raises(errors.InvalidCursorName):
            block.execute("FETCH h")

    def test_names_are_taken_once(self, block: Db) -> None:
        block.execute(f"DECLARE c CURSOR FOR {TEN}")
        with pytest.raises(errors.DuplicateCursor, match='cursor "c" already exists'):
            block.execute(f"DECLARE c CURSOR FOR {TEN}")

    def test_a_hundred_are_enough(self, block: Db) -> None:
        for number in range(100):
            block.execute(f"DECLARE c{number} CURSOR FOR SELECT 1")
        with pytest.raises(errors.ProgramLimitExceeded):
            block.execute("DECLARE another CURSOR FOR SELECT 1")

    def test_rollback_to_a_savepoint_closes_later_ones(self, block: Db) -> None:
        block.execute(f"DECLARE early CURSOR FOR {TEN}")
        block.execute("SAVEPOINT s")
        block.execute(f"DECLARE late CURSOR FOR {TEN}")
        block.execute("ROLLBACK TO s")
        assert rows(block, "FETCH early") == [1]
        with pytest.raises(errors.InvalidCursorName):
            block.execute("FETCH late")

    def test_where_current_of_is_not_supported(self, block: Db) -> None:
        block.execute("CREATE TABLE current_of (i int)")
        block.execute("DECLARE c CURSOR FOR SELECT * FROM current_of")
        with pytest.raises(errors.FeatureNotSupported, match="WHERE CURRENT OF"):
            block.execute("DELETE FROM current_of WHERE CURRENT OF c")


class TestRows:
    def test_two_cursors_and_queries_between_lose_nothing(self, block: Db) -> None:
        block.execute("DECLARE a CURSOR FOR SELECT i FROM range(20000) t(i)")
        block.execute("DECLARE b NO SCROLL CURSOR FOR SELECT -i FROM range(20000) t(i)")
        seen_a: list[int] = []
        seen_b: list[int] = []
        for _ in range(4):
            seen_a += rows(block, "FETCH 5000 FROM a")
            assert rows(block, "SELECT 42") == [42]
            seen_b += rows(block, "FETCH FORWARD 5000 FROM b")
            block.execute("SAVEPOINT s")
            block.execute("RELEASE s")
        assert seen_a == list(range(20000))
        assert seen_b == [-i for i in range(20000)]

    def test_a_cursor_sees_what_there_was_when_it_was_declared(self, block: Db) -> None:
        block.execute("CREATE TABLE seen AS SELECT 1 AS i")
        block.execute("DECLARE c CURSOR FOR SELECT i FROM seen")
        block.execute("INSERT INTO seen VALUES (2)")
        block.execute("DELETE FROM seen WHERE i = 1")
        assert rows(block, "FETCH ALL FROM c") == [1]

    def test_an_error_in_the_middle_comes_where_the_row_would(self, block: Db) -> None:
        block.execute(
            "DECLARE c CURSOR FOR SELECT CASE WHEN i = 3000000 THEN error('x') ELSE i END FROM range(4000000) t(i)"
        )
        assert len(rows(block, "FETCH 100 FROM c")) == 100
        with pytest.raises(errors.RaiseException):
            block.execute("MOVE ALL FROM c")

    def test_parameters_and_names_in_quotes(self, block: Db) -> None:
        block.execute('DECLARE "My Cursor" CURSOR FOR SELECT i FROM range(10) t(i) WHERE i > %s', (7,))
        assert rows(block, 'FETCH ALL FROM "My Cursor"') == [8, 9]

    def test_an_error_in_the_query_has_its_place(self, block: Db) -> None:
        with pytest.raises(errors.UndefinedColumn) as caught:
            block.execute("DECLARE c CURSOR FOR SELECT nothing FROM range(3) t(i)")
        assert caught.value.diag.statement_position == "29"


class TestClients:
    def test_server_side_cursors_of_psycopg(self, login: Login) -> None:
        with login.connect(autocommit=False) as db, db.cursor("named") as cursor:
            cursor.itersize = 700
            cursor.execute("SELECT i FROM range(%s) t(i)", (3000,))
            assert [row[0] for row in cursor] == list(range(3000))

    def test_binary_cursors(self, login: Login) -> None:
        with login.connect(autocommit=False) as db, db.cursor("named", binary=True) as cursor:
            cursor.execute("SELECT 7::int, 'x'")
            assert cursor.fetchall() == [(7, "x")]

    def test_scrolling_and_holding_cursors_of_psycopg(self, login: Login) -> None:
        with login.connect(autocommit=False) as db:
            cursor = db.cursor("named", scrollable=True, withhold=True)
            cursor.execute(TEN)
            db.commit()
            assert cursor.fetchmany(2) == [(1,), (2,)]
            cursor.scroll(-1)
            assert cursor.fetchone() == (2,)
            cursor.scroll(9, mode="absolute")
            assert cursor.fetchall() == [(10,)]
            cursor.close()
