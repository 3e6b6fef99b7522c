"""Texts are split where DuckDB splits them."""

from __future__ import annotations

import duckdb
import pytest

from storage.engine.native import split_sql

ONE = [
    "SELECT ';'",
    "SELECT 'it''s;'",
    r"SELECT E'\';', 1",
    r"SELECT e'\\', ';'",
    'SELECT 1 AS "a;""b"',
    "SELECT $$;$$",
    "SELECT $tag$ ; $$ ; $tag$",
    "SELECT /* ; /* ; */ ; */ 1",
    "SELECT 1 -- ; no end",
    "SELECT 1 -- ;\n, 2",
    "SELECT '\n;\n'",
    "SELECT $1 + 1",
    "SELECT 1 AS ž$$, 2",
    "SELECT 'ž;ž'",
]


@pytest.mark.parametrize("sql", ONE)
def test_a_semicolon_inside_is_no_end(sql: str) -> None:
    assert [piece.text for piece in split_sql(sql)] == [sql]
    assert len(duckdb.extract_statements(sql)) == 1


@pytest.mark.parametrize("first", ONE)
def test_two_are_two(first: str) -> None:
    sql = f"{first}\n; SELECT 2;"
    pieces = split_sql(sql)
    assert [piece.text.strip() for piece in pieces] == [first, "SELECT 2"]
    assert len(duckdb.extract_statements(sql)) == 2
    assert all(sql[piece.offset :].startswith(piece.text) for piece in pieces)


@pytest.mark.parametrize("sql", ["", ";;", " ; \n", "-- x", "/* ; */", "-- ;\n;"])
def test_nothing_is_no_statement(sql: str) -> None:
    assert split_sql(sql) == []
    assert duckdb.extract_statements(sql) == []


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT\u00a0$$;$$", 1),
        ("SELECT 1\u00a0;\u00a0SELECT 2", 2),
        ("SELECT a\u2003$$;$$ FROM (SELECT 1 a)", 1),
        ("SELECT 1;;SELECT 2;", 2),
        ("SELECT '\\'; SELECT 2", 2),
        ("SELECT a$$ FROM (SELECT 1 a$$); SELECT $$x$$", 2),
        ("SELECT 1 - -1; SELECT 2", 2),
        ("SELECT 1 +--;\n1; SELECT 2", 2),
    ],
)
def test_odd_spaces_and_signs(sql: str, count: int) -> None:
    assert len(split_sql(sql)) == count


@pytest.mark.parametrize("sql", ["SELECT 'open; SELECT 2", 'SELECT "open; 2', "SELECT $$open; 2", "SELECT /* open; 2"])
def test_what_never_ends_is_one(sql: str) -> None:
    assert len(split_sql(sql)) == 1
