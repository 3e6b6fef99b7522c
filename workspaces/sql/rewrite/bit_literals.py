"""`b'101'` and `x'1F'`: bit strings, which the engine would take for texts that begin with the letter."""

from __future__ import annotations

from workspaces.sql.errors import SqlError
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.edits import Change, Edit

TRIGGER = r"\b[bx]'"
_DIGITS = {"b": "01", "x": "0123456789abcdef"}


def change(tokens: list[Token], text: str) -> Change:
    return Change(tuple(_edit(token) for token in tokens if token.kind == TokenKind.BITS))


def _edit(token: Token) -> Edit:
    kind, digits = token.text[0].lower(), token.text[2:-1].lower()
    for digit in digits:
        if digit not in _DIGITS[kind]:
            name = "binary" if kind == "b" else "hexadecimal"
            raise SqlError(f'"{digit}" is not a valid {name} digit', sqlstate="22P02", position=token.start)
    bits = digits if kind == "b" else "".join(f"{int(digit, 16):04b}" for digit in digits)
    return Edit(token.start, token.end, f"'{bits}'::BIT")
