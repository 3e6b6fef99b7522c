"""`a OPERATOR(pg_catalog.~) b` and `COLLATE pg_catalog."default"`: psql writes both in every backslash command."""

from __future__ import annotations

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.edits import Change, Edit

TRIGGER = r"\boperator\b|\bcollate\b"


def change(tokens: list[Token], text: str) -> Change:
    edits = []
    for index, token in enumerate(tokens):
        if token.word == "OPERATOR":
            edit = _operator(tokens, index)
        elif token.word == "COLLATE":
            edit = _collation(tokens, index)
        else:
            continue
        if edit is not None:
            edits.append(edit)
    return Change(tuple(edits))


def _operator(tokens: list[Token], index: int) -> Edit | None:
    shape = tokens[index + 1 : index + 6]
    if len(shape) >= 3 and shape[0].text == "(" and shape[1].kind == TokenKind.OPERATOR and shape[2].text == ")":
        return Edit(tokens[index].start, shape[2].end, shape[1].text)
    if (
        len(shape) == 5
        and [shape[0].text, shape[2].text, shape[4].text] == ["(", ".", ")"]
        and shape[1].is_name
        and shape[3].kind == TokenKind.OPERATOR
    ):
        return Edit(tokens[index].start, shape[4].end, shape[3].text)
    return None


def _collation(tokens: list[Token], index: int) -> Edit | None:
    """Drop the default collation; leave the name of another one without its schema."""
    names = tokens[index + 1 : index + 4]
    if len(names) == 3 and names[0].value.lower() == "pg_catalog" and names[1].text == ".":
        if names[2].value == "default":
            return Edit(tokens[index].start, names[2].end, "")
        return Edit(names[0].start, names[2].start, "")
    if names and names[0].kind == TokenKind.QUOTED and names[0].value == "default":
        return Edit(tokens[index].start, names[0].end, "")
    return None
