"""BEGIN and its relatives: blocks, savepoints, transaction modes."""

from __future__ import annotations

from dataclasses import replace

from workspaces.sql.kinds import building
from workspaces.sql.kinds.building import Inner
from workspaces.sql.reading import Reader
from workspaces.sql.statement import Begin, End, Savepoint, SetTransaction, Statement, StatementKind

_LEVELS = (("READ", "UNCOMMITTED"), ("READ", "COMMITTED"), ("REPEATABLE", "READ"), ("SERIALIZABLE",), ("SNAPSHOT",))


def begin(reader: Reader, inner: Inner) -> Statement:
    is_start = reader.take().word == "START"
    if is_start:
        reader.expect("TRANSACTION")
    else:
        reader.accept_any("TRANSACTION", "WORK")
        reader.accept_any("DEFERRED", "IMMEDIATE", "EXCLUSIVE")
    modes = read_modes(reader)
    detail = Begin(read_only=modes.read_only, isolation=modes.isolation, deferrable=modes.deferrable)
    return building.made(reader, StatementKind.BEGIN, "START TRANSACTION" if is_start else "BEGIN", detail=detail)


def commit(reader: Reader, inner: Inner) -> Statement:
    """COMMIT and END."""
    return _end(reader, StatementKind.COMMIT, "COMMIT")


def rollback(reader: Reader, inner: Inner) -> Statement:
    """ROLLBACK, ABORT and ROLLBACK TO SAVEPOINT."""
    ahead = 2 if reader.word_at(1) in ("WORK", "TRANSACTION") else 1
    if reader.word_at(ahead) == "TO":
        reader.index += ahead + 1
        reader.accept("SAVEPOINT")
        return building.made(reader, StatementKind.ROLLBACK_TO, "ROLLBACK", detail=Savepoint(reader.name()))
    return _end(reader, StatementKind.ROLLBACK, "ROLLBACK")


def savepoint(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    return building.made(reader, StatementKind.SAVEPOINT, "SAVEPOINT", detail=Savepoint(reader.name()))


def release(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    if reader.word == "SAVEPOINT" and reader.word_at(1) + reader.text_at(1):
        reader.take()
    return building.made(reader, StatementKind.RELEASE, "RELEASE", detail=Savepoint(reader.name()))


def set_transaction(reader: Reader, *, is_session: bool) -> Statement:
    """The rest of SET TRANSACTION and SET SESSION CHARACTERISTICS AS TRANSACTION."""
    if not is_session and reader.accept("SNAPSHOT"):
        detail = SetTransaction(snapshot=reader.string())
    else:
        detail = replace(read_modes(reader), is_session=is_session)
    return building.made(reader, StatementKind.SET_TRANSACTION, "SET", detail=detail)


def read_modes(reader: Reader) -> SetTransaction:
    """Transaction modes in any order, with or without commas, up to the end of the statement."""
    modes = SetTransaction()
    while not reader.is_done:
        reader.accept_text(",")
        modes = _one_mode(reader, modes)
    return modes


def _one_mode(reader: Reader, modes: SetTransaction) -> SetTransaction:
    if reader.accept("READ", "ONLY"):
        return replace(modes, read_only=True)
    if reader.accept("READ", "WRITE"):
        return replace(modes, read_only=False)
    if reader.accept("NOT", "DEFERRABLE"):
        return replace(modes, deferrable=False)
    if reader.accept("DEFERRABLE"):
        return replace(modes, deferrable=True)
    reader.expect("ISOLATION", "LEVEL")
    for words in _LEVELS:
        if reader.accept(*words):
            return replace(modes, isolation=" ".join(words).lower())
    raise reader.unexpected()


def _end(reader: Reader, kind: StatementKind, tag: str) -> Statement:
    reader.take()
    if reader.accept("PREPARED"):
        reader.rest()
        return building.made(reader, StatementKind.PREPARE_TRANSACTION, f"{tag} PREPARED")
    reader.accept_any("TRANSACTION", "WORK")
    chain = reader.accept("AND", "CHAIN")
    if not chain:
        reader.accept("AND", "NO", "CHAIN")
    return building.made(reader, kind, tag, detail=End(chain=chain))
