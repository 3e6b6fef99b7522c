"""Histogram bins that a person can read: equal widths of 1, 2 or 5 times a power of ten."""

from __future__ import annotations

import math
from decimal import Context
from fractions import Fraction

MOST_BINS = 50
_STEPS = (1, 2, 5)
_LONGEST_PLAIN_NUMBER = 42
# Enough for every number between the smallest and the largest double.
_EXACT = Context(prec=800)


def bin_edges(low: Fraction, high: Fraction) -> list[Fraction]:
    """The edges of at most 50 bins `[edge, next edge)` that hold all from `low` to `high`, which must differ."""
    exponent = _exponent_below((high - low) / MOST_BINS)
    while True:
        for step in _STEPS:
            width = step * Fraction(10) ** exponent
            first, last = low // width, high // width
            if last - first < MOST_BINS:
                return [width * number for number in range(first, last + 2)]
        exponent += 1


def bin_key(edge: Fraction, next_edge: Fraction) -> str:
    return f"[{_number(edge)}, {_number(next_edge)})"


def _exponent_below(width: Fraction) -> int:
    """A power of ten that is not above the width, and not far below it."""
    return len(str(width.numerator)) - len(str(width.denominator)) - 1


def _number(value: Fraction) -> str:
    """Edges have few digits, so plain ones are exact; extremely long ones are written as doubles are."""
    exact = _EXACT.divide(_EXACT.create_decimal(value.numerator), _EXACT.create_decimal(value.denominator))
    plain = format(exact, "f")
    if len(plain) <= _LONGEST_PLAIN_NUMBER or not math.isfinite(float(exact)):
        return plain
    return repr(float(exact))
