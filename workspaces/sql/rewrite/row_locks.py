"""FOR UPDATE, FOR SHARE and their kin are dropped: Django's select_for_update and pgjdbc's updatable results add them.

A transaction reads one snapshot anyway, and a conflicting write is refused when it happens.
"""

from __future__ import annotations

from workspaces.sql.lexer import Token
from workspaces.sql.rewrite.edits import Change, Edit

TRIGGER = r"\bfor\b"

_STRENGTHS = (("UPDATE",), ("SHARE",), ("NO", "KEY", "UPDATE"), ("KEY", "SHARE"))


def change(tokens: list[Token], text: str) -> Change:
    edits = []
    for index, token in enumerate(tokens):
        if token.word == "FOR":
            end = _clause_end(tokens, index)
            if end is not None:
                edits.append(Edit(token.start, tokens[end - 1].end, ""))
    return Change(tuple(edits))


def _words(tokens: list[Token], start: int, words: tuple[str, ...]) -> bool:
    return tuple(token.word for token in tokens[start : start + len(words)]) == words


def _clause_end(tokens: list[Token], index: int) -> int | None:
    """Index behind the clause; None where FOR belongs to PIVOT, a list comprehension or a cursor."""
    strength = next((words for words in _STRENGTHS if _words(tokens, index + 1, words)), None)
    if strength is None:
        return None
    end = index + 1 + len(strength)
    if _words(tokens, end, ("OF",)):
        end += 2
        while end < len(tokens) and tokens[end].text in (",", "."):
            end += 2
    if _words(tokens, end, ("NOWAIT",)):
        end += 1
    elif _words(tokens, end, ("SKIP", "LOCKED")):
        end += 2
    is_end = end >= len(tokens) or tokens[end].text in (")", ";") or tokens[end].word in ("FOR", "LIMIT", "OFFSET")
    return min(end, len(tokens)) if is_end else None
