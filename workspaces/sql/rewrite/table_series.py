"""`generate_series(1, 3) s`, `unnest(a) x` and `unnest(a, b)` in FROM, as psql, asyncpg and Django write them.

PostgreSQL calls the one column of a function like its alias; DuckDB's unnest takes one list.
"""

from __future__ import annotations

from collections.abc import Iterator

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets
from workspaces.sql.rewrite.edits import Change, Edit

TRIGGER = r"\b(?:generate_series|unnest)\b"

_BEFORE_TABLE = frozenset({"FROM", "JOIN", "LATERAL"})
_NO_ALIAS = frozenset({
    "WHERE", "JOIN", "LEFT", "RIGHT", "INNER", "CROSS", "FULL", "NATURAL", "ON", "USING", "GROUP", "ORDER", "LIMIT",
    "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WITH", "HAVING", "WINDOW", "QUALIFY",
})  # fmt: skip


def change(tokens: list[Token], text: str) -> Change:
    return Change(tuple(series_edits(tokens)))


def series_edits(tokens: list[Token]) -> list[Edit]:
    """Edits for each such function of a FROM clause."""
    brackets = Brackets(tokens)
    edits: list[Edit] = []
    for index in range(1, len(tokens) - 2):
        closing = brackets.closing.get(index + 1)
        if closing is None or tokens[index + 1].text != "(":
            continue
        if tokens[_before_name(tokens, index)].word not in _BEFORE_TABLE and not _has_ordinality(tokens, closing):
            continue
        if tokens[index].word == "UNNEST" and (zipped := list(_zipped(tokens, index, closing, brackets))):
            edits += zipped
        elif tokens[index].word in ("GENERATE_SERIES", "UNNEST"):
            edits += _named_column(tokens, closing)
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
    columns = [f"unnest({item})" for item in lists]
    end = closing
    if _has_ordinality(tokens, closing):
        lengths = ", ".join(f"len({item})" for item in lists)
        columns.append(f"unnest(range(1, greatest({lengths}) + 1))")
        end = closing + 2
    before = "" if tokens[_before_name(tokens, index)].word == "LATERAL" else "LATERAL "
    yield Edit(tokens[index].start, tokens[end].end, f"{before}(SELECT {', '.join(columns)})")
