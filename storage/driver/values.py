"""Values of rows in the messages of the driver: with their kind, or as texts, long ones cut."""

from __future__ import annotations

import math
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Value

#: Of the texts and lists of a preview.
LONGEST = 16_384
#: Whole numbers up to here are exact as the numbers of JSON.
_EXACT = 2**53
_NULL = Value(null_value=NULL_VALUE)


def value_of(shown: Any) -> tuple[Value, bool]:
    """A value as a row was read, and whether it was cut to `LONGEST`."""
    if isinstance(shown, str | list) and len(shown) > LONGEST:
        return _value(shown[:LONGEST]), True
    return _value(shown), False


def _value(shown: Any) -> Value:
    if isinstance(shown, str):
        return Value(string_value=shown)
    if shown is None:
        return _NULL
    if isinstance(shown, bool):
        return Value(bool_value=shown)
    if isinstance(shown, int):
        return Value(number_value=shown) if abs(shown) <= _EXACT else Value(string_value=str(shown))
    if isinstance(shown, float):
        return Value(number_value=shown) if math.isfinite(shown) else Value(string_value=_endless(shown))
    return Value(list_value=ListValue(values=[_value(one) for one in shown]))


def _endless(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"
