"""`tableoid`, `xmin` and their kin of PostgreSQL's catalogs, which the emulated ones do not have."""

from __future__ import annotations

from collections.abc import Iterator

from workspaces.pgcatalog.names import INFORMATION_SCHEMA_SCHEMA, PG_SCHEMA
from workspaces.pgcatalog.reference import INFORMATION_SCHEMA, PG_CATALOG, catalog_relations
from workspaces.sql.lexer import Token
from workspaces.sql.relations import references
from workspaces.sql.rewrite.edits import Edit

_SCHEMAS = {
    tuple(PG_SCHEMA.split(".")): PG_CATALOG,
    tuple(INFORMATION_SCHEMA_SCHEMA.split(".")): INFORMATION_SCHEMA,
}
_ZEROS = {
    "xmin": "0::UINTEGER",
    "xmax": "0::UINTEGER",
    "cmin": "0::UINTEGER",
    "cmax": "0::UINTEGER",
    "ctid": "'(0,0)'",
}
_TABLE = "tableoid"
_BEFORE_COLUMN = frozenset({
    "SELECT", "DISTINCT", "WHERE", "AND", "OR", "NOT", "ON", "BY", "CASE", "WHEN", "THEN", "ELSE", "IN", "BETWEEN",
})  # fmt: skip


def pseudo_column_edits(tokens: list[Token]) -> list[Edit]:
    """A value in the place of each, where the statement reads catalogs by the alias before it, or nothing else."""
    if not any(token.is_name and token.value.lower() in (_TABLE, *_ZEROS) for token in tokens):
        return []
    return list(_edits(tokens, _catalogs(tokens)))


def _catalogs(tokens: list[Token]) -> dict[str, int]:
    """The OIDs of the catalogs that the statement reads, by the names they have in it."""
    found: dict[str, int] = {}
    places = {id(token): index for index, token in enumerate(tokens)}
    for reference in references(tokens):
        schema = _SCHEMAS.get(reference.parts[:2])
        known = catalog_relations().get((schema, reference.parts[-1].lower())) if schema else None
        if known is None or reference.is_call:
            continue
        behind = places[id(reference.tokens[-1])] + 1
        behind += behind < len(tokens) and tokens[behind].word == "AS"
        alias = tokens[behind] if behind < len(tokens) and tokens[behind].is_name else None
        found[known.name] = known.oid
        if alias is not None:
            found[alias.value.lower()] = known.oid
    return found


def _edits(tokens: list[Token], catalogs: dict[str, int]) -> Iterator[Edit]:
    for index, token in enumerate(tokens):
        name = token.value.lower() if token.is_name else ""
        if name not in _ZEROS and name != _TABLE:
            continue
        before = tokens[index - 1] if index else None
        if before is not None and before.is_name and before.word not in _BEFORE_COLUMN:
            # An alias.
            continue
        first, oid = index, next(iter(catalogs.values()), None)
        if before is not None and before.text == ".":
            first, oid = index - 2, catalogs.get(tokens[index - 2].value.lower())
        if oid is not None:
            yield Edit(tokens[first].start, token.end, f"{oid}::UINTEGER" if name == _TABLE else _ZEROS[name])
