"""Faults of a statement with what only the statement knows: its table, its tag, what it called."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiled
from workspaces.sql.statement import Show, StatementKind

_CHANGES: Final = frozenset({StatementKind.UPDATE, StatementKind.DELETE})


def told_fault(fault: SqlFault, compiled: Compiled) -> SqlFault:
    """The fault as the client is told of it."""
    if fault.sqlstate == "22023" and _calls_error(compiled):
        fault = replace(fault, sqlstate="P0001")
    if fault.sqlstate == "42601" and compiled.kind in _CHANGES and (place := _current_of(compiled)) is not None:
        return SqlFault("0A000", "WHERE CURRENT OF is not supported", position=compiled.place(place))
    if fault.sqlstate == "42P01" and isinstance(compiled.statement.detail, Show):
        return SqlFault("42704", f'unrecognized configuration parameter "{compiled.statement.detail.name}"')
    return _with_names(fault, compiled)


def _with_names(fault: SqlFault, compiled: Compiled) -> SqlFault:
    targets = compiled.statement.targets
    table = targets[0][-1] if targets else "?"
    message, detail = (_filled(text, table, compiled) for text in (fault.message, fault.detail))
    names = {name: _filled(text, table, compiled) or "" for name, text in fault.names.items()}
    if fault.sqlstate.startswith("23") and targets:
        names["table"] = table
    if (message, detail, names) == (fault.message, fault.detail, fault.names):
        return fault
    told = replace(fault, message=message or "", detail=detail, names=names)
    told.__cause__ = fault.__cause__
    return told


def _filled(text: str | None, table: str, compiled: Compiled) -> str | None:
    return text and text.replace("{table}", table).replace("{tag}", compiled.statement.tag.removesuffix(" 0"))


def _calls_error(compiled: Compiled) -> bool:
    """Whether its message may be the user's own."""
    tokens = compiled.user_tokens
    return any(token.word == "ERROR" and tokens[index].text == "(" for index, token in enumerate(tokens[:-1], start=1))


def _current_of(compiled: Compiled) -> int | None:
    said = [token.word for token in compiled.user_tokens]
    for index, token in enumerate(compiled.user_tokens):
        if said[index : index + 3] == ["WHERE", "CURRENT", "OF"]:
            return token.start
    return None
