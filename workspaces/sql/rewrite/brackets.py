"""Which bracket closes which, found once for a whole statement so that no rule has to search again."""

from __future__ import annotations

from collections.abc import Sequence

from workspaces.sql.lexer import Token, TokenKind

_CLOSING = {")": "(", "]": "[", "}": "{"}


class Brackets:
    """Indexes of tokens: the partner of each bracket, and of CASE and END; what has no partner is missing."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.closing: dict[int, int] = {}
        self.opening: dict[int, int] = {}
        #: Index of the innermost open bracket around each token; -1 outside of all.
        self.around: list[int] = []
        open_brackets: list[int] = []
        open_cases: list[int] = []
        for index, token in enumerate(tokens):
            self.around.append(open_brackets[-1] if open_brackets else -1)
            if token.kind == TokenKind.PUNCTUATION:
                if token.text in "([{":
                    open_brackets.append(index)
                elif token.text in _CLOSING and open_brackets:
                    self._pair(open_brackets.pop(), index)
            elif token.word == "CASE":
                open_cases.append(index)
            elif token.word == "END" and open_cases:
                self._pair(open_cases.pop(), index)

    def _pair(self, opening: int, closing: int) -> None:
        self.closing[opening] = closing
        self.opening[closing] = opening
