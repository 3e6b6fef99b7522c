"""`SELECT set_config(name, value, is_local)`: the one query that sets something."""

from __future__ import annotations

from typing import NamedTuple

from workspaces.services.compile_sql import Compiled
from workspaces.sql.lexer import Token
from workspaces.sql.reading import comma_separated
from workspaces.sql.statement import StatementKind

_TRUE = frozenset({"true", "'t'", "'true'", "'on'", "'1'"})


class SetConfig(NamedTuple):
    name: str
    value: str
    is_local: bool


def set_config_call(compiled: Compiled) -> SetConfig | None:
    """The call, where it is the only item of a SELECT without FROM and its arguments are strings; else None."""
    tokens = compiled.user_tokens
    if compiled.kind is not StatementKind.SELECT or len(tokens) < 8 or tokens[0].word != "SELECT":
        return None
    rest = tokens[3:] if tokens[1].word == "PG_CATALOG" and tokens[2].text == "." else tokens[1:]
    if rest[0].word != "SET_CONFIG" or rest[1].text != "(" or rest[-1].text != ")":
        return None
    parts = comma_separated(rest[2:-1])
    if (
        len(parts) != 3
        or any(len(part) != 1 for part in parts)
        or not (parts[0][0].is_string and parts[1][0].is_string)
    ):
        return None
    return SetConfig(parts[0][0].value.lower(), parts[1][0].value, _is_true(parts[2][0]))


def _is_true(token: Token) -> bool:
    return token.text.lower() in _TRUE
