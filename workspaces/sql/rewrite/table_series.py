"""`generate_series(1, 3) s` and `unnest(a, b) WITH ORDINALITY` in FROM, as psql and Django write them.

PostgreSQL calls the one column of a function like its alias; DuckDB's unnest takes one list.
"""

from __future__ import annotations

from collections.abc import Iterator

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets
from workspaces.sql.rewrite.edits import Edit

_BEFORE_TABLE = frozenset({"FROM", "JOIN", "LATERAL"})
_NO_ALIAS = frozenset({
    "WHERE", "JOIN", "LEFT", "RIGHT", "INNER", "CROSS", "FULL", "NATURAL", "ON", "USING", "GROUP", "ORDER", "LIMIT",
    "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WITH", "HAVING", "WINDOW", "QUALIFY",
})  # fmt: skip


def series_edits(tokens: list[Token]) -> list[Edit]:
    """Edits for each such function of a FROM clause."""
    brackets = Brackets(tokens)
    edits: list[Edit] = []
    for index in range(1, len(tokens) - 2):
        closing = brackets.closing.get(index + 1)
        if closing is None or tokens[index + 1].text != "(":
            continue
        if tokens[index].word == "GENERATE_SERIES" and tokens[_before_name(tokens, index)].word in _BEFORE_TABLE:
            edits += _named_column(tokens, closing)
        elif tokens[index].word == "UNNEST" and _has_ordinality(tokens, closing):
            edits += _zipped(tokens, index, closing, brackets)
    return edits


def _before_name(tokens: list[Token], index: int) -> int:
    while index > 1 and tokens[index - 1].text == ".":
        index -= 2
    return index - 1


def _named_column(tokens: list[Token], closing: int) -> Iterator[Edit]:
    place = closing + 1
    if place < len(tokens) and tokens[place].word == "AS":
        place += 1
    if place >= len(tokens) or not tokens[place].is_name or tokens[place].word in _NO_ALIAS:
        return
    if place + 1 >= len(tokens) or tokens[place + 1].text != "(":
        yield Edit(tokens[place].end, tokens[place].end, f"({tokens[place].text})")


def _has_ordinality(tokens: list[Token], closing: int) -> bool:
    return [token.word for token in tokens[closing + 1 : closing + 3]] == ["WITH", "ORDINALITY"]


def _zipped(tokens: list[Token], index: int, closing: int, brackets: Brackets) -> Iterator[Edit]:
    """More lists than one: a row of all first elements, one of all second ones, each with its number."""
    commas = [
        place
        for place in range(index + 2, closing)
        if tokens[place].kind == TokenKind.PUNCTUATION
        and tokens[place].text == ","
        and brackets.around[place] == index + 1
    ]
    if not commas:
        return
    bounds = [index + 1, *commas, closing]
    lists = [
        " ".join(token.text for token in tokens[first + 1 : last])
        for first, last in zip(bounds[:-1], bounds[1:], strict=True)
    ]
    lengths = ", ".join(f"len({item})" for item in lists)
    columns = ", ".join([*(f"unnest({item})" for item in lists), f"unnest(range(1, greatest({lengths}) + 1))"])
    yield Edit(tokens[index].start, tokens[closing + 2].end, f"LATERAL (SELECT {columns})")
