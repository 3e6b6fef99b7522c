"""How much the engine has to read of a statement once it has put macros, views and aliases in their places.

Its binder cannot be stopped, and works as long and takes as much memory as the outcome is long: thirty calls of a macro
that names its argument twice are a billion. The factors below were measured with DuckDB 1.5.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from workspaces.sql.errors import SqlError
from workspaces.sql.lexer import Token, TokenKind

MAX_EXPANSION: Final = 300_000
#: Shorter statements cannot hold enough.
_FEW_TOKENS: Final = 20
#: Built-in macros that name an argument more than once, with what each level of them costs.
_REPEATING: Final = {
    "array_pop_back": 4, "array_to_string": 4, "array_to_string_comma_default": 4, "fmod": 4, "json_group_array": 4,
    "json_group_object": 4, "map_contains_entry": 4, "nullif": 4, "split_part": 6, "weighted_avg": 4, "round_even": 12,
    "format_type": 9, "format_pg_type": 30, "map_to_pg_oid": 40, "pg_get_constraintdef": 4,
}  # fmt: skip
#: The time for these grows with the square of their number.
_QUADRATIC: Final = {"UNION": 0.024, "EXCEPT": 0.024, "INTERSECT": 0.024, "AND": 0.00024, "OR": 0.00024}
#: What stands before brackets, with what is in them bound this many times.
_BEFORE_QUERIES: Final = {"ARRAY": 4.0}
_PER_NAME: Final = 30
#: A subquery is bound twice, in case it refers to what is around it; not where it is a relation.
_RELATIONS_FOLLOW: Final = frozenset(
    {"FROM", "JOIN", "IN", "AS", "MATERIALIZED", "UNION", "ALL", "EXCEPT", "INTERSECT"}
)
_QUERIES: Final = frozenset({"SELECT", "WITH", "FROM", "VALUES"})
_ENDS_ITEM: Final = frozenset({
    "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "WINDOW", "QUALIFY",
})  # fmt: skip
_ENDS_CHAIN: Final = frozenset({"AND", "OR", "WHEN", "THEN", "ELSE", "END", "SELECT"}) | _ENDS_ITEM
_OPERANDS: Final = frozenset({TokenKind.NUMBER, TokenKind.PARAMETER})
_VALUES: Final = _OPERANDS | {TokenKind.STRING}


@dataclass(frozen=True, slots=True)
class Weight:
    """What naming something costs, and how many times its argument counts if it is called."""

    cost: float = 1.0
    repeats: float = 1.0


Lookup = Callable[[str], Weight | None]


@dataclass(slots=True)
class _Level:
    """Of one pair of brackets."""

    factor: float = 1.0
    is_cast: bool = False
    is_case: bool = False
    in_list: bool = False
    #: The common table expression it is the body of.
    name: str = ""
    cost: float = 1.0
    item: float = 0.0
    chain: float = 0.0
    arrows: int = 0
    #: Of CASE x WHEN a WHEN b: the cost of x, which stands beside each WHEN; -1 before the first of them.
    operand: float = -1.0
    start: int = 0
    joined: float = 0.0

    @property
    def is_untouched(self) -> bool:
        """Whether nothing that costs anything stands in the item: most are values of long lists."""
        return not self.chain and not self.item

    def add(self, cost: float) -> None:
        self.chain += cost

    def count(self, word: str) -> None:
        self.joined += _QUADRATIC.get(word, 0.0)
        self.add(1.0 + (self.joined if word in _QUADRATIC else 0.0))

    def end_chain(self) -> None:
        """Of `a -> b -> c`: each arrow is bound twice."""
        self.item += self.chain * 2.0 ** min(self.arrows, 60)
        self.chain, self.arrows = 0.0, 0

    def end_item(self) -> float:
        self.end_chain()
        cost, self.item = self.item, 0.0
        self.cost += cost
        return cost

    def when(self) -> None:
        self.end_chain()
        if self.operand < 0:
            self.operand = self.item
        else:
            self.item += 3 * self.operand

    @property
    def total(self) -> float:
        return min(self.cost * self.factor, 1e30)


def check_expansion(tokens: Sequence[Token], known: Lookup) -> None:
    """Raise SqlError 54001 for a statement that would keep the engine busy for seconds before it runs."""
    if len(tokens) >= _FEW_TOKENS or any(token.is_name and known(token.value.casefold()) for token in tokens):
        if expansion(tokens, known) - len(tokens) > MAX_EXPANSION:
            raise SqlError("statement is too complex: it would expand too much", sqlstate="54001")


def expansion(tokens: Sequence[Token], known: Lookup, named: dict[str, float] | None = None) -> float:
    """The number of names, calls and queries that the engine reads; `named` are names with a cost of their own."""
    names: dict[str, float] = {} if named is None else named
    stack = [_Level()]
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind in _VALUES:
            continue
        level = stack[-1]
        if kind == TokenKind.PUNCTUATION:
            if token.text == "," and level.is_untouched:
                level.arrows, level.start = 0, index + 1
            else:
                _bracket_or_comma(stack, tokens, index, known, names)
        elif kind == TokenKind.OPERATOR:
            level.arrows += token.text == "->"
        elif token.word == "CASE":
            stack.append(_Level(is_case=True, start=index + 1))
        elif token.word == "END" and level.is_case and len(stack) > 1:
            _pop(stack, tokens, index, names)
        elif token.is_name:
            _name(level, tokens, index, known, names)
    while len(stack) > 1:
        _pop(stack, tokens, len(tokens), names)
    _end_item(stack[0], tokens, len(tokens), names)
    return stack[0].cost


def _bracket_or_comma(
    stack: list[_Level], tokens: Sequence[Token], index: int, known: Lookup, names: dict[str, float]
) -> None:
    if tokens[index].text in "([{":
        stack.append(_opened(tokens, index, known))
        return
    if tokens[index].text not in ")]}":
        if tokens[index].text == ",":
            _end_item(stack[-1], tokens, index, names)
        return
    while stack[-1].is_case and len(stack) > 1:
        _pop(stack, tokens, index, names)
    if len(stack) > 1:
        _pop(stack, tokens, index, names)
    else:
        _end_item(stack[-1], tokens, index, names)


def _pop(stack: list[_Level], tokens: Sequence[Token], index: int, names: dict[str, float]) -> None:
    _end_item(stack[-1], tokens, index, names)
    level = stack.pop()
    stack[-1].add(level.total)
    if level.name:
        names[level.name] = level.total + _PER_NAME


def _name(level: _Level, tokens: Sequence[Token], index: int, known: Lookup, names: dict[str, float]) -> None:
    token = tokens[index]
    word = token.word
    if word in _ENDS_ITEM:
        _end_item(level, tokens, index, names)
        level.in_list = False
    elif word == "WHEN" and level.is_case:
        level.when()
    elif word == "SELECT":
        level.end_chain()
        level.in_list, level.start = True, index + 1
    elif word in _ENDS_CHAIN:
        level.end_chain()
    elif word == "BETWEEN":
        level.chain *= 3
    elif word == "LAMBDA":
        level.arrows += 1
    level.count(word)
    if index and tokens[index - 1].word == "AS":
        return
    _use(level, tokens, index, known, names)


def _use(level: _Level, tokens: Sequence[Token], index: int, known: Lookup, names: dict[str, float]) -> None:
    token = tokens[index]
    value = token.value.casefold()
    found = known(value)
    if found is not None:
        level.add(found.cost + _PER_NAME)
    elif value in names and not _is_dotted(tokens, index):
        level.add(names[value])


def _opened(tokens: Sequence[Token], index: int, known: Lookup) -> _Level:
    before = tokens[index - 1] if index else None
    start = index + 1
    if before is None or tokens[index].text != "(":
        return _Level(start=start)
    word = before.word
    if start < len(tokens) and tokens[start].word in _QUERIES:
        factor = 1.0 if word in _RELATIONS_FOLLOW else _BEFORE_QUERIES.get(word, 2.0)
        return _Level(factor=factor, name=_common_table(tokens, index), start=start)
    if not before.is_name:
        return _Level(start=start)
    name = before.value.casefold()
    found = known(name)
    repeats = _REPEATING.get(name, 1.0) if found is None else max(1.0, found.repeats)
    if word == "FILTER":
        repeats = 2.0
    return _Level(factor=repeats, is_cast=word in ("CAST", "TRY_CAST"), start=start)


def _common_table(tokens: Sequence[Token], index: int) -> str:
    """The name of a common table expression that is expanded at each place that names it."""
    if index > 3 and [token.word for token in tokens[index - 3 : index]] == ["AS", "NOT", "MATERIALIZED"]:
        return tokens[index - 4].value.casefold()
    return ""


def _end_item(level: _Level, tokens: Sequence[Token], end: int, names: dict[str, float]) -> None:
    """What is selected under a name may be named by what is selected after it."""
    cost, start = level.end_item(), level.start
    level.start = end + 1
    if not level.in_list or level.is_cast or end - start < 2 or cost < 2:
        return
    last, before = tokens[end - 1], tokens[end - 2]
    is_operand = before.is_name or before.is_string or before.kind in _OPERANDS or before.text in (")", "]", "}")
    if tokens[start].is_name and tokens[start + 1].text == ":":
        names[tokens[start].value.casefold()] = cost + _PER_NAME
    elif last.is_name and is_operand:
        names[last.value.casefold()] = cost + _PER_NAME


def _is_dotted(tokens: Sequence[Token], index: int) -> bool:
    behind = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return behind == "." or (index > 0 and tokens[index - 1].text == ".")
