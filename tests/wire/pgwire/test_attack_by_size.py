"""Statements that are small to send and endless to read, deep enough to break a stack, or too large for the memory.

Whatever comes, the process lives, others are served, and the session that asked goes on or is told why not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.wire.pgwire.sql_cast import Login

Db = psycopg.Connection[Any]
SOON = 20.0


def nested(before: str, inside: str, behind: str) -> Callable[[int], str]:
    return lambda depth: f"SELECT {before * depth}{inside}{behind * depth}"


def aliases(form: str) -> str:
    return "SELECT 1 AS a0" + "".join(form.format(f"a{index}", f"a{index + 1}") for index in range(60))


#: Each level makes the engine read twice as much or more, and nothing can stop it while it reads.
EXPANDING = {
    "subqueries": nested("(SELECT ", "1", ")")(60),
    "EXISTS": nested("EXISTS (SELECT ", "1", ")")(60),
    "EXISTS in WHERE": "SELECT 1 WHERE " + "EXISTS (SELECT 1 WHERE " * 60 + "true" + ")" * 60,
    "ARRAY": nested("ARRAY(SELECT ", "1", ")")(60),
    "FILTER": nested("(SELECT count(*) FILTER (WHERE ", "true", ") > 0)")(60),
    "lambdas": nested("list_transform([1], lambda x: ", "1", ")")(60),
    "arrow lambdas": nested("list_transform([1], x -> ", "1", ")")(60),
    "arrows": "SELECT '{}'::json" + "->'a'" * 60,
    "BETWEEN": nested("(", "1", " BETWEEN 0 AND 1)::int")(60),
    "CASE": "SELECT " + "CASE " * 60 + "1" + " WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 END" * 60,
    "built-in macros": nested("array_pop_back(", "[1]", ")")(60),
    "round_even": nested("round_even(", "1.5", ", 1)")(60),
    "nullif": nested("nullif(", "1", ", 2)")(60),
    "aliases": aliases(", {0} + {0} AS {1}"),
    "aliases without AS": aliases(", {0} + {0} {1}"),
    "aliases in front": aliases(", {1}: {0} + {0}"),
    "common table expressions": "WITH c0 AS NOT MATERIALIZED (SELECT 1 a)"
    + "".join(f", c{i + 1} AS NOT MATERIALIZED (SELECT x.a FROM c{i} x, c{i} y)" for i in range(40))
    + " FROM c40",
}

#: Deep, long or wide: answered or refused, never fatal.
HUGE = {
    "brackets": nested("(", "1", ")")(100_000),
    "open brackets": "SELECT " + "(" * 10_000,
    "minus": nested("- ", "1", "")(10_000),
    "NOT": nested("NOT ", "true", "")(10_000),
    "plus": "SELECT 1" + "+1" * 10_000,
    "concatenation": "SELECT 'a'" + "||'a'" * 10_000,
    "functions": nested("abs(", "1", ")")(10_000),
    "CASE": nested("CASE WHEN true THEN ", "1", " END")(10_000),
    "lists": nested("[", "1", "]")(10_000),
    "structs": nested("{'a': ", "1", "}")(10_000),
    "casts": "SELECT 1" + "::int" * 10_000,
    "types": "SELECT NULL::int" + "[]" * 10_000,
    "derived tables": "SELECT * FROM " + "(SELECT * FROM " * 10_000 + "(SELECT 1)" + ")" * 10_000,
    "joins": "SELECT 1 FROM range(1)" + ", range(1)" * 10_000,
    "dots": "SELECT a" + ".a" * 10_000,
    "EXPLAIN": "EXPLAIN " * 10_000 + "SELECT 1",
    "PREPARE": "PREPARE p AS " * 10_000 + "SELECT 1",
    "semicolons": ";" * 50_000 + "SELECT 1",
    "comments": "/*" * 900 + "*/" * 900 + "SELECT 1",
    "deep comments": "/*" * 10_000 + "*/" * 10_000 + "SELECT 1",
    "a long list": "SELECT 1 IN (" + ",".join(map(str, range(20_000))) + ")",
    "many columns": "SELECT " + ",".join(["1"] * 10_000),
    "many rows": "SELECT count(*) FROM (VALUES " + ",".join(["(1)"] * 10_000) + ")",
    "many unions": " UNION ALL ".join(["SELECT 1"] * 10_000),
    "many conditions": "SELECT " + "1=1 OR " * 20_000 + "true",
}


def answered(db: Db, statement: str) -> str:
    """The SQLSTATE; empty for success."""
    try:
        db.execute(statement)  # type: ignore[call-overload]
    except psycopg.Error as error:
        return error.sqlstate or str(error)
    return ""


@pytest.mark.parametrize("name", EXPANDING)
def test_what_expands_without_end_is_refused_before_the_engine_reads_it(db: Db, name: str) -> None:
    started = time.monotonic()
    assert answered(db, EXPANDING[name]) == "54001"
    assert time.monotonic() - started < 5
    assert db.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("name", HUGE)
def test_what_is_deep_long_or_wide_harms_nobody(db: Db, name: str) -> None:
    started = time.monotonic()
    db.execute("SET statement_timeout = '5s'")
    assert answered(db, HUGE[name]) in (
        "",
        "54001",
        "42601",
        "42P01",
        "42703",
        "42725",
        "0A000",
        "57014",
        "42704",
        "42712",
    )
    assert time.monotonic() - started < SOON
    assert db.execute("SELECT 1").fetchone() == (1,)


class TestDefinitionsThatExpand:
    @pytest.fixture
    def names(self, db: Db) -> Any:
        yield
        db.execute("ROLLBACK") if db.info.transaction_status else None

    def test_macros_of_macros(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE MACRO d0(x) AS x + x")
        states = [answered(db, f"CREATE OR REPLACE MACRO d{i}(x) AS d{i - 1}(x) + d{i - 1}(x)") for i in range(1, 40)]
        assert states[0] == ""
        assert states[-1] == "54001"
        assert answered(db, "SELECT d2(1)") == ""

    def test_calls_of_a_macro_in_one_another(self, db: Db, login: Login) -> None:
        db.execute("CREATE OR REPLACE MACRO twice(x) AS x + x")
        assert answered(db, "SELECT twice(twice(twice(1)))") == ""
        assert answered(db, f"SELECT {'twice(' * 40}1{')' * 40}") == "54001"
        with login.connect() as other:
            assert answered(other, f"SELECT {'twice(' * 40}1{')' * 40}") == "54001"

    def test_a_macro_that_is_made_heavier_later(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE MACRO light(x) AS x")
        deep = f"SELECT {'light(' * 40}1{')' * 40}"
        assert answered(db, deep) == ""
        db.execute("PREPARE deep AS " + deep)
        db.execute("CREATE OR REPLACE MACRO light(x) AS x + x")
        assert answered(db, deep) == "54001"
        assert answered(db, "EXECUTE deep") == "54001"
        db.execute("DEALLOCATE deep")

    def test_a_heavier_macro_that_a_rollback_brings_back_counts(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE MACRO swapped(x) AS x + x")
        db.execute("BEGIN; CREATE OR REPLACE MACRO swapped(x) AS x; ROLLBACK")
        assert answered(db, f"SELECT {'swapped(' * 40}1{')' * 40}") == "54001"

    def test_views_of_views(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE VIEW v0 AS SELECT 1 AS a")
        states = [
            answered(db, f"CREATE OR REPLACE VIEW v{i} AS SELECT x.a FROM v{i - 1} x, v{i - 1} y") for i in range(1, 40)
        ]
        assert states[0] == ""
        assert states[-1] == "54001"
        assert answered(db, "SELECT * FROM v3") == ""

    def test_a_deep_chain_of_plain_views_is_fine(self, db: Db) -> None:
        db.execute("CREATE OR REPLACE VIEW p0 AS SELECT 1 AS a, 2 AS b")
        for index in range(1, 20):
            db.execute(f"CREATE OR REPLACE VIEW p{index} AS SELECT a, b FROM p{index - 1} WHERE a = 1")
        assert db.execute("SELECT * FROM p19").fetchall() == [(1, 2)]


class TestEndlessAndLarge:
    def test_an_endless_statement_ends_by_its_time_limit(self, db: Db) -> None:
        db.execute("SET statement_timeout = '300ms'")
        for endless in (
            "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range % 7 = b.range",
            "WITH RECURSIVE t AS (SELECT 1 i UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t",
            "SELECT count(*) FROM (SELECT unnest(range(10000)) FROM range(10000000))",
            "CREATE TABLE endless AS SELECT hash(range) FROM range(100000000000)",
        ):
            assert answered(db, endless) == "57014"

    def test_a_session_out_of_memory_is_told_so_and_others_go_on(self, db: Db, login: Login) -> None:
        with login.connect() as other:
            assert answered(db, "SELECT length(string_agg(repeat('x', 100000000), '')) FROM range(100)") == "53200"
            assert other.execute("SELECT count(*) FROM in_c_sales.orders").fetchone() == (3,)
        assert db.execute("SELECT 1").fetchone() == (1,)

    def test_neighbours_are_quick_beside_heavy_work(self, login: Login, db: Db) -> None:
        stop = threading.Event()

        def work() -> None:
            with login.connect() as heavy:
                while not stop.is_set():
                    heavy.execute("SELECT count(DISTINCT hash(range)) FROM range(2000000)")

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            seconds = []
            for _ in range(40):
                started = time.monotonic()
                db.execute("SELECT 1")
                seconds.append(time.monotonic() - started)
                time.sleep(0.02)
            assert sorted(seconds)[36] < 1.0
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
