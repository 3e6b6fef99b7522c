"""A cursor over the tokens of one statement: look, accept, expect."""

from __future__ import annotations

from collections.abc import Sequence

from workspaces.sql.errors import SqlError, near
from workspaces.sql.lexer import Token, TokenKind

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


class Reader:
    """Reads tokens from left to right; what is expected and missing raises `SqlError` 42601 with its position."""

    def __init__(self, tokens: Sequence[Token], *, index: int = 0) -> None:
        self.tokens = tokens
        self.index = index

    @property
    def token(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    @property
    def is_done(self) -> bool:
        return self.index >= len(self.tokens)

    @property
    def word(self) -> str:
        """The next token as an upper-case word; empty if it is none, quoted or missing."""
        return self.token.word if self.token else ""

    @property
    def text(self) -> str:
        """The next token as written; empty at the end."""
        return self.token.text if self.token else ""

    @property
    def position(self) -> int:
        """Offset of the next token, or of the end of the statement."""
        if self.token:
            return self.token.start
        return self.tokens[-1].end if self.tokens else 0

    def word_at(self, ahead: int) -> str:
        place = self.index + ahead
        return self.tokens[place].word if place < len(self.tokens) else ""

    def text_at(self, ahead: int) -> str:
        place = self.index + ahead
        return self.tokens[place].text if place < len(self.tokens) else ""

    def take(self) -> Token:
        if self.token is None:
            raise self.unexpected()
        self.index += 1
        return self.tokens[self.index - 1]

    def accept(self, *words: str) -> bool:
        """Step over the words if all of them come next, in this order."""
        if all(self.word_at(ahead) == word for ahead, word in enumerate(words)):
            self.index += len(words)
            return True
        return False

    def accept_any(self, *words: str) -> str:
        """Step over the next word if it is one of these, and say which; empty if not."""
        word = self.word
        if word in words:
            self.index += 1
            return word
        return ""

    def accept_text(self, text: str) -> bool:
        """Step over a punctuation or operator written like this."""
        token = self.token
        if token is not None and token.text == text and not token.is_string and not token.is_name:
            self.index += 1
            return True
        return False

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.unexpected()

    def expect_text(self, text: str) -> None:
        if not self.accept_text(text):
            raise self.unexpected()

    def expect_end(self) -> None:
        if not self.is_done:
            raise self.unexpected()

    def name(self) -> str:
        """An identifier as PostgreSQL reads it: folded to lower case unless it is quoted."""
        token = self.token
        if token is None or not token.is_name:
            raise self.unexpected()
        self.index += 1
        return token.text.lower() if token.kind == TokenKind.WORD else token.value

    def chain(self) -> tuple[str, ...]:
        """A dotted name of one or more parts."""
        parts = [self.name()]
        while self.text == "." and not self.is_done:
            self.index += 1
            parts.append(self.name())
        return tuple(parts)

    def string(self) -> str:
        token = self.take()
        if not token.is_string:
            self.index -= 1
            raise self.unexpected()
        return token.value

    def integer(self) -> int:
        """A whole number with its sign."""
        negative = self.accept_text("-")
        if not negative:
            self.accept_text("+")
        token = self.token
        if token is None or token.kind != TokenKind.NUMBER or not token.text.isdigit():
            raise self.unexpected()
        self.index += 1
        return -int(token.text) if negative else int(token.text)

    def group(self) -> tuple[Token, ...]:
        """The tokens between an opening bracket, which comes next, and its closing one; steps over both."""
        begin, depth = self.index, 0
        for place in range(begin, len(self.tokens)):
            token = self.tokens[place]
            if token.kind != TokenKind.PUNCTUATION:
                continue
            if token.text in _OPEN:
                depth += 1
            elif token.text in _CLOSE:
                depth -= 1
                if depth == 0:
                    self.index = place + 1
                    return tuple(self.tokens[begin + 1 : place])
        self.index = len(self.tokens)
        raise self.unexpected()

    def rest(self) -> tuple[Token, ...]:
        """All tokens that are left; the reader stands at the end afterwards."""
        left = tuple(self.tokens[self.index :])
        self.index = len(self.tokens)
        return left

    def unexpected(self) -> SqlError:
        return near(self.text, position=self.position)


def comma_separated(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """The tokens cut at the commas outside of all brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == TokenKind.PUNCTUATION:
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
            if token.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(token)
    return [tuple(part) for part in parts] if tokens else []


def span(tokens: Sequence[Token]) -> tuple[int, int]:
    """Where the tokens begin and end in the text they were cut from; (0, 0) for none."""
    return (tokens[0].start, tokens[-1].end) if tokens else (0, 0)
