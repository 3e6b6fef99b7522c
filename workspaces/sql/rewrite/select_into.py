"""`SELECT ... INTO [TEMP] t FROM ...` becomes CREATE TABLE AS: Tableau keeps its intermediate results like this."""

from __future__ import annotations

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.relations import chain_end
from workspaces.sql.rewrite.edits import NOTHING, Change, Edit

TRIGGER = r"\binto\b"

_STATEMENTS = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT"}
)


def change(tokens: list[Token], text: str) -> Change:
    place = _into(tokens)
    if place is None:
        return NOTHING
    index, temporary = place + 1, ""
    while tokens[index : index + 1] and tokens[index].word in ("TEMP", "TEMPORARY", "UNLOGGED", "LOCAL", "TABLE"):
        temporary = "TEMP " if tokens[index].word in ("TEMP", "TEMPORARY") else temporary
        index += 1
    if index >= len(tokens) or not tokens[index].is_name:
        return NOTHING
    end = chain_end(tokens, index)
    name = text[tokens[index].start : tokens[end - 1].end]
    begin = tokens[0].start
    return Change(
        (
            Edit(begin, begin, f"CREATE {temporary}TABLE {name} AS "),
            Edit(tokens[place].start, tokens[end - 1].end, ""),
        )
    )


def _into(tokens: list[Token]) -> int | None:
    """Index of the INTO between the SELECT and the FROM of the outermost query."""
    depth, verb = 0, ""
    for index, token in enumerate(tokens):
        if token.kind == TokenKind.PUNCTUATION:
            depth += (token.text in "([{") - (token.text in ")]}")
        elif depth == 0 and not verb:
            if index == 0 and token.word not in ("SELECT", "WITH"):
                return None
            verb = token.word if token.word in _STATEMENTS else ""
        elif depth == 0 and token.word == "INTO":
            return index if verb == "SELECT" else None
        elif depth == 0 and token.word in ("FROM", "UNION", "WHERE"):
            return None
    return None
