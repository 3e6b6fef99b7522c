r"""LIKE in statements that ask PostgreSQL's catalogs: a backslash in a pattern escapes unless the text says else."""

from __future__ import annotations

from workspaces.sql.lexer import Token
from workspaces.sql.rewrite.edits import Edit
from workspaces.sql.rewrite.operands import Operands

_LIKES = frozenset({"LIKE", "ILIKE"})
_NO_PATTERN = frozenset({"ANY", "ALL", "SOME"})


def pattern_edits(tokens: list[Token]) -> list[Edit]:
    """An ESCAPE behind each pattern that may hold a backslash."""
    if not any(token.word in _LIKES for token in tokens):
        return []
    operands = Operands(tokens)
    edits = []
    for index in range(1, len(tokens) - 1):
        pattern = tokens[index + 1]
        if tokens[index].word not in _LIKES or pattern.word in _NO_PATTERN:
            continue
        end = _pattern_end(operands, index)
        is_plain = end == index + 2 and pattern.is_string and "\\" not in pattern.value
        if end is not None and not is_plain and not (end < len(tokens) and tokens[end].word == "ESCAPE"):
            edits.append(Edit(tokens[end - 1].end, tokens[end - 1].end, r" ESCAPE '\'"))
    return edits


def _pattern_end(operands: Operands, index: int) -> int | None:
    """Index behind the pattern of the LIKE at `index`, which may be put together of texts."""
    end = operands.right_end(index)
    while end is not None and end < len(operands.tokens) and operands.tokens[end].text == "||":
        end = operands.right_end(end)
    return end
