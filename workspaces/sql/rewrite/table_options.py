"""Options of CREATE, TRUNCATE and INSERT without a meaning here are dropped: ORMs, dbt and dump files add them.

WITH (fillfactor), WITHOUT OIDS, TABLESPACE, GLOBAL TEMP, USING btree, varchar_pattern_ops (Django), INCLUDE (...),
RESTART IDENTITY, OVERRIDING.
"""

from __future__ import annotations

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.edits import NOTHING, Change, Edit
from workspaces.sql.rewrite.operands import closing

TRIGGER = r"\b(?:create|truncate|insert)\b"

_METHODS = frozenset({"BTREE", "HASH", "GIN", "GIST", "BRIN", "SPGIST"})


def change(tokens: list[Token], text: str) -> Change:
    verb = tokens[0].word if tokens else ""
    if verb == "CREATE":
        edits = _create(tokens)
    elif verb == "TRUNCATE":
        edits = _truncate(tokens)
    elif verb == "INSERT":
        edits = _overriding(tokens)
    else:
        return NOTHING
    return Change(tuple(edits))


def _create(tokens: list[Token]) -> list[Edit]:
    kind = next((token.word for token in tokens[1:7] if token.word in ("TABLE", "VIEW", "INDEX")), "")
    if not kind:
        return []
    edits, index = _operator_classes(tokens) if kind == "INDEX" else [], 1
    while index < len(tokens):
        token = tokens[index]
        if token.word == "AS":
            break
        if token.kind == TokenKind.PUNCTUATION and token.text == "(":
            end = closing(tokens, index)
            if end is None:
                break
            index = end + 1
            continue
        end = _option_end(tokens, index, kind)
        if end is not None:
            edits.append(Edit(token.start, tokens[end - 1].end, ""))
            index = end
        else:
            index += 1
    return edits


def _operator_classes(tokens: list[Token]) -> list[Edit]:
    """Those behind the columns of an index."""
    return [
        Edit(token.start, token.end, "")
        for before, token in zip(tokens, tokens[1:], strict=False)
        if token.word.endswith("_OPS") and (before.is_name or before.text == ")")
    ]


def _option_end(tokens: list[Token], index: int, kind: str) -> int | None:
    """Index behind the option that begins here; None if none does."""
    word = tokens[index].word
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return None
    if word == "GLOBAL" and following.word in ("TEMP", "TEMPORARY"):
        return index + 1
    if (word == "WITH" and following.text == "(") or (word == "INCLUDE" and kind == "INDEX" and following.text == "("):
        end = closing(tokens, index + 1)
        return None if end is None else end + 1
    if word == "WITHOUT" and following.word == "OIDS":
        return index + 2
    if word == "TABLESPACE" and following.is_name and tokens[index - 1].text == ")":
        return index + 2
    if word == "USING" and kind == "INDEX" and following.word in _METHODS:
        return index + 2
    return None


def _truncate(tokens: list[Token]) -> list[Edit]:
    for index, token in enumerate(tokens):
        if (
            token.word in ("RESTART", "CONTINUE")
            and tokens[index + 1 : index + 2]
            and tokens[index + 1].word == "IDENTITY"
        ):
            return [Edit(token.start, tokens[-1].end, "")]
    if len(tokens) > 2 and tokens[-1].word in ("CASCADE", "RESTRICT") and tokens[-2].word != "TABLE":
        return [Edit(tokens[-1].start, tokens[-1].end, "")]
    return []


def _overriding(tokens: list[Token]) -> list[Edit]:
    for index, token in enumerate(tokens[:-2]):
        if token.word == "OVERRIDING" and tokens[index + 2].word == "VALUE":
            return [Edit(token.start, tokens[index + 2].end, "")]
    return []
