"""`'{1,NULL}'::integer[]` and `= ANY('{1,2}')` become lists: DuckDB's own text of a list is `[1, NULL]`.

psycopg's client-side cursors (so Django), pgjdbc and hand-written SQL have them. Those of more dimensions stay.
"""

from __future__ import annotations

import re

from workspaces.pgwire.values.array_literal import parse_array
from workspaces.pgwire.values.errors import WireValueError
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.edits import Change, Edit
from workspaces.sql.rewrite.operands import closing

TRIGGER = r"'\s*\{"

_SETS = frozenset({"ANY", "ALL", "SOME"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\Z")


def change(tokens: list[Token], text: str) -> Change:
    edits = []
    for index, token in enumerate(tokens):
        if token.is_string and token.value.strip()[:1] == "{" and _is_array(tokens, index):
            made = _list_of(token.value, is_typed=tokens[index + 1].text != ")")
            if made is not None:
                edits.append(Edit(token.start, token.end, made))
    return Change(tuple(edits))


def _is_array(tokens: list[Token], index: int) -> bool:
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return False
    if following.kind == TokenKind.CAST or following.word == "AS":
        return _is_array_type(tokens, index + 2)
    before = tokens[index - 2].word if index > 1 and tokens[index - 1].text == "(" else ""
    return before in _SETS and following.text == ")"


def _is_array_type(tokens: list[Token], index: int) -> bool:
    """Whether the type that begins here ends in `[]`, or has the name that the catalog gives to an array."""
    while index < len(tokens):
        token = tokens[index]
        if token.text == "[":
            return True
        if token.text == "(":
            end = closing(tokens, index)
            if end is None:
                return False
            index = end + 1
        elif token.is_name and token.value.startswith("_"):
            return True
        elif token.is_name or token.text == ".":
            index += 1
        else:
            return False
    return False


def _list_of(literal: str, *, is_typed: bool) -> str | None:
    try:
        elements = parse_array(literal)
    except WireValueError:
        return None
    if any(isinstance(element, list) for element in elements):
        return None
    # Nothing tells the type of a set: numbers have to look like numbers.
    are_numbers = all(element is not None and _NUMBER.match(str(element)) for element in elements)
    return f"[{', '.join(_literal(element, is_number=are_numbers and not is_typed) for element in elements)}]"


def _literal(element: object, *, is_number: bool) -> str:
    if element is None:
        return "NULL"
    return str(element) if is_number else "'" + str(element).replace("'", "''") + "'"
