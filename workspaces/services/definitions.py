"""The views and macros of an open workspace, for as much as is needed to tell how far a statement will expand."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

from storage.engine.native import NativeConnection, rows
from storage.engine.workspace_instance import WorkspaceInstance
from workspaces.sql.errors import SqlError
from workspaces.sql.expansion import MAX_EXPANSION, Weight, check_expansion, expansion
from workspaces.sql.lexer import Token, tokenize

_VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE database_name = $1 AND NOT internal"
_MACROS = (
    "SELECT function_name, parameters, macro_definition FROM duckdb_functions()"
    " WHERE database_name = $1 AND function_type IN ('macro', 'table_macro')"
)
_KINDS = frozenset({"VIEW", "MACRO", "FUNCTION"})
_DEEPEST = 100
_PROBE = 1000.0
_TOO_MUCH = Weight(MAX_EXPANSION * 2.0, 1.0)


@dataclass(frozen=True)
class _Body:
    tokens: tuple[Token, ...]
    parameters: tuple[str, ...] = ()


class Definitions:
    """Of one instance; from any thread. It may take things for larger than they are, never for smaller.

    What is replaced counts as the larger of both, as either may be undone.
    """

    def __init__(self) -> None:
        self._bodies: dict[str, _Body] = {}
        self._weights: dict[str, Weight | None] = {}
        self._lock = threading.RLock()

    def load(self, connection: NativeConnection, database: str) -> None:
        """What earlier sessions have made."""
        for _, text in rows(connection, _VIEWS, database):
            self.learn(_tokens(text))
        for name, parameters, text in rows(connection, _MACROS, database):
            self._add(name, _Body(_tokens(text), tuple(each.casefold() for each in parameters)))

    def learn(self, tokens: Sequence[Token]) -> None:
        """Remember what this statement is about to define, if it is a view or macro."""
        if not tokens or tokens[0].word != "CREATE":
            return
        place = next((index for index, token in enumerate(tokens[:8]) if token.word in _KINDS), None)
        if place is None:
            return
        name = place + 1 + 3 * (len(tokens) > place + 3 and tokens[place + 1].word == "IF")
        while name + 2 < len(tokens) and tokens[name + 1].text == ".":
            name += 2
        if name < len(tokens):
            self._add(tokens[name].value, _Body(tuple(tokens[name + 1 :]), _parameters(tokens, name + 1)))

    def check(self, tokens: Sequence[Token]) -> None:
        """Raises SqlError 54001."""
        with self._lock:
            check_expansion(tokens, self._weight_of)

    def _add(self, name: str, body: _Body) -> None:
        key = name.casefold()
        with self._lock:
            before = self._bodies.get(key)
            self._weights.clear()
            if before is None or _size(self._weigh(body, 0)) >= _size(self._weigh(before, 0)):
                self._bodies[key] = body
            self._weights.clear()

    def _weight_of(self, name: str, depth: int = 0) -> Weight | None:
        if name in self._weights:
            return self._weights[name]
        body = self._bodies.get(name)
        if body is None:
            return None
        if depth > _DEEPEST:
            return _TOO_MUCH
        # One that names itself ends here.
        self._weights[name] = Weight()
        weight = self._weights[name] = self._weigh(body, depth)
        return weight

    def _weigh(self, body: _Body, depth: int) -> Weight:
        def known(name: str) -> Weight | None:
            return None if name in body.parameters else self._weight_of(name, depth + 1)

        cost = expansion(body.tokens, known)
        if not body.parameters:
            return Weight(cost)
        probed = expansion(body.tokens, known, dict.fromkeys(body.parameters, _PROBE))
        # The list of parameters itself names each of them once.
        return Weight(cost, max(1.0, (probed - cost) / _PROBE))


def definitions_of(instance: WorkspaceInstance, connection: NativeConnection) -> Definitions:
    """Those of the instance; read by the first who asks. Raises NativeError."""
    with _lock:
        found = _known.get(instance)
        if found is None:
            found = Definitions()
            found.load(connection, instance.database_name)
            _known[instance] = found
        return found


def _size(weight: Weight) -> float:
    return weight.cost * weight.repeats


def _tokens(text: str | None) -> tuple[Token, ...]:
    try:
        return tuple(tokenize(text or ""))
    except SqlError:
        return ()


def _parameters(tokens: Sequence[Token], index: int) -> tuple[str, ...]:
    """Of `(a, b := 1) AS ...`, and of the overloads behind it: every name, as more can only make it larger."""
    if index >= len(tokens) or tokens[index].text != "(":
        return ()
    found: list[str] = []
    for place in range(index, len(tokens) - 1):
        if tokens[place].text in ("(", ",") and tokens[place + 1].is_name:
            found.append(tokens[place + 1].value.casefold())
        if tokens[place].word == "AS":
            break
    return tuple(found)


_lock = threading.Lock()
_known: weakref.WeakKeyDictionary[WorkspaceInstance, Definitions] = weakref.WeakKeyDictionary()
