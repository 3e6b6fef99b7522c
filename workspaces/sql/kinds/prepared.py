"""PREPARE, EXECUTE and DEALLOCATE of SQL."""

from __future__ import annotations

from workspaces.sql.kinds import building
from workspaces.sql.kinds.building import Inner
from workspaces.sql.reading import Reader, comma_separated, span
from workspaces.sql.statement import Deallocate, Execute, Prepare, Statement, StatementKind


def prepare(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    if reader.word == "TRANSACTION" and reader.token and reader.text_at(1)[:1] == "'":
        reader.rest()
        return building.made(reader, StatementKind.PREPARE_TRANSACTION, "PREPARE TRANSACTION")
    name = reader.name()
    types: tuple[str, ...] = ()
    if reader.text == "(":
        types = tuple(" ".join(token.text for token in part) for part in comma_separated(reader.group()))
    reader.expect("AS")
    body = reader.rest()
    if not body:
        raise reader.unexpected()
    detail = Prepare(name, types, span(body))
    return Statement(StatementKind.PREPARE, tuple(reader.tokens), "PREPARE", detail=detail, inner=inner(body))


def execute(reader: Reader, inner: Inner) -> Statement:
    """EXECUTE; whether it returns rows and its tag are those of the prepared statement."""
    reader.take()
    name = reader.name()
    arguments = comma_separated(reader.group()) if reader.text == "(" else []
    if any(not part for part in arguments):
        raise reader.unexpected()
    detail = Execute(name, tuple(span(part) for part in arguments))
    return building.made(reader, StatementKind.EXECUTE, "EXECUTE", detail=detail)


def deallocate(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    if reader.word_at(1) or reader.text_at(1):
        reader.accept("PREPARE")
    if reader.accept("ALL"):
        return building.made(reader, StatementKind.DEALLOCATE, "DEALLOCATE ALL", detail=Deallocate(None))
    return building.made(reader, StatementKind.DEALLOCATE, "DEALLOCATE", detail=Deallocate(reader.name()))
