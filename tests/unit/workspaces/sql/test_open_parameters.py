"""What stands beside a parameter says what it is."""

from __future__ import annotations

import pytest

from workspaces.sql.lexer import tokenize
from workspaces.sql.open_parameters import Neighbour, neighbours


def found(sql: str, numbers: set[int]) -> dict[int, Neighbour]:
    return neighbours(sql, tokenize(sql), numbers)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT $1 + 1", Neighbour("1", "+")),
        ("SELECT a.b - $1 FROM a", Neighbour("a.b", "-")),
        ("SELECT f(x, 2) * $1", Neighbour("f(x, 2)", "*")),
        ("SELECT $1 || lower(x)::varchar FROM t", Neighbour("lower(x)::varchar", "||")),
        ("SELECT 1 FROM t WHERE lower(x) = ANY ($1)", Neighbour("lower(x)", "=", is_element=True)),
        ("SELECT 1 FROM t WHERE y AND x <> ALL($1)", Neighbour("x", "<>", is_element=True)),
        ("SELECT $1::numeric(5, 2)[]::text", Neighbour("NULL::numeric(5, 2)[]", "::")),
        ("SELECT CAST(CAST($1 AS double precision) AS text)", Neighbour("CAST(NULL AS double precision)", "::")),
        ("SELECT x, $1 FROM t WHERE x + $1 > 2", Neighbour("x", "+")),
    ],
)
def test_the_neighbour(sql: str, expected: Neighbour) -> None:
    assert found(sql, {1}) == {1: expected}


@pytest.mark.parametrize("sql", ["SELECT $1", "SELECT $1 + $2", "SELECT -$1", "SELECT f($1, 1)", "SELECT +", "ANY($1)"])
def test_none(sql: str) -> None:
    assert found(sql, {1, 2}) == {}


def test_a_parameter_of_known_type_is_a_neighbour() -> None:
    assert found("SELECT $1 + $2", {1}) == {1: Neighbour("$2", "+")}


@pytest.mark.parametrize(
    ("operator", "neighbour_type", "expected"),
    [
        ("+", "DATE", "INTEGER"),
        ("-", "DATE", "DATE"),
        ("+", "TIMESTAMP", "INTERVAL"),
        ("*", "INTERVAL", "DOUBLE"),
        ("*", "DECIMAL(5,2)", "DECIMAL(5,2)"),
    ],
)
def test_the_type_that_goes_with_a_neighbour(operator: str, neighbour_type: str, expected: str) -> None:
    assert Neighbour("x", operator).parameter_type(neighbour_type) == expected


def test_a_set_is_of_its_elements() -> None:
    assert Neighbour("x", "=", is_element=True).parameter_type("INTEGER") == "INTEGER[]"
