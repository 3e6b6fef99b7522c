"""The columns of VALUES are called column1, column2, ... as in PostgreSQL; DuckDB calls them col0, col1.

Drivers show the names; people and Metabase refer to them in subqueries.
"""

from __future__ import annotations

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets
from workspaces.sql.rewrite.edits import NOTHING, Change, Edit

TRIGGER = r"\A\W*values\b|\bcolumn[1-9]"


def change(tokens: list[Token], text: str) -> Change:
    if tokens and tokens[0].word == "VALUES":
        return _whole_statement(tokens)
    edits = []
    brackets = Brackets(tokens)
    for index, token in enumerate(tokens):
        if token.word == "VALUES" and index >= 2 and tokens[index - 1].text == "(":
            edit = _subquery(tokens, index, brackets)
            if edit is not None:
                edits.append(edit)
    return Change(tuple(edits))


def _whole_statement(tokens: list[Token]) -> Change:
    width, end = _rows(tokens, 0, Brackets(tokens))
    if not width or end != len(tokens):
        return NOTHING
    return Change(
        (
            Edit(tokens[0].start, tokens[0].start, "SELECT * FROM ("),
            Edit(tokens[-1].end, tokens[-1].end, f") AS _values({_columns(width)})"),
        )
    )


def _subquery(tokens: list[Token], index: int, brackets: Brackets) -> Edit | None:
    """`FROM (VALUES ...) alias` without names of columns gets them."""
    if tokens[index - 2].word not in ("FROM", "JOIN") and tokens[index - 2].text != ",":
        return None
    width, end = _rows(tokens, index, brackets)
    if not width or end >= len(tokens) or tokens[end].text != ")":
        return None
    alias = end + 1
    if alias < len(tokens) and tokens[alias].word == "AS":
        alias += 1
    if alias >= len(tokens) or not tokens[alias].is_name or tokens[alias].word in ("WHERE", "ORDER", "LIMIT", "JOIN"):
        return None
    if alias + 1 < len(tokens) and tokens[alias + 1].text == "(":
        return None
    return Edit(tokens[alias].end, tokens[alias].end, f"({_columns(width)})")


def _rows(tokens: list[Token], index: int, brackets: Brackets) -> tuple[int, int]:
    """How many columns the rows behind VALUES have, and the index behind the last row; (0, 0) if they have none."""
    place, width = index + 1, 0
    while place < len(tokens) and tokens[place].kind == TokenKind.PUNCTUATION and tokens[place].text == "(":
        end = brackets.closing.get(place)
        if end is None:
            return 0, 0
        width = width or _width(tokens, place, brackets)
        place = end + 1
        if place < len(tokens) and tokens[place].text == ",":
            place += 1
        else:
            break
    return width, place


def _width(tokens: list[Token], opening: int, brackets: Brackets) -> int:
    """One more than the commas directly inside the row; counting jumps over inner brackets."""
    place, width = opening + 1, 1
    while place < brackets.closing[opening]:
        width += tokens[place].text == ","
        place = brackets.closing.get(place, place) + 1
    return width


def _columns(width: int) -> str:
    return ", ".join(f"column{number}" for number in range(1, width + 1))
