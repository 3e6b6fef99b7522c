"""Names of result columns that nobody named, as PostgreSQL's clients look for them: `count`, not `count_star()`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from workspaces.sql.item_names import item_names
from workspaces.sql.lexer import Token, TokenKind

_CALL: Final = re.compile(
    r'(?:(?:"?(?:memory|kb_catalogs)"?\.)?"?\w+"?\.)?"?([a-z_][a-z0-9_]*)"?\(.*\)(?: FILTER .*| OVER .*)?', re.DOTALL
)
_CAST: Final = re.compile(r"(?:TRY_)?CAST\((.*) AS [^()]+(?:\([\d, ]+\))?(?:\[\])*\)", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
#: What begins like this is an expression: a literal, a bracket.
_EXPRESSION: Final = re.compile(r"'|\(|-?\d|\$\d|\?$")
_ENGINE_NAMES: Final = {"count_star": "count", "list_value": "array", "main": "?column?"}


def shown_names(names: Sequence[str], types: Sequence[str], tokens: Sequence[Token]) -> list[str]:
    """A name for each column; `types` are PostgreSQL's, `tokens` the client's own words.

    Names that may be a table's own stay as they are.
    """
    told = item_names(tokens, len(names))
    found = _by_engine(names, types, tokens)
    return [engine if own is None else own for own, engine in zip(told, found, strict=True)]


def _by_engine(names: Sequence[str], types: Sequence[str], tokens: Sequence[Token]) -> list[str]:
    """Where the words do not tell, the engine's names do."""
    if any(token.text == "*" and _is_all(tokens[index - 1]) for index, token in enumerate(tokens)):
        return list(names)
    written = {token.value for token in tokens if token.kind == TokenKind.QUOTED}
    return [
        name if name in written or _NAME.fullmatch(name) else _shown(name, kind)
        for name, kind in zip(names, types, strict=True)
    ]


def _is_all(before: Token) -> bool:
    """Whether a star behind this token stands for the columns of tables, not for a product."""
    return before.text in (",", ".") or before.word in ("SELECT", "DISTINCT", "ALL", "FROM")


def _shown(name: str, kind: str) -> str:
    cast = _CAST.fullmatch(name)
    if cast is not None:
        inner = cast[1]
        return inner if _NAME.fullmatch(inner) else kind if _EXPRESSION.match(inner) else _shown(inner, kind)
    if name.startswith("CASE "):
        return "case"
    if _EXPRESSION.match(name):
        return "?column?"
    call = _CALL.fullmatch(name)
    return name if call is None else _ENGINE_NAMES.get(call[1], call[1])
