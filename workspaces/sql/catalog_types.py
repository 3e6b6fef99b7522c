"""PostgreSQL's types of the columns of a query that asks its catalogs: oid, name, "char" where the engine has others.

They are read from the words: the columns of system relations are followed through subqueries and CTEs, casts and a few
functions. None means that the engine's type tells all there is to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from workspaces.pgcatalog.reference import INFORMATION_SCHEMA, PG_CATALOG, catalog_relations
from workspaces.sql.item_names import at_top, has_alias, select_items
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets

Columns = list[tuple[str, str | None]]
_SETS: Final = frozenset({"UNION", "EXCEPT", "INTERSECT"})
_FROM_ENDS: Final = _SETS | {
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "QUALIFY",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
}
_BEHIND_RELATION: Final = _FROM_ENDS | {
    "JOIN", "LEFT", "RIGHT", "INNER", "CROSS", "FULL", "NATURAL", "ON", "USING", "WITH", "TABLESAMPLE",
}  # fmt: skip
_CASTS: Final = frozenset({
    "oid", "name", "char", "xid", "cid", "tid", "int2vector", "oidvector", "regclass", "regtype", "regproc",
    "regnamespace", "text", "pg_node_tree", "aclitem",
})  # fmt: skip
#: Of the same type as their first argument.
_TRANSPARENT: Final = frozenset({"min", "max", "coalesce", "nullif", "greatest", "least", "unnest", "first_value"})
_FUNCTIONS: Final = {
    "current_schema": "name", "current_database": "name", "current_schemas": "_name", "pg_get_userbyid": "name",
    "pg_encoding_to_char": "name", "pg_client_encoding": "name", "getdatabaseencoding": "name",
    "pg_my_temp_schema": "oid", "to_regclass": "regclass", "to_regtype": "regtype",
}  # fmt: skip
_VALUES: Final = frozenset({
    "current_user", "session_user", "user", "current_role", "current_catalog", "current_schema",
})  # fmt: skip


def column_types(tokens: Sequence[Token]) -> list[str | None]:
    """The name of the PostgreSQL type of each column of the query, as far as the words tell it."""
    reader = _Reader(tokens, Brackets(tokens))
    return [kind for _, kind in reader.query(0, len(tokens), _Scope())]


@dataclass
class _Scope:
    """What names mean in one SELECT: its relations, those around it, and the CTEs."""

    relations: list[tuple[str, Columns]] = field(default_factory=list)
    ctes: dict[str, Columns] = field(default_factory=dict)
    outer: _Scope | None = None

    def inside(self) -> _Scope:
        return _Scope(ctes=dict(self.ctes), outer=self)

    def column(self, parts: Sequence[str]) -> str | None:
        for alias, columns in self.relations:
            if len(parts) == 1 or alias == parts[-2]:
                for name, kind in columns:
                    if name == parts[-1]:
                        return kind
        return None if self.outer is None else self.outer.column(parts)


@cache
def _system_columns(schema: str, name: str) -> Columns | None:
    relation = catalog_relations().get((schema, name))
    if relation is None:
        return None
    columns: Columns = [(each.name, each.type_name) for each in relation.columns]
    return [*columns, ("tableoid", "oid"), ("xmin", "xid"), ("ctid", "tid")]


class _Reader:
    def __init__(self, tokens: Sequence[Token], brackets: Brackets) -> None:
        self._tokens = tokens
        self._brackets = brackets

    def query(self, first: int, end: int, scope: _Scope) -> Columns:
        """The columns of the query between two indexes."""
        first = self._ctes(first, end, scope)
        if first < end and self._tokens[first].text == "(" and self._tokens[first].kind == TokenKind.PUNCTUATION:
            return self.query(first + 1, self._brackets.closing.get(first, end), scope)
        stop = next((index for index in self._top(first, end) if self._tokens[index].word in _SETS), end)
        begin = next((index for index in self._top(first, stop) if self._tokens[index].word == "FROM"), None)
        inner = scope.inside()
        if begin is not None:
            self._from(begin + 1, stop, inner)
        found: Columns = []
        for item in select_items(self._tokens, self._brackets, first, stop):
            found += self._item(*item, inner)
        return found

    def _top(self, first: int, end: int) -> Iterator[int]:
        return at_top(self._brackets, first, end)

    def _ctes(self, first: int, end: int, scope: _Scope) -> int:
        """Read the CTEs before a query into the scope; where the query itself begins."""
        if first >= end or self._tokens[first].word != "WITH":
            return first
        place = first + 1 + (self._tokens[first + 1].word == "RECURSIVE")
        while place < end and self._tokens[place].is_name:
            name = self._tokens[place].value.lower()
            place, aliases = self._aliases(place + 1)
            opening = next((index for index in range(place, end) if self._tokens[index].text == "("), None)
            if opening is None:
                return end
            closing = self._brackets.closing.get(opening, end)
            columns = self.query(opening + 1, closing, scope)
            scope.ctes[name] = _renamed(columns, aliases)
            place = closing + 1
            if place >= end or self._tokens[place].text != ",":
                break
            place += 1
        return place

    def _aliases(self, place: int) -> tuple[int, list[str]]:
        """The names in brackets at this place, if there are any, and where they end."""
        if place >= len(self._tokens) or self._tokens[place].text != "(":
            return place, []
        closing = self._brackets.closing.get(place, place)
        return closing + 1, [token.value.lower() for token in self._tokens[place + 1 : closing] if token.is_name]

    def _from(self, first: int, end: int, scope: _Scope) -> None:
        place, is_expected = first, True
        while place < end:
            token = self._tokens[place]
            if token.word in _FROM_ENDS:
                return
            if is_expected and token.word not in ("LATERAL", "ONLY"):
                place, is_expected = self._relation(place, end, scope), False
                continue
            if token.word == "JOIN" or (token.text == "," and token.kind == TokenKind.PUNCTUATION):
                is_expected = True
            place = self._brackets.closing.get(place, place) + 1

    def _relation(self, place: int, end: int, scope: _Scope) -> int:
        """Add what stands here to the scope; where it ends, behind its alias."""
        token, columns, name = self._tokens[place], [], ""
        if token.text == "(":
            closing = self._brackets.closing.get(place, end)
            if (
                self._tokens[place + 1].word in ("SELECT", "WITH", "VALUES", "FROM")
                or self._tokens[place + 1].text == "("
            ):
                columns = self.query(place + 1, closing, scope)
            else:
                self._from(place + 1, closing, scope)
            place = closing + 1
        elif token.is_name:
            parts = [token.value.lower()]
            while place + 2 < end and self._tokens[place + 1].text == "." and self._tokens[place + 2].is_name:
                place += 2
                parts.append(self._tokens[place].value.lower())
            place, name = place + 1, parts[-1]
            if place < end and self._tokens[place].text == "(":
                place = self._brackets.closing.get(place, end) + 1
            else:
                columns = self._known(parts, scope)
        else:
            place += 1
        return self._alias(place, end, name, columns, scope)

    def _known(self, parts: list[str], scope: _Scope) -> Columns:
        if len(parts) == 1:
            return scope.ctes.get(parts[0]) or _system_columns(PG_CATALOG, parts[0]) or []
        if parts[-2] in (PG_CATALOG, INFORMATION_SCHEMA):
            return _system_columns(parts[-2], parts[-1]) or []
        return []

    def _alias(self, place: int, end: int, name: str, columns: Columns, scope: _Scope) -> int:
        if place < end and self._tokens[place].word == "AS":
            place += 1
        if place < end and self._tokens[place].is_name and self._tokens[place].word not in _BEHIND_RELATION:
            name, place = self._tokens[place].value.lower(), place + 1
            place, aliases = self._aliases(place)
            columns = _renamed(columns, aliases)
        if name:
            scope.relations.append((name, columns))
        return place

    def _item(self, first: int, end: int, scope: _Scope) -> Columns:
        """One column, or those of a star."""
        last = self._tokens[end - 1]
        if last.text == "*" and (end - first == 1 or self._tokens[end - 2].text == "."):
            wanted = None if end - first == 1 else self._tokens[end - 3].value.lower()
            return [
                column
                for alias, columns in scope.relations
                if wanted in (None, alias)
                for column in columns
                if column[0] not in ("tableoid", "xmin", "ctid")
            ]
        if has_alias(self._tokens, self._brackets, first, end) and last.is_name:
            behind = end - 2 if self._tokens[end - 2].word == "AS" else end - 1
            return [(last.value.lower(), self._type(first, behind, scope))]
        return [(last.value.lower() if last.is_name else "", self._type(first, end, scope))]

    def _type(self, first: int, end: int, scope: _Scope) -> str | None:
        places = list(self._top(first, end))
        if not places or any(self._tokens[index].kind == TokenKind.OPERATOR for index in places):
            return None
        casts = [index for index in places if self._tokens[index].kind == TokenKind.CAST]
        if casts:
            return self._cast_type(casts[-1] + 1, end)
        token = self._tokens[first]
        if token.text == "(" and token.kind == TokenKind.PUNCTUATION:
            return self._bracketed(first, end, scope)
        if token.word == "CASE":
            return self._case(first, end, scope)
        if not token.is_name:
            return None
        parts, place = [token.value.lower()], first
        while place + 2 < end and self._tokens[place + 1].text == "." and self._tokens[place + 2].is_name:
            place += 2
            parts.append(self._tokens[place].value.lower())
        if place == end - 1:
            return "name" if token.kind == TokenKind.WORD and parts[0] in _VALUES else scope.column(parts)
        return self._call(parts[-1], place + 1, end, scope) if self._tokens[place + 1].text == "(" else None

    def _cast_type(self, first: int, end: int) -> str | None:
        place = first
        while place + 2 < end and self._tokens[place + 1].text == ".":
            place += 2
        name = self._tokens[place].value.lower()
        if name not in _CASTS or (name == "char" and self._tokens[place].kind != TokenKind.QUOTED):
            return None
        return f"_{name}" if self._tokens[end - 1].text == "]" else name

    def _bracketed(self, first: int, end: int, scope: _Scope) -> str | None:
        closing = self._brackets.closing.get(first, end)
        if closing != end - 1:
            return None
        if self._tokens[first + 1].word in ("SELECT", "WITH"):
            columns = self.query(first + 1, closing, scope)
            return columns[0][1] if columns else None
        return self._type(first + 1, closing, scope)

    def _case(self, first: int, end: int, scope: _Scope) -> str | None:
        words = {index: self._tokens[index].word for index in self._top(first + 1, end)}
        begin = next((index for index, word in words.items() if word == "THEN"), end)
        behind = next(
            (index for index, word in words.items() if index > begin and word in ("WHEN", "ELSE", "END")), end
        )
        return self._type(begin + 1, behind, scope)

    def _call(self, name: str, opening: int, end: int, scope: _Scope) -> str | None:
        closing = self._brackets.closing.get(opening, end)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name]
        if name == "cast":
            middle = [index for index in self._top(opening + 1, closing) if self._tokens[index].word == "AS"]
            return self._cast_type(middle[-1] + 1, closing) if middle else None
        if name == "array" and self._tokens[opening + 1].word == "SELECT":
            columns = self.query(opening + 1, closing, scope)
            return _array_of(columns[0][1]) if columns else None
        argument = next(
            (index for index in self._top(opening + 1, closing) if self._tokens[index].text == "," or
             self._tokens[index].word == "ORDER"), closing,
        )  # fmt: skip
        if name == "array_agg":
            return _array_of(self._type(opening + 1, argument, scope))
        return self._type(opening + 1, argument, scope) if name in _TRANSPARENT else None


def _array_of(kind: str | None) -> str | None:
    return None if kind is None or kind.startswith("_") else f"_{kind}"


def _renamed(columns: Columns, names: Sequence[str]) -> Columns:
    if not names:
        return columns
    kinds = [kind for _, kind in columns] + [None] * len(names)
    return [(name, kind) for name, kind in zip(names, kinds[: len(names)], strict=True)]
