"""Names of PostgreSQL's catalogs, their functions and the types that stand for an object, in the server's own place.

`pg_catalog.pg_class`, `format_type(...)`, `'t'::regclass` lead to the emulated catalogs. Ask it after the guard: what
it writes names a catalog that users may not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from storage.engine.sql import quote_literal
from workspaces.pgcatalog.names import INFORMATION_SCHEMA_SCHEMA, PG_SCHEMA, function_names
from workspaces.pgcatalog.reference import INFORMATION_SCHEMA, PG_CATALOG, catalog_relations
from workspaces.sql.lexer import Token, tokenize
from workspaces.sql.relations import references
from workspaces.sql.rewrite.brackets import Brackets
from workspaces.sql.rewrite.edits import Edit, Layer, Rewritten
from workspaces.sql.rewrite.object_types import PLAIN_TYPES, type_edits
from workspaces.sql.rewrite.patterns import pattern_edits
from workspaces.sql.rewrite.pseudo_columns import pseudo_column_edits
from workspaces.sql.rewrite.table_series import series_edits

_PLACES = {PG_CATALOG: PG_SCHEMA, INFORMATION_SCHEMA: INFORMATION_SCHEMA_SCHEMA}
#: Functions that differ from PostgreSQL's in their name alone.
_RENAMED = {
    "json_build_object": "json_object",
    "jsonb_build_object": "json_object",
    "json_build_array": "json_array",
    "jsonb_build_array": "json_array",
    "json_agg": "json_group_array",
    "jsonb_agg": "json_group_array",
    "json_object_agg": "json_group_object",
    "jsonb_object_agg": "json_group_object",
    "every": "bool_and",
}
#: Functions the engine has for more than PostgreSQL: replaced only behind `pg_catalog.`.
_ENGINE_FIRST = frozenset({"cardinality"})
_FUNCTION_COLUMNS = frozenset({
    "typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typsubscript",
})  # fmt: skip
_FOLLOWS_NO_CALL = frozenset({"INTO", "TABLE", "VIEW", "FUNCTION", "MACRO", "INDEX", "ON", "AS", "REFERENCES"})
_ARRAY = re.compile(r"\{([^{}\"\\]*)\}")
_NUMBERS = re.compile(r"\d*(?:,\d+)*")


def _trigger() -> re.Pattern[str]:
    types = "|".join(re.escape(name) for name in PLAIN_TYPES)
    return re.compile(rf"\b(?:pg_|information_schema\b|reg[a-z]+\b|(?:{types})\b)|::\s*\"char\"", re.I)


_TRIGGER = _trigger()
_CALL = re.compile(r"\b(\w+)\"?\s*\(")


def to_emulated(text: str) -> Rewritten:
    """The statement with every name of a PostgreSQL catalog leading to ours; the very same text if it has none."""
    if not _TRIGGER.search(text) and not any(name.lower() in _called_names() for name in _CALL.findall(text)):
        return Rewritten(text)
    layers: list[Layer] = []
    for edits_of in (_name_edits, type_edits, *_WHERE_CATALOGS_ARE_ASKED):
        edits = edits_of(tokenize(text)) if layers or edits_of not in _WHERE_CATALOGS_ARE_ASKED else []
        if edits:
            layers.append(Layer(text, edits))
            text = layers[-1].text
    return Rewritten(text, rules=("catalog_names",) if layers else (), layers=tuple(layers))


#: What keeps the engine's meaning in statements that ask no catalog.
_WHERE_CATALOGS_ARE_ASKED = (series_edits, pattern_edits, pseudo_column_edits)


@cache
def _called_names() -> frozenset[str]:
    return frozenset({*function_names(), *_RENAMED} - _ENGINE_FIRST)


def _name_edits(tokens: list[Token]) -> list[Edit]:
    return [
        *_qualified(tokens),
        *_unqualified_relations(tokens),
        *_calls(tokens),
        *_array_literals(tokens),
        *_no_function(tokens),
    ]


def _qualified(tokens: list[Token]) -> Iterator[Edit]:
    """`pg_catalog.x`: to our schema where we have x, else without the schema."""
    for index in range(len(tokens) - 2):
        schema = tokens[index]
        if not schema.is_name or tokens[index + 1].text != "." or (index and tokens[index - 1].text == "."):
            continue
        place = _PLACES.get(schema.value.lower())
        if place is None:
            continue
        named = tokens[index + 2]
        name = named.value.lower()
        is_call = index + 3 < len(tokens) and tokens[index + 3].text == "("
        if is_call and name in _RENAMED:
            yield Edit(schema.start, named.end, _RENAMED[name])
        elif is_call and name in function_names():
            yield Edit(schema.start, schema.end, PG_SCHEMA)
        elif not is_call and (schema.value.lower(), name) in catalog_relations():
            yield Edit(schema.start, schema.end, place)
        elif schema.value.lower() == PG_CATALOG:
            yield Edit(schema.start, named.start, "")


def _unqualified_relations(tokens: list[Token]) -> Iterator[Edit]:
    for reference in references(tokens):
        name = reference.parts[0].lower()
        if len(reference.parts) == 1 and not reference.is_string and not reference.is_call and name.startswith("pg_"):
            if (PG_CATALOG, name) in catalog_relations():
                yield Edit(reference.tokens[0].start, reference.tokens[0].start, f"{PG_SCHEMA}.")


def _calls(tokens: list[Token]) -> Iterator[Edit]:
    brackets = Brackets(tokens)
    for index in range(len(tokens) - 1):
        token = tokens[index]
        if not token.is_name or tokens[index + 1].text != "(" or _is_cte(tokens, index, brackets):
            continue
        before = tokens[index - 1] if index else None
        if before is not None and (before.text == "." or before.word in _FOLLOWS_NO_CALL):
            continue
        name = token.value.lower()
        if name in _RENAMED:
            yield Edit(token.start, token.end, _RENAMED[name])
        elif name in function_names() and name not in _ENGINE_FIRST:
            yield Edit(token.start, token.start, f"{PG_SCHEMA}.")


def _is_cte(tokens: list[Token], index: int, brackets: Brackets) -> bool:
    """Whether `name (columns) AS (` or `AS [NOT] MATERIALIZED` stands here."""
    behind = brackets.closing.get(index + 1, len(tokens)) + 1
    if behind + 1 >= len(tokens) or tokens[behind].word != "AS":
        return False
    return tokens[behind + 1].text == "(" or tokens[behind + 1].word in ("MATERIALIZED", "NOT")


def _no_function(tokens: list[Token]) -> Iterator[Edit]:
    """`typreceive != 0`: columns that name functions hold texts here, with a dash for none."""
    for index in range(len(tokens) - 2):
        if tokens[index].is_name and tokens[index].value.lower() in _FUNCTION_COLUMNS:
            if tokens[index + 1].text in ("=", "<>", "!=") and tokens[index + 2].text == "0":
                yield Edit(tokens[index + 2].start, tokens[index + 2].end, "'-'")


def _array_literals(tokens: list[Token]) -> Iterator[Edit]:
    """`polroles = '{0}'`, `ANY('{r,v}')`, `'{a}'::text[]`: the engine writes arrays in other brackets."""
    for index in range(1, len(tokens)):
        token = tokens[index]
        match = _ARRAY.fullmatch(token.value) if token.is_string else None
        if match is None:
            continue
        is_compared = tokens[index - 1].text in ("=", "<>", "!=") and _NUMBERS.fullmatch(match.group(1))
        if is_compared or _is_any(tokens, index) or _is_cast_to_array(tokens, index):
            items = [item.strip() for item in match.group(1).split(",") if item.strip()]
            yield Edit(token.start, token.end, f"[{', '.join(map(_element, items))}]")


def _is_any(tokens: list[Token], index: int) -> bool:
    around = tokens[max(index - 2, 0) : index + 2]
    return (
        len(around) == 4
        and around[0].word in ("ANY", "ALL", "SOME")
        and around[1].text == "("
        and around[3].text == ")"
    )


def _is_cast_to_array(tokens: list[Token], index: int) -> bool:
    behind = [token.text for token in tokens[index + 1 : index + 7]]
    return behind[:1] == ["::"] and "[" in (behind[2:3] + (behind[4:5] if behind[2:3] == ["."] else []))


def _element(item: str) -> str:
    if item.upper() == "NULL" or _NUMBERS.fullmatch(item):
        return item
    return quote_literal(item)
