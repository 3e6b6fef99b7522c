"""The notices of IF EXISTS and IF NOT EXISTS: PostgreSQL says what a statement has skipped, the engine does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workspaces.pgwire.session.context import Context
from workspaces.services.compile_sql import Compiled
from workspaces.services.find_object import has_column, has_object
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.statement import Chain, Definition, StatementKind

_CREATES = frozenset({StatementKind.CREATE, StatementKind.CREATE_TABLE_AS})
_RELATIONS = frozenset({"TABLE", "VIEW", "INDEX", "SEQUENCE"})
#: SQLSTATE and text.
Skipped = tuple[str, str]


def skipped(context: Context, compiled: Compiled) -> list[Skipped]:
    """What the statement will not do because of its IF; to be asked before it runs. Raises SqlFault."""
    statement, detail = compiled.statement, compiled.statement.detail
    if not isinstance(detail, Definition) or not _has_if(statement.tokens):
        return []
    if statement.kind in _CREATES:
        return list(_existing(context, detail, statement.targets)) if detail.if_exists else []
    if statement.kind is StatementKind.DROP:
        return list(_missing(context, detail, statement.targets)) if detail.if_exists else []
    if statement.kind is StatementKind.ALTER and statement.targets:
        return list(_altered(context, detail, statement.targets[0], statement.tokens))
    return []


def _has_if(tokens: Sequence[Token]) -> bool:
    return any(token.word == "IF" for token in tokens)


def _existing(context: Context, detail: Definition, targets: tuple[Chain, ...]) -> Iterator[Skipped]:
    if targets and has_object(context.sql, detail.object_type, targets[0], is_temporary=detail.is_temporary, here=True):
        name = targets[0][-1]
        if detail.object_type == "SCHEMA":
            yield "42P06", f'schema "{name}" already exists, skipping'
        elif detail.object_type in _RELATIONS:
            yield "42P07", f'relation "{name}" already exists, skipping'
        else:
            yield "42710", f'{_kind(detail)} "{name}" already exists, skipping'


def _missing(context: Context, detail: Definition, targets: tuple[Chain, ...]) -> Iterator[Skipped]:
    for chain in targets:
        if not has_object(context.sql, detail.object_type, chain, is_temporary=detail.is_temporary):
            shown = f"{chain[-1]}()" if _kind(detail) == "function" else f'"{chain[-1]}"'
            yield "00000", f"{_kind(detail)} {shown} does not exist, skipping"


def _altered(context: Context, detail: Definition, chain: Chain, tokens: Sequence[Token]) -> Iterator[Skipped]:
    if not has_object(context.sql, detail.object_type, chain):
        if detail.if_exists:
            yield "00000", f'relation "{chain[-1]}" does not exist, skipping'
        return
    said = [token.word for token in tokens]
    for index in range(len(tokens)):
        for verb, condition in (("ADD", ["IF", "NOT", "EXISTS"]), ("DROP", ["IF", "EXISTS"])):
            begin = index + 1 + (said[index + 1 : index + 2] == ["COLUMN"])
            end = begin + len(condition)
            if said[index] != verb or said[begin:end] != condition or end >= len(tokens):
                continue
            column = _name(tokens[end])
            is_there = has_column(context.sql, chain, column)
            if verb == "ADD" and is_there:
                yield "42701", f'column "{column}" of relation "{chain[-1]}" already exists, skipping'
            elif verb == "DROP" and not is_there:
                yield "00000", f'column "{column}" of relation "{chain[-1]}" does not exist, skipping'


def _name(token: Token) -> str:
    return token.text.lower() if token.kind == TokenKind.WORD else token.value


def _kind(detail: Definition) -> str:
    return "function" if detail.object_type.startswith(("MACRO", "FUNCTION")) else detail.object_type.lower()
