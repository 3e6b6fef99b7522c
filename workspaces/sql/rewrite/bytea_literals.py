r"""`'\xdeadbeef'::bytea` becomes `from_hex('deadbeef')`: DuckDB reads only one pair of digits after each `\x`.

psycopg2, psycopg's client-side cursors and SQLAlchemy write binary values like this.
"""

from __future__ import annotations

import re

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.edits import Change, Edit

TRIGGER = r"\bbytea\b"

_HEX = re.compile(r"\\x((?:[0-9A-Fa-f]{2})*)\Z")


def change(tokens: list[Token], text: str) -> Change:
    edits = []
    for index, token in enumerate(tokens):
        match = _HEX.match(token.value) if token.is_string else None
        if match is not None:
            found = _span(tokens, index)
            if found is not None:
                edits.append(Edit(found[0].start, found[1].end, f"from_hex('{match.group(1)}')"))
    return Change(tuple(edits))


def _span(tokens: list[Token], index: int) -> tuple[Token, Token] | None:
    """First and last token of `'...'::bytea`, `bytea '...'` or `CAST('...' AS bytea)` around a string."""
    if index and _is_bytea(tokens, index - 1) and not _is_after_cast(tokens, index - 1):
        return tokens[index - 1], tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return None
    end = index + 2
    if end + 2 < len(tokens) and tokens[end].value.lower() == "pg_catalog" and tokens[end + 1].text == ".":
        end += 2
    if not _is_bytea(tokens, end):
        return None
    if following.kind == TokenKind.CAST:
        is_array = end + 1 < len(tokens) and tokens[end + 1].text == "["
        return None if is_array else (tokens[index], tokens[end])
    is_cast = (
        following.word == "AS"
        and index >= 2
        and tokens[index - 1].text == "("
        and tokens[index - 2].word == "CAST"
        and end + 1 < len(tokens)
        and tokens[end + 1].text == ")"
    )
    return (tokens[index - 2], tokens[end + 1]) if is_cast else None


def _is_bytea(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].is_name and tokens[index].value.lower() == "bytea"


def _is_after_cast(tokens: list[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].kind == TokenKind.CAST
