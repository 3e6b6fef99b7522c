"""`a ~ b`, `!~`, `~*`, `!~*`: PostgreSQL looks for the pattern anywhere, DuckDB's `~` wants the whole text to match.

psql's backslash commands, pgjdbc and people who come from PostgreSQL write them.
"""

from __future__ import annotations

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.edits import Change, Edit
from workspaces.sql.rewrite.operands import Operands

TRIGGER = "~"

_OPERATORS = {
    "~": ("regexp_matches(", ")"),
    "~*": ("regexp_matches(", ", 'i')"),
    "!~": ("(NOT regexp_matches(", "))"),
    "!~*": ("(NOT regexp_matches(", ", 'i'))"),
}


def change(tokens: list[Token], text: str) -> Change:
    edits: list[Edit] = []
    operands = Operands(tokens)
    for index, token in enumerate(tokens):
        if token.kind != TokenKind.OPERATOR or token.text not in _OPERATORS:
            continue
        start, end = operands.left_start(index), operands.right_end(index)
        if start is None or end is None:
            continue
        opening, close = _OPERATORS[token.text]
        left, right = tokens[start].start, tokens[end - 1].end
        edits += [Edit(left, left, opening), Edit(token.start, token.end, ","), Edit(right, right, close)]
    return Change(tuple(edits))
