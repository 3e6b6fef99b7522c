"""The rules in their order; a statement that holds none of their triggers is never even cut into tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from workspaces.sql.lexer import Token, tokenize
from workspaces.sql.rewrite import (
    array_literals,
    bit_literals,
    bytea_literals,
    index_names,
    operator_syntax,
    regex_operators,
    row_locks,
    row_ranges,
    select_into,
    serial_columns,
    table_options,
    table_series,
    type_names,
    values_columns,
)
from workspaces.sql.rewrite.edits import Change, Layer, Rewritten


@dataclass(frozen=True, slots=True)
class Rule:
    """A trigger that is quick to look for, and the rule that is asked when it is there."""

    name: str
    trigger: re.Pattern[str]
    change: Callable[[list[Token], str], Change]


RULES = tuple(
    Rule(module.__name__.rpartition(".")[2], re.compile(module.TRIGGER, re.IGNORECASE), module.change)
    for module in (
        array_literals,
        operator_syntax,
        regex_operators,
        bit_literals,
        bytea_literals,
        row_locks,
        row_ranges,
        select_into,
        serial_columns,
        index_names,
        table_options,
        table_series,
        type_names,
        values_columns,
    )
)


def rewrite(text: str) -> Rewritten:
    """One statement in the engine's spelling; the very same text if no rule applies.

    Classify and guard the result, not only what the user sent: a rule may change the kind of a statement. Raises
    `SqlError` for text that cannot be cut into tokens and for types that are not offered (0A000).
    """
    tokens: list[Token] | None = None
    before: list[str] = []
    rules: list[str] = []
    layers: list[Layer] = []
    for rule in RULES:
        if not rule.trigger.search(text):
            continue
        tokens = tokenize(text) if tokens is None else tokens
        change = rule.change(tokens, text)
        if change:
            layer = Layer(text, change.edits)
            layers.append(layer)
            text, tokens = layer.text, None
            before.extend(change.before)
            rules.append(rule.name)
    return Rewritten(text, tuple(before), tuple(rules), tuple(layers))
