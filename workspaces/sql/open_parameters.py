"""Parameters whose type the engine leaves open: what stands beside them says what they are, as in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.operands import Operands

_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "||", "<<", ">>", "&", "|"})
_SETS: Final = frozenset({"ANY", "ALL", "SOME"})
#: What is added to these is not another one of them.
_ADDED: Final = {"DATE": "INTEGER", "TIMESTAMP": "INTERVAL", "TIMESTAMP WITH TIME ZONE": "INTERVAL", "TIME": "INTERVAL"}
_SCALED: Final = {"INTERVAL": "DOUBLE"}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What stands on the other side of the operator at a parameter; in a set (`= ANY($1)`) it is one element of it."""

    expression: str
    operator: str
    is_element: bool = False

    @property
    def probe(self) -> str:
        """An expression in which the engine finds the type of the parameter `{}`, and which fits in its place."""
        found = f"[({self.expression})]" if self.is_element else "NULL"
        return f"(CASE WHEN ({self.expression}) = {{}} THEN {found} END)"

    def parameter_type(self, neighbour_type: str) -> str:
        """The type of the parameter, when this is the neighbour's."""
        if self.is_element:
            return f"{neighbour_type}[]"
        if self.operator == "+":
            return _ADDED.get(neighbour_type, neighbour_type)
        return _SCALED.get(neighbour_type, neighbour_type) if self.operator in ("*", "/") else neighbour_type


def neighbours(text: str, tokens: Sequence[Token], numbers: set[int]) -> dict[int, Neighbour]:
    """The first neighbour of each of these parameters that holds none of them; others are left out."""
    found: dict[int, Neighbour] = {}
    operands = Operands(list(tokens))
    for place, token in enumerate(tokens):
        number = parameter_number(token)
        if number not in numbers or number in found:
            continue
        if cast := _cast_of(text, operands, place):
            found[number] = Neighbour(cast, "::")
            continue
        for start, end, operator, is_element in _sides(operands, place):
            if start < end and not any(parameter_number(each) in numbers for each in tokens[start:end]):
                expression = text[tokens[start].start : tokens[end - 1].end]
                found[number] = Neighbour(expression, operator, is_element)
                break
    return found


def _cast_of(text: str, operands: Operands, place: int) -> str | None:
    """NULL of the type that the parameter is cast to: the engine forgets it where another cast is around it."""
    tokens = operands.tokens
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if following is None:
        return None
    if following.kind == TokenKind.CAST:
        end = operands.right_end(place - 1) or place
        again = next((at for at in range(place + 2, end) if tokens[at].kind == TokenKind.CAST), end)
        return f"NULL{text[following.start : tokens[again - 1].end]}" if again > place + 2 else None
    if following.word == "AS" and place > 1 and tokens[place - 2].word in ("CAST", "TRY_CAST"):
        closing = operands.brackets.closing.get(place - 1)
        return None if closing is None else f"CAST(NULL {text[following.start : tokens[closing].end]}"
    return None


def parameter_number(token: Token) -> int:
    """Of `$1`; 0 for everything else."""
    return int(token.text[1:]) if token.kind == TokenKind.PARAMETER and token.text[1:].isdigit() else 0


def _sides(operands: Operands, place: int) -> Iterator[tuple[int, int, str, bool]]:
    """Where a neighbour may stand: its first token, the one behind it, the operator between."""
    tokens = operands.tokens
    if place > 0 and tokens[place - 1].text in _ARITHMETIC:
        start = operands.left_start(place - 1)
        if start is not None:
            yield start, place - 1, tokens[place - 1].text, False
    if place + 1 < len(tokens) and tokens[place + 1].text in _ARITHMETIC:
        end = operands.right_end(place + 1)
        if end is not None:
            yield place + 2, end, tokens[place + 1].text, False
    if place > 2 and tokens[place - 1].text == "(" and tokens[place - 2].word in _SETS:
        operator = place - 3
        start = operands.left_start(operator)
        if tokens[operator].kind == TokenKind.OPERATOR and start is not None:
            yield start, operator, tokens[operator].text, True
