"""A `ctid` on any page at all is true: DuckDB's extension reads a table that it has just made by ranges of pages."""

from __future__ import annotations

from workspaces.sql.lexer import Token
from workspaces.sql.rewrite.edits import Change, Edit

TRIGGER = r"\bctid\s+between\b"

_WHOLE = ["CTID", "BETWEEN", "(0,0)", "::", "TID", "AND", "(4294967295,0)", "::", "TID"]


def change(tokens: list[Token], text: str) -> Change:
    edits = []
    for index, token in enumerate(tokens):
        following = tokens[index : index + len(_WHOLE)]
        if token.word == "CTID" and [each.word or each.value for each in following] == _WHOLE:
            edits.append(Edit(token.start, following[-1].end, "true"))
    return Change(tuple(edits))
