"""Columns that nobody named get PostgreSQL's names."""

from __future__ import annotations

import pytest

from workspaces.sql.column_names import shown_names
from workspaces.sql.lexer import tokenize


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("count_star()", "count"),
        ("sum(amount)", "sum"),
        ('"version"()', "version"),
        ("(1 + 1)", "?column?"),
        ("'a'", "?column?"),
        ("1", "?column?"),
        ("CAST(x AS INTEGER)", "x"),
        ("CAST('1' AS DECIMAL(10,2))", "int4"),
        ("CAST(count_star() AS INTEGER)", "count"),
        ("CASE  WHEN (a) THEN (1) ELSE 2 END", "case"),
        ("plain", "plain"),
        ("with space", "with space"),
    ],
)
def test_a_name(name: str, expected: str) -> None:
    assert shown_names([name], ["int4"], tokenize("SELECT x")) == [expected]


def test_columns_of_tables_keep_their_names() -> None:
    assert shown_names(["f(x)"], ["int4"], tokenize("SELECT * FROM t")) == ["f(x)"]
    assert shown_names(["f(x)"], ["int4"], tokenize('SELECT "f(x)" FROM t')) == ["f(x)"]
    assert shown_names(["count_star()"], ["int8"], tokenize("SELECT count(*) FROM t")) == ["count"]
