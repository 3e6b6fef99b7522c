"""Casts to types that only PostgreSQL's catalogs have: regclass and its kin, oid, "char", int2vector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workspaces.pgcatalog.names import PG_SCHEMA
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets
from workspaces.sql.rewrite.edits import Edit

PLAIN_TYPES = {
    "oid": "UINTEGER",
    "xid": "UINTEGER",
    "cid": "UINTEGER",
    "tid": "VARCHAR",
    "cstring": "VARCHAR",
    "int2vector": "SMALLINT[]",
    "oidvector": "UINTEGER[]",
    "pg_node_tree": "VARCHAR",
    "aclitem": "VARCHAR",
}
_OBJECT_TYPES = {
    "regclass": "kb_regclass",
    "regtype": "kb_regtype",
    "regproc": "kb_regproc",
    "regprocedure": "kb_regproc",
    "regoper": "kb_regproc",
    "regoperator": "kb_regproc",
    "regnamespace": "kb_regnamespace",
    "regrole": "kb_regrole",
}
_FUNCTION = "kb_regproc"
_TEXTS = frozenset({"text", "varchar", "name", "character", "bpchar"})
#: Words before a bracket that do not name a function.
_NO_FUNCTIONS = frozenset({
    "SELECT", "WHERE", "AND", "OR", "NOT", "IN", "ON", "WHEN", "THEN", "ELSE", "CASE", "ANY", "ALL", "SOME", "FROM",
    "AS", "LIKE", "ILIKE", "BETWEEN", "BY", "HAVING", "VALUES", "USING", "LIMIT", "OFFSET", "RETURNING", "IS",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cast:
    """A cast in the text: tokens of what is cast, of the type, and of all of it; indexes from and behind."""

    first: int
    operand: tuple[int, int]
    type: tuple[int, int]
    end: int


def type_edits(tokens: list[Token]) -> list[Edit]:
    """Edits that put a call or one of the engine's types in the place of each such cast."""
    brackets = Brackets(tokens)
    casts = list(_casts(tokens, brackets))
    edits: list[Edit] = []
    for cast in casts:
        name = _type_name(tokens, cast)
        if name in _OBJECT_TYPES:
            edits += _object_cast(tokens, cast, _outer_type(tokens, cast, casts), name)
        elif name in PLAIN_TYPES:
            edits.append(_replaced_type(tokens, cast, PLAIN_TYPES[name]))
        elif name == "char" and tokens[cast.type[0]].kind == TokenKind.QUOTED:
            edits.append(_replaced_type(tokens, cast, "VARCHAR"))
    return edits


def _casts(tokens: list[Token], brackets: Brackets) -> Iterator[_Cast]:
    for index, token in enumerate(tokens):
        if token.kind == TokenKind.CAST and index + 1 < len(tokens):
            first = _primary_start(tokens, index, brackets)
            yield _Cast(first, (first, index), (index + 1, index + 2), index + 2)
        elif token.word == "CAST" and index + 1 < len(tokens) and tokens[index + 1].text == "(":
            closing = brackets.closing.get(index + 1)
            middle = _as_of(tokens, index + 1, brackets)
            if closing is not None and middle is not None:
                yield _Cast(index, (index + 2, middle), (middle + 1, closing), closing + 1)


def _as_of(tokens: list[Token], opening: int, brackets: Brackets) -> int | None:
    """Index of the AS of a CAST."""
    closing = brackets.closing.get(opening, opening)
    found = [i for i in range(opening, closing) if tokens[i].word == "AS" and brackets.around[i] == opening]
    return found[-1] if found else None


def _primary_start(tokens: list[Token], index: int, brackets: Brackets) -> int:
    """Index of the first token of what a `::` at `index` casts."""
    place = index
    while place > 0:
        place -= 1
        token = tokens[place]
        if token.text in (")", "]"):
            place = brackets.opening.get(place, place)
            before = tokens[place - 1] if place else None
            continues = before is not None and (
                before.text in (")", "]") or before.is_name and before.word not in _NO_FUNCTIONS
            )
            if tokens[place].text == "[" and continues or tokens[place].text == "(" and _is_called(before):
                continue
            return place
        if place and tokens[place - 1].text == ".":
            place -= 1
        elif not (place and tokens[place - 1].kind == TokenKind.CAST):
            return place
        else:
            place -= 1
    return place


def _is_called(before: Token | None) -> bool:
    return before is not None and before.is_name and before.word not in _NO_FUNCTIONS


def _type_name(tokens: list[Token], cast: _Cast) -> str:
    return tokens[cast.type[0]].value.lower()


def _outer_type(tokens: list[Token], cast: _Cast, casts: list[_Cast]) -> str | None:
    """The type that the value is cast to next."""
    outer = next((other for other in casts if other.operand[1] == cast.end and other.operand[0] <= cast.first), None)
    return _type_name(tokens, outer) if outer is not None and outer is not cast else None


def _object_cast(tokens: list[Token], cast: _Cast, outer: str | None, name: str) -> list[Edit]:
    """A name becomes the OID it stands for, an OID its name; what is wanted shows in what follows."""
    first, behind = cast.operand
    is_literal = behind - first == 1 and (tokens[first].is_string or tokens[first].kind == TokenKind.PARAMETER)
    gives_text = outer in _TEXTS or (outer is None and not is_literal)
    kind = "_text" if gives_text else "_oid" if outer == "oid" and _OBJECT_TYPES[name] == _FUNCTION else ""
    function = f"{PG_SCHEMA}.{_OBJECT_TYPES[name]}{kind}("
    return [
        Edit(tokens[cast.first].start, tokens[first].start, function),
        Edit(tokens[behind - 1].end, tokens[cast.end - 1].end, ")"),
    ]


def _replaced_type(tokens: list[Token], cast: _Cast, wanted: str) -> Edit:
    place = tokens[cast.type[0]]
    return Edit(place.start, place.end, wanted)
