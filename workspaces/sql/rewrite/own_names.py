"""PostgreSQL's names of places as the engine's: `public`, and names of three parts.

`public` is the schema `main` of the workspace; `database.schema.x` lies in the workspace or in the project's catalog.
Ask it after the guard: what it writes names a catalog that users may not name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from storage.engine.sql import quote_identifier, quote_literal
from workspaces.sql.lexer import Token, TokenKind, tokenize
from workspaces.sql.rewrite.edits import Edit, Layer, Rewritten

PUBLIC, MAIN = "public", "main"
_TRIGGER = re.compile(r"\bpublic\b|::\s*regclass\b", re.IGNORECASE)
_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})
_SEQUENCE_CALLS = frozenset({"NEXTVAL", "CURRVAL", "SETVAL"})
_IN_PUBLIC = re.compile(r'"?public"?\.')
_BEFORE_SCHEMA = frozenset({"SCHEMA", "EXISTS"})


@dataclass(frozen=True)
class Places:
    """Where names lead: the workspace's `database`, which `own_catalogs` name, too, and the schemas of the `project`.

    `own_catalogs` and `buckets` are in lower case.
    """

    database: str = ""
    own_catalogs: Collection[str] = field(default_factory=frozenset)
    buckets: Collection[str] = field(default_factory=frozenset)
    project: str = "project"


def to_engine_names(text: str, places: Places) -> Rewritten:
    """The statement with such names as the engine finds them; the very same text if it has none."""
    folded = text.casefold()
    if not _TRIGGER.search(text) and not any(name in folded for name in places.own_catalogs):
        return Rewritten(text)
    tokens = tokenize(text)
    edits = [*_chains(tokens, places), *_schemas(tokens), *_sequences(tokens, places)]
    if not edits:
        return Rewritten(text)
    layer = Layer(text, edits)
    return Rewritten(layer.text, rules=("own_names",), layers=(layer,))


def _chains(tokens: list[Token], places: Places) -> Iterator[Edit]:
    is_alias = _names_something(tokens)
    for index in range(len(tokens) - 2):
        token = tokens[index]
        is_first = token.is_name and tokens[index + 1].text == "." and (index == 0 or tokens[index - 1].text != ".")
        if not is_first or not tokens[index + 2].is_name:
            continue
        if token.value.casefold() in places.own_catalogs:
            yield from _in_database(tokens, index, places)
        elif _is_public(token) and not is_alias:
            is_star = [each.text for each in tokens[index + 3 : index + 5]] == [".", "*"]
            if is_star:
                # The engine takes no schema before `table.*`.
                yield Edit(token.start, tokens[index + 2].start, "")
            else:
                yield Edit(token.start, token.end, _main(tokens, index, places))


def _names_something(tokens: list[Token]) -> bool:
    """Whether `public` is an alias or a table of its own here."""
    return any(
        _is_public(token)
        and (index + 1 == len(tokens) or tokens[index + 1].text != ".")
        and (index == 0 or (tokens[index - 1].word not in _BEFORE_SCHEMA and tokens[index - 1].text != "."))
        for index, token in enumerate(tokens)
    )


def _is_public(token: Token) -> bool:
    if token.kind == TokenKind.WORD:
        return token.text.lower() == PUBLIC
    return token.kind == TokenKind.QUOTED and token.value == PUBLIC


def _main(tokens: list[Token], index: int, places: Places) -> str:
    """The engine takes no database in a foreign key."""
    is_foreign = index > 0 and tokens[index - 1].word == "REFERENCES"
    return MAIN if is_foreign else f"{quote_identifier(places.database)}.{MAIN}"


def _in_database(tokens: list[Token], index: int, places: Places) -> Iterator[Edit]:
    catalog, schema = tokens[index], tokens[index + 2]
    name = schema.value.casefold()
    if index + 3 >= len(tokens) or tokens[index + 3].text != ".":
        yield Edit(catalog.start, catalog.end, quote_identifier(places.database))
    elif name in _SYSTEM_SCHEMAS:
        yield Edit(catalog.start, schema.start, "")
    elif name in places.buckets:
        yield Edit(catalog.start, catalog.end, quote_identifier(places.project))
    elif _is_public(schema):
        yield Edit(catalog.start, schema.end, _main(tokens, index + 2, places))
    else:
        yield Edit(catalog.start, catalog.end, quote_identifier(places.database))


def _schemas(tokens: list[Token]) -> Iterator[Edit]:
    """`CREATE SCHEMA IF NOT EXISTS public`, `COMMENT ON SCHEMA public`."""
    if not tokens or tokens[0].word not in ("CREATE", "DROP", "COMMENT", "ALTER"):
        return
    words = [token.word for token in tokens[:7]]
    place = words.index("SCHEMA") + 1 if "SCHEMA" in words else len(tokens)
    while place < len(tokens) and tokens[place].word in ("IF", "NOT", "EXISTS"):
        place += 1
    if place < len(tokens) and _is_public(tokens[place]):
        yield Edit(tokens[place].start, tokens[place].end, MAIN)


def _sequences(tokens: list[Token], places: Places) -> Iterator[Edit]:
    """`nextval('public.numbers'::regclass)`: the engine takes a text."""
    for index in range(len(tokens) - 2):
        name = tokens[index + 2]
        if tokens[index].word not in _SEQUENCE_CALLS or tokens[index + 1].text != "(" or not name.is_string:
            continue
        match = _IN_PUBLIC.match(name.value)
        if match:
            place = f"{quote_identifier(places.database)}.{MAIN}.{name.value[match.end() :]}"
            yield Edit(name.start, name.end, quote_literal(place))
        behind = tokens[index + 3 : index + 5]
        if [token.text.lower() for token in behind] == ["::", "regclass"]:
            yield Edit(behind[0].start, behind[1].end, "")
