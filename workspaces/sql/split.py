"""The statements of one message: where each begins and ends."""

from __future__ import annotations

from typing import NamedTuple

from workspaces.sql.lexer import Token, TokenKind, tokenize


class Piece(NamedTuple):
    """One statement: its tokens and text without the semicolon; `start` and `end` are offsets in the whole message."""

    text: str
    start: int
    end: int
    tokens: tuple[Token, ...]


def split(text: str) -> list[Piece]:
    """The statements of a message in order, empty ones dropped; positions of the tokens count from the message.

    Raises `SqlError` 42601 when a quote or comment is never closed.
    """
    pieces: list[Piece] = []
    begin = 0
    tokens = tokenize(text)
    for index, token in enumerate(tokens):
        if token.kind == TokenKind.PUNCTUATION and token.text == ";":
            _append(pieces, text, tokens[begin:index])
            begin = index + 1
    _append(pieces, text, tokens[begin:])
    return pieces


def _append(pieces: list[Piece], text: str, tokens: list[Token]) -> None:
    if tokens:
        start, end = tokens[0].start, tokens[-1].end
        pieces.append(Piece(text[start:end], start, end, tuple(tokens)))
