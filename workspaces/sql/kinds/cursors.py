"""DECLARE, FETCH, MOVE and CLOSE: cursors of SQL."""

from __future__ import annotations

from workspaces.sql.kinds import building
from workspaces.sql.kinds.building import Inner
from workspaces.sql.reading import Reader, span
from workspaces.sql.statement import Close, Declare, Fetch, Statement, StatementKind

#: Directions without a count of their own.
_SINGLE = {"NEXT": ("forward", 1), "PRIOR": ("backward", 1), "FIRST": ("absolute", 1), "LAST": ("absolute", -1)}


def declare(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    name = reader.name()
    scroll: bool | None = None
    options: set[str] = set()
    while not reader.accept("CURSOR"):
        if reader.accept("NO", "SCROLL"):
            scroll = False
        elif reader.accept("SCROLL"):
            scroll = True
        else:
            word = reader.accept_any("BINARY", "INSENSITIVE", "ASENSITIVE")
            if not word:
                raise reader.unexpected()
            options.add(word)
    hold = reader.accept("WITH", "HOLD")
    if not hold:
        reader.accept("WITHOUT", "HOLD")
    reader.expect("FOR")
    body = reader.rest()
    if not body:
        raise reader.unexpected()
    detail = Declare(
        name, span(body), scroll=scroll, hold=hold, binary="BINARY" in options, insensitive="INSENSITIVE" in options
    )
    return Statement(StatementKind.DECLARE, tuple(reader.tokens), "DECLARE CURSOR", detail=detail, inner=inner(body))


def fetch(reader: Reader, inner: Inner) -> Statement:
    """FETCH and MOVE, which differ only in whether rows are sent."""
    is_fetch = reader.take().word == "FETCH"
    direction, count = _direction(reader)
    reader.accept_any("FROM", "IN")
    detail = Fetch(direction, count, reader.name())
    reader.expect_end()
    kind = StatementKind.FETCH if is_fetch else StatementKind.MOVE
    return Statement(kind, tuple(reader.tokens), kind.upper(), returns_rows=is_fetch, counts_rows=True, detail=detail)


def close(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    if reader.accept("ALL"):
        return building.made(reader, StatementKind.CLOSE, "CLOSE CURSOR ALL", detail=Close(None))
    return building.made(reader, StatementKind.CLOSE, "CLOSE CURSOR", detail=Close(reader.name()))


def _direction(reader: Reader) -> tuple[str, int | None]:
    if len(reader.tokens) - reader.index <= 1:
        return "forward", 1
    word = reader.accept_any("ALL", "FORWARD", "BACKWARD", "ABSOLUTE", "RELATIVE", *_SINGLE)
    if word in _SINGLE:
        return _SINGLE[word]
    if word == "ALL":
        return "forward", None
    if word in ("ABSOLUTE", "RELATIVE"):
        return word.lower(), reader.integer()
    if word:
        return _counted(reader, word.lower())
    if reader.token is not None and (reader.token.is_name or reader.word):
        return "forward", 1
    return _counted(reader, "forward")


def _counted(reader: Reader, direction: str) -> tuple[str, int | None]:
    if reader.accept("ALL"):
        return direction, None
    if reader.token is None or reader.token.is_name:
        return direction, 1
    count = reader.integer()
    if count < 0:
        return ("backward" if direction == "forward" else "forward"), -count
    return direction, count
