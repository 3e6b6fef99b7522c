"""Columns that nobody named are called as PostgreSQL 15 calls them (each expectation was asked of one)."""

from __future__ import annotations

import pytest

from workspaces.sql.item_names import item_names
from workspaces.sql.lexer import tokenize


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("count(*)", "count"),
        ("1", "?column?"),
        ("1 + 1", "?column?"),
        ("now()::date", "now"),
        ("1::int", "int4"),
        ("'x'::character varying(3)", "varchar"),
        ("cast(1 as bigint)", "int8"),
        ("a", None),
        ("t.a", None),
        ("not true", "?column?"),
        ("a IS NULL", "?column?"),
        ("case when true then 1 end", "case"),
        ("case when true then 1 else a end", "a"),
        ("coalesce(a, 1)", "coalesce"),
        ("trim(leading from ' x')", "ltrim"),
        ("exists(select 1)", "exists"),
        ("array[1, 2]", "array"),
        ("(select a)", "a"),
        ("(select 1 as foo)", "foo"),
        ("(select count(*) from (select 1) q)", "count"),
        ("(1, 2)", "row"),
        ("sum(a) over ()", "sum"),
        ("current_user", "current_user"),
        ("pg_catalog.version()", "version"),
        ("'pg_class'::regclass::oid", "oid"),
        ("date '2020-01-01'", "date"),
        ("now() at time zone 'utc'", "timezone"),
        ("'2020-01-01'::timestamp with time zone", "timestamptz"),
        ("arr[1]", "arr"),
        ("a::regclass", "a"),
        ("a AS b", None),
        ("a b", None),
        ("1 one", None),
        ("sum(a) total", None),
        ("'x' \"Y\"", None),
        ("upper('a')::text", "upper"),
        ("(f(1)).field", "field"),
        ("a ~ '1'", "?column?"),
    ],
)
def test_an_item(item: str, expected: str | None) -> None:
    assert item_names(tokenize(f"SELECT {item} FROM t"), 1) == [expected]


@pytest.mark.parametrize(
    ("query", "count", "expected"),
    [
        ("SELECT *, 1 FROM t", 3, [None, None, "?column?"]),
        ("SELECT 1, t.*, 2 FROM t", 4, ["?column?", None, None, "?column?"]),
        ("SELECT *, 1, * FROM t", 5, [None] * 5),
        ("SELECT DISTINCT ON (a, b) a, count(*) FROM t", 2, [None, "count"]),
        ("WITH q AS (SELECT 1) SELECT 2, f(3, 4) FROM q", 2, ["?column?", "f"]),
        ("SELECT 1 UNION SELECT 2", 1, ["?column?"]),
        ("FROM t", 2, [None, None]),
        ("FROM t SELECT max(a)", 1, ["max"]),
        ("SELECT a, b", 3, [None, None, None]),
        ("SELECT", 1, [None]),
    ],
)
def test_a_query(query: str, count: int, expected: list[str | None]) -> None:
    assert item_names(tokenize(query), count) == expected
