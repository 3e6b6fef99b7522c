"""From a text to a statement that may run: rewritten, split, classified, and past the guard."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workspaces.pgcatalog.names import INFORMATION_SCHEMA_SCHEMA, PG_SCHEMA
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.sql.classify import classify
from workspaces.sql.errors import SqlError
from workspaces.sql.guard import Policy, decide
from workspaces.sql.lexer import Token, tokenize
from workspaces.sql.rewrite.catalog_names import to_emulated
from workspaces.sql.rewrite.edits import Rewritten
from workspaces.sql.rewrite.engine_lists import to_shown
from workspaces.sql.rewrite.own_names import Places, to_engine_names
from workspaces.sql.rewrite.pipeline import rewrite
from workspaces.sql.split import Piece, split
from workspaces.sql.statement import Statement, StatementKind

#: The table that tells whose a file is.
OWN_NAMES = frozenset({"_workspace_info"})
_TELL_OF_THE_HOST = frozenset({"current_setting"})
#: The statement inside is compiled by itself, from the client's words.
_COMPILED_INSIDE = frozenset({
    StatementKind.PREPARE, StatementKind.EXECUTE, StatementKind.DECLARE, StatementKind.COPY,
})  # fmt: skip
_INTERNAL_SCHEMAS = frozenset(place.rpartition(".")[2] for place in (PG_SCHEMA, INFORMATION_SCHEMA_SCHEMA))
_KEPT = 500
_KEPT_CHARACTERS = 10_000
_SHORT_CHARACTERS = 2_000


@dataclass(frozen=True)
class Compiled:
    """One statement. `text` is for the engine; positions in it are told by `place` in the client's text.

    `user_text` is what the guard has seen: `text` before names of catalogs were led to the server's own. Spans of
    `statement` are of it, and it may be compiled again.
    """

    source: str
    text: str
    tokens: tuple[Token, ...]
    statement: Statement
    rewritten: Rewritten
    start: int = 0
    asks_catalog: bool = False
    user_text: str = ""

    @property
    def user_tokens(self) -> tuple[Token, ...]:
        return self.statement.tokens

    @property
    def client_tokens(self) -> Sequence[Token]:
        """The client's own words, before all rewriting."""
        return tokenize(self.source) if self.rewritten.rules else self.statement.tokens

    @property
    def kind(self) -> StatementKind:
        return self.statement.kind

    def place(self, position: int | None) -> int | None:
        """Offset in the client's text of an offset in `text`."""
        if position is None:
            return None
        return self.start + min(self.rewritten.original_position(position), len(self.source))


def pieces_of(sql: str) -> Sequence[Piece]:
    """The statements of a message. Raises SqlFault."""
    try:
        return _pieces_of_short(sql) if len(sql) <= _SHORT_CHARACTERS else split(sql)
    except SqlError as error:
        raise _fault(error, error.position) from error


@lru_cache(_KEPT)
def _pieces_of_short(sql: str) -> tuple[Piece, ...]:
    """Clients send the same short statements again and again."""
    return tuple(split(sql))


class Compiler:
    """Remembers what it has compiled for as long as the project's schemas stay the same."""

    def __init__(self, policy: Callable[[], Policy]) -> None:
        self._policy = policy
        self._kept: OrderedDict[str, Compiled] = OrderedDict()
        self._kept_policy: Policy | None = None

    def compile(self, text: str, *, start: int = 0) -> Compiled:
        """`text` is one statement, which stands at `start` of the message. Raises SqlFault."""
        policy = self._policy()
        if policy is not self._kept_policy:
            self._kept.clear()
            self._kept_policy = policy
        found = self._kept.get(text) if start == 0 else None
        if found is None:
            found = _compile(text, start, policy)
            if start == 0 and len(text) <= _KEPT_CHARACTERS:
                self._keep(text, found)
        return found

    def _keep(self, text: str, compiled: Compiled) -> None:
        self._kept[text] = compiled
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def _compile(text: str, start: int, policy: Policy) -> Compiled:
    try:
        rewritten = rewrite(text)
    except SqlError as error:
        raise _fault(error, _moved(error.position, start)) from error
    try:
        tokens = tuple(tokenize(rewritten.text))
        statement = classify(tokens)
    except SqlError as error:
        place = None if error.position is None else rewritten.original_position(error.position) + start
        raise _fault(error, place) from error
    compiled = Compiled(text, rewritten.text, tokens, statement, rewritten, start, user_text=rewritten.text)
    refusal = decide(statement, policy)
    if refusal is not None:
        place = compiled.place(refusal.position)
        raise SqlFault(refusal.sqlstate, refusal.message, hint=refusal.hint, position=place)
    _check_own_names(compiled)
    if statement.kind in _COMPILED_INSIDE:
        return compiled
    return _with_catalogs(_with_engine_names(compiled, policy))


def _with_catalogs(compiled: Compiled) -> Compiled:
    """The statement with PostgreSQL's catalogs in their places, which it may read and not write."""
    emulated = to_emulated(compiled.text)
    tokens = tuple(tokenize(emulated.text)) if emulated.layers else compiled.tokens
    _check_engine_calls(compiled, tokens)
    if not emulated.layers:
        return compiled
    changed = _with_layers(compiled, emulated, tokens)
    for chain in classify(tokens).targets:
        if any(part.casefold() in _INTERNAL_SCHEMAS for part in chain[:-1]):
            raise SqlFault("42501", f'permission denied: "{chain[-1]}" is a system catalog', position=compiled.place(0))
    return replace(changed, asks_catalog=True)


def _with_engine_names(compiled: Compiled, policy: Policy) -> Compiled:
    """The statement with `public` and names of three parts as the engine finds them."""
    places = Places(policy.database, policy.own_catalogs, policy.buckets)
    named = to_engine_names(compiled.text, places) if policy.database else Rewritten(compiled.text)
    if policy.database and not named.layers:
        named = to_shown(compiled.text, compiled.statement, database=policy.database, project=places.project)
    return _with_layers(compiled, named, tuple(tokenize(named.text))) if named.layers else compiled


def _with_layers(compiled: Compiled, later: Rewritten, tokens: tuple[Token, ...]) -> Compiled:
    before = compiled.rewritten
    rules, layers = (*before.rules, *later.rules), (*before.layers, *later.layers)
    return replace(
        compiled, text=later.text, tokens=tokens, rewritten=Rewritten(later.text, before.before, rules, layers)
    )


def _check_own_names(compiled: Compiled) -> None:
    """What the session itself relies on cannot be dropped or replaced."""
    for chain in compiled.statement.targets:
        if chain[-1].casefold() in OWN_NAMES:
            raise SqlFault("42501", f"permission denied for {chain[-1]}", position=compiled.place(0))


def _check_engine_calls(compiled: Compiled, tokens: tuple[Token, ...]) -> None:
    """What is not led to the server's own function would tell of the host."""
    folded = compiled.text.casefold()
    if not any(name in folded for name in _TELL_OF_THE_HOST):
        return
    for index, token in enumerate(tokens[:-1]):
        is_ours = index > 1 and tokens[index - 2].value in _INTERNAL_SCHEMAS
        is_meant = token.is_name and token.value.casefold() in _TELL_OF_THE_HOST
        if is_meant and not is_ours and tokens[index + 1].text == "(":
            raise SqlFault("42501", f"permission denied for function {token.value}", position=compiled.place(0))


def _moved(position: int | None, start: int) -> int | None:
    return None if position is None else position + start


def _fault(error: SqlError, position: int | None) -> SqlFault:
    return SqlFault(error.sqlstate, error.message, hint=error.hint, position=position)
