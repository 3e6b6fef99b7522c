"""Whether a user may run a statement: an allow-list, decided on the words before the engine has seen any of them.

It is one of three defences; the engine's switches and the rights of files are the others. What it does not know it
refuses. It never trusts a position: a denied function is found anywhere in the text, also in the body of a macro.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workspaces.sql.function_rules import is_denied_function, is_denied_relation, is_denied_table_function
from workspaces.sql.guard_rules import denied_statement
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.relations import Reference, chain_end, references
from workspaces.sql.statement import Chain, Copy, Definition, Show, Statement, StatementKind

#: Catalogs of the server itself, and the prefix of the aliases under which table files are attached.
RESERVED_CATALOGS = frozenset({"project", "kb", "kb_catalogs", "memory", "system", "temp"})
ALIAS_PREFIX = "_v_"
_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "kb_names"})
_FILE_ENDINGS = (
    ".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".geojson", ".db", ".duckdb", ".ddb", ".sqlite",
    ".xlsx", ".gz", ".zst", ".arrow", ".arrows", ".shp",
)  # fmt: skip
_LISTING = frozenset({"SHOW", "DESCRIBE", "DESC"})
_LISTS = frozenset({"TABLES", "SCHEMAS", "DATABASES", "COLUMNS", "ALL"})
_FOLLOWS_NO_CALL = frozenset({"INTO"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the guard has to know of a workspace; all names in lower case.

    `own_catalogs` are the names of the workspace's database as users see it; `replaced` are functions and views of
    the engine in whose place the server puts its own; `default_schema` is the first schema of the search path,
    `database` the workspace's catalog as the engine spells it.
    """

    buckets: frozenset[str] = field(default_factory=frozenset)
    own_catalogs: frozenset[str] = field(default_factory=frozenset)
    replaced: frozenset[str] = field(default_factory=frozenset)
    default_schema: str = "main"
    database: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a statement may not run; `position` is a 0-based offset in the text the tokens come from."""

    sqlstate: str
    message: str
    position: int | None = None
    hint: str | None = None


def decide(statement: Statement, policy: Policy) -> Refusal | None:
    """None if the statement may run, else the first reason why not."""
    denied = denied_statement(statement, own_catalogs=policy.own_catalogs)
    if denied is not None:
        return Refusal(*denied, position=statement.tokens[0].start)
    if isinstance(statement.detail, Show) and statement.detail.name == "kb.dialect":
        return None
    return next(_reasons(statement, policy), None)


def _reasons(statement: Statement, policy: Policy) -> Iterator[Refusal]:
    yield from _bad_tokens(statement.tokens, policy)
    for reference in references(statement.tokens):
        yield from _bad_reference(reference, policy)
    yield from _bad_targets(statement, policy)
    if statement.inner is not None:
        yield from _bad_targets(statement.inner, policy)
    if isinstance(statement.detail, Copy) and statement.detail.target is not None:
        yield from _bad_chain(statement.detail.target, statement.tokens[0].start, policy)


def _bad_tokens(tokens: tuple[Token, ...], policy: Policy) -> Iterator[Refusal]:
    """Denied calls and aliases of attached files, wherever they stand."""
    index, count = 0, len(tokens)
    while index < count:
        token = tokens[index]
        if not token.is_name:
            index += 1
            continue
        if token.kind == TokenKind.UNICODE_NAME:
            yield Refusal("0A000", "U& identifiers are not supported", token.start)
        if token.word in _LISTING and index and tokens[index - 1].text == "(" and _is_list(tokens, index + 1):
            yield Refusal("0A000", f"{token.word} is supported as a statement of its own only", token.start)
        end = chain_end(tokens, index)
        is_chain = end - index > 1 or (index > 0 and tokens[index - 1].text == ".")
        if is_chain and any(part.value.casefold().startswith(ALIAS_PREFIX) for part in tokens[index : end - 1 : 2]):
            yield _no_catalog(token.value, token.start)
        if end < count and tokens[end].text == "(" and tokens[end].kind == TokenKind.PUNCTUATION:
            before = tokens[index - 1].word if index else ""
            yield from _bad_call(tokens[index:end:2], policy, follows=before)
        index = end


def _is_list(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether SHOW in a subquery lists the catalogs, which would name the aliases of attached files."""
    return index >= len(tokens) or tokens[index].text == ")" or tokens[index].word in _LISTS


def _bad_call(chain: tuple[Token, ...], policy: Policy, *, follows: str) -> Iterator[Refusal]:
    name = chain[-1].value
    if follows not in _FOLLOWS_NO_CALL and is_denied_function(name, replaced=policy.replaced):
        yield Refusal("42501", f"permission denied for function {name.lower()}", chain[-1].start)
    if len(chain) > 2 and _is_reserved(chain[0].value, policy):
        yield _no_catalog(chain[0].value, chain[0].start)


def _bad_reference(reference: Reference, policy: Policy) -> Iterator[Refusal]:
    first, parts = reference.tokens[0], reference.parts
    if reference.is_string:
        yield _no_files(first.start)
        return
    yield from _bad_chain(parts, first.start, policy)
    if any(_names_a_file(token) for token in reference.tokens):
        yield _no_files(first.start)
    if reference.is_call:
        if is_denied_table_function(parts[-1]):
            yield Refusal("42501", f"permission denied for function {parts[-1].lower()}", first.start)
    elif is_denied_relation(parts[-1], replaced=policy.replaced):
        yield Refusal("42501", f"permission denied for relation {parts[-1].lower()}", first.start)


def _bad_chain(parts: Chain, position: int, policy: Policy) -> Iterator[Refusal]:
    if len(parts) > 1 and _is_reserved(parts[0], policy):
        yield _no_catalog(parts[0], position)
    if len(parts) > 3:
        yield Refusal("42601", f"improper qualified name (too many dotted names): {'.'.join(parts)}", position)


def _bad_targets(statement: Statement, policy: Policy) -> Iterator[Refusal]:
    detail = statement.detail
    is_schema = isinstance(detail, Definition) and detail.object_type == "SCHEMA"
    is_temporary = isinstance(detail, Definition) and detail.is_temporary
    for chain in statement.targets:
        position = statement.tokens[0].start
        yield from _bad_chain(chain, position, policy)
        if is_schema:
            yield from _bad_schema(statement, chain[-1], position, policy)
        elif len(chain) > 1:
            yield from _bad_parts(chain, position, policy)
        elif _is_made(statement) and not is_temporary and policy.default_schema.casefold() in policy.buckets:
            yield _read_only(policy.default_schema, position)


def _is_made(statement: Statement) -> bool:
    """Whether its bare names go to the first schema of the path; all others are looked up along it.

    The engine keeps these from changing a table of the project: see SqlSession.
    """
    detail = statement.detail
    makes = statement.kind in (StatementKind.CREATE, StatementKind.CREATE_TABLE_AS)
    return makes and isinstance(detail, Definition) and detail.object_type != "INDEX"


def _bad_parts(chain: Chain, position: int, policy: Policy) -> Iterator[Refusal]:
    folded = [part.casefold() for part in chain[:-1]]
    for part in folded:
        if part in policy.buckets and not (part == folded[0] and len(folded) > 1 and part in policy.own_catalogs):
            yield _read_only(part, position)
        if part in _SYSTEM_SCHEMAS:
            yield Refusal("42501", f"permission denied for schema {part}", position)
    if len(folded) > 1 and folded[0] not in policy.own_catalogs:
        yield Refusal("0A000", f'cross-database references are not implemented: "{".".join(chain)}"', position)


def _bad_schema(statement: Statement, name: str, position: int, policy: Policy) -> Iterator[Refusal]:
    folded = name.casefold()
    if folded == "public":
        yield from _bad_public(statement, position)
    if folded in policy.buckets:
        if statement.kind == StatementKind.CREATE:
            yield Refusal("42P06", f'schema "{name}" already exists', position)
        else:
            yield _read_only(name, position)
    if folded in RESERVED_CATALOGS or folded.startswith((ALIAS_PREFIX, "pg_")) or folded in _SYSTEM_SCHEMAS:
        if statement.kind == StatementKind.CREATE:
            yield Refusal("42939", f'unacceptable schema name "{name}"', position)
        else:
            yield Refusal("42501", f"permission denied for schema {name}", position)


def _bad_public(statement: Statement, position: int) -> Iterator[Refusal]:
    """The schema public is always there."""
    if statement.kind == StatementKind.CREATE and all(token.word != "EXISTS" for token in statement.tokens[:5]):
        yield Refusal("42P06", 'schema "public" already exists', position)
    if statement.kind == StatementKind.DROP:
        yield Refusal("42501", "must be owner of schema public", position)


def _is_reserved(name: str, policy: Policy) -> bool:
    folded = name.casefold()
    return folded.startswith(ALIAS_PREFIX) or (folded in RESERVED_CATALOGS and folded not in policy.own_catalogs)


def _names_a_file(token: Token) -> bool:
    """Whether the engine would look for a file of this name: only a quoted name can hold what a path needs."""
    if token.kind != TokenKind.QUOTED:
        return False
    name = token.value.casefold()
    return any(mark in name for mark in "/\\*:") or name.endswith(_FILE_ENDINGS)


def _no_files(position: int) -> Refusal:
    return Refusal("42501", "permission denied: files cannot be read from SQL", position)


def _no_catalog(name: str, position: int) -> Refusal:
    return Refusal("3D000", f'database "{name}" does not exist', position)


def _read_only(schema: str, position: int) -> Refusal:
    return Refusal(
        "42501",
        f"permission denied for schema {schema}: project tables are read-only",
        position,
        "Create your own tables in the schema public.",
    )
