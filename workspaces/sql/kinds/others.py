"""The remaining statements: channels, locks, upkeep, DuckDB's own verbs and what is not offered at all."""

from __future__ import annotations

from workspaces.sql.kinds import building
from workspaces.sql.kinds.building import Inner
from workspaces.sql.lexer import TokenKind
from workspaces.sql.reading import Reader
from workspaces.sql.statement import Channel, Lock, Pragma, Statement, StatementKind

_VERBS = {
    "ATTACH": StatementKind.ATTACH,
    "DETACH": StatementKind.DETACH,
    "USE": StatementKind.USE,
    "EXPORT": StatementKind.EXPORT,
    "IMPORT": StatementKind.IMPORT,
    "INSTALL": StatementKind.INSTALL,
    "LOAD": StatementKind.LOAD,
    "DO": StatementKind.DO,
    "GRANT": StatementKind.GRANT,
    "REVOKE": StatementKind.REVOKE,
    "CHECKPOINT": StatementKind.CHECKPOINT,
    "FORCE": StatementKind.CHECKPOINT,
}


def listen(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    return building.made(reader, StatementKind.LISTEN, "LISTEN", detail=Channel(reader.name()))


def unlisten(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    name = None if reader.accept_text("*") else reader.name()
    return building.made(reader, StatementKind.UNLISTEN, "UNLISTEN", detail=Channel(name))


def notify(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    name = reader.name()
    payload = reader.string() if reader.accept_text(",") else None
    return building.made(reader, StatementKind.NOTIFY, "NOTIFY", detail=Channel(name, payload))


def lock(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    reader.accept("TABLE")
    tables = building.chains(reader)
    mode = None
    if reader.accept("IN"):
        words = []
        while reader.word and reader.word != "MODE":
            words.append(reader.take().word)
        reader.expect("MODE")
        mode = " ".join(words).lower()
    reader.accept("NOWAIT")
    return building.made(reader, StatementKind.LOCK, "LOCK TABLE", detail=Lock(tables, mode))


def vacuum(reader: Reader, inner: Inner) -> Statement:
    return building.plain(reader, StatementKind.VACUUM, "VACUUM")


def analyze(reader: Reader, inner: Inner) -> Statement:
    return building.plain(reader, StatementKind.ANALYZE, "ANALYZE")


def call(reader: Reader, inner: Inner) -> Statement:
    """CALL of a table function or of a procedure; the name is the last part of its chain."""
    reader.take()
    detail = Pragma(reader.chain()[-1].lower())
    return Statement(
        StatementKind.CALL, tuple(reader.tokens), "SELECT", returns_rows=True, counts_rows=True, detail=detail
    )


def pragma(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    detail = Pragma(reader.name().lower(), is_assignment=reader.text == "=")
    return Statement(
        StatementKind.PRAGMA, tuple(reader.tokens), "SELECT", returns_rows=True, counts_rows=True, detail=detail
    )


def verb(reader: Reader, inner: Inner) -> Statement:
    """A verb that the server answers or refuses by itself."""
    word = reader.word
    kind = _VERBS[word]
    return building.plain(reader, kind, "CHECKPOINT" if word == "FORCE" else word)


def unsupported(reader: Reader, inner: Inner) -> Statement:
    """A statement of PostgreSQL that has no meaning here."""
    words = [token.text.upper() for token in reader.tokens[:2] if token.kind == TokenKind.WORD]
    return building.plain(reader, StatementKind.UNSUPPORTED, " ".join(words[:1]))
