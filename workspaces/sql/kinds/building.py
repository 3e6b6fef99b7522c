"""How the families of statements make their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workspaces.sql.lexer import Token
from workspaces.sql.reading import Reader
from workspaces.sql.statement import Chain, Detail, Statement, StatementKind

#: Classifies the tokens of a statement that stands inside another one.
Inner = Callable[[Sequence[Token]], Statement]


def made(reader: Reader, kind: StatementKind, tag: str, *, detail: Detail | None = None) -> Statement:
    """A session statement that must be read up to its end: a leftover token is a syntax error."""
    reader.expect_end()
    return Statement(kind=kind, tokens=tuple(reader.tokens), tag=tag, detail=detail)


def plain(reader: Reader, kind: StatementKind, tag: str, *, detail: Detail | None = None) -> Statement:
    """A statement whose rest is the engine's or the guard's to judge."""
    return Statement(kind=kind, tokens=tuple(reader.tokens), tag=tag, detail=detail)


def chains(reader: Reader) -> tuple[Chain, ...]:
    """One or more dotted names with commas between them; a list of argument types after a name is skipped."""
    found = [_chain(reader)]
    while reader.accept_text(","):
        found.append(_chain(reader))
    return tuple(found)


def _chain(reader: Reader) -> Chain:
    reader.accept("ONLY")
    name = reader.chain()
    reader.accept_text("*")
    if reader.text == "(":
        reader.group()
    return name
