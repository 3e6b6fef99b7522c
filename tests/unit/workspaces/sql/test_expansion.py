"""What people and tools write stays far below the limit; what doubles at each level does not."""

from __future__ import annotations

import pytest

from workspaces.sql.errors import SqlError
from workspaces.sql.expansion import Weight, check_expansion, expansion
from workspaces.sql.lexer import tokenize

USUAL = (
    "SELECT " + ", ".join(f"CAST(a{i}::int + b{i}::int AS int) AS c{i}" for i in range(300)),
    "SELECT 1 FROM t WHERE " + " AND ".join(f"(j->'a{i}'->>'b') IS NOT NULL" for i in range(300)),
    "SELECT CASE k " + " ".join(f"WHEN {i} THEN 'x{i}'" for i in range(1000)) + " END FROM t",
    "SELECT " + "replace(" * 60 + "a" + ", 'x', 'y')" * 60 + " FROM t",
    "SELECT 1 FROM t WHERE x IN (" + ", ".join(map(str, range(50_000))) + ")",
    "INSERT INTO t VALUES " + ", ".join("(1, 'a', NULL)" for _ in range(20_000)),
    "WITH "
    + ", ".join(f"c{i} AS (SELECT a AS a, b AS b FROM c{i - 1} JOIN d USING (a))" for i in range(1, 60))
    + " FROM c59",
    " UNION ALL ".join("SELECT a FROM t" for _ in range(2000)),
    "SELECT * FROM " + "(SELECT a, b FROM " * 40 + "t" + ") s" * 40,
    "SELECT nullif(nullif(trim(a), ''), 'N/A') FROM t WHERE d BETWEEN 1 AND 2 AND (e + 1) BETWEEN 3 AND 4",
    "SELECT (SELECT max(x) FROM u WHERE u.i = t.i AND EXISTS (SELECT 1 FROM v WHERE v.i = u.i)) FROM t",
)


@pytest.mark.parametrize("text", USUAL)
def test_what_is_usual_passes(text: str) -> None:
    check_expansion(tokenize(text), lambda _: None)


def test_each_level_of_subqueries_doubles() -> None:
    costs = [expansion(tokenize("SELECT " + "(SELECT " * n + "1" + ")" * n), lambda _: None) for n in (10, 11, 12)]
    assert costs[2] / costs[1] == pytest.approx(costs[1] / costs[0], rel=0.1)
    assert costs[1] / costs[0] > 1.9


def test_a_definition_counts_with_what_it_stands_for() -> None:
    heavy = {"v": Weight(cost=400_000.0)}
    with pytest.raises(SqlError) as caught:
        check_expansion(tokenize("FROM v"), heavy.get)
    assert caught.value.sqlstate == "54001"
    check_expansion(tokenize("FROM w"), heavy.get)
