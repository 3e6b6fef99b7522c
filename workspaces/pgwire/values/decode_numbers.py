"""Numbers of parameters: from text and from PostgreSQL's binary forms."""

from __future__ import annotations

import math
import re
import struct
from decimal import ROUND_HALF_UP, Context, Decimal

from workspaces.pgwire.values.errors import OUT_OF_RANGE, WireValueError, invalid_binary, invalid_text, out_of_range
from workspaces.pgwire.values.types import MAX_DECIMAL_DIGITS

_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_REAL = re.compile(r"\s*([+-]?)(?:([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf|infinity)\s*", re.IGNORECASE)
#: PostgreSQL stops at 131072 digits before the point; nothing above this can be stored here anyway.
_MAX_DIGITS = 2_000
_EXACT = Context(prec=2 * _MAX_DIGITS)
_NUMERIC_HEAD = struct.Struct(">hhHh")
_NEGATIVE, _SPECIAL = 0x4000, 0xC000
_FLOAT4_MAX = 3.4028235677973366e38


def integer_from_text(text: str, *, name: str, lowest: int, highest: int) -> int:
    """A whole number within its type. Raises WireValueError 22P02 or 22003."""
    if not _INTEGER.fullmatch(text):
        raise invalid_text(name, text)
    stripped = text.strip()
    # Python refuses to read endless digits; none of them would fit.
    number = int(stripped) if len(stripped) < _MAX_DIGITS else highest + 1
    if not lowest <= number <= highest:
        raise out_of_range(name, text)
    return number


def float_from_text(text: str, *, name: str) -> float:
    """A float, also NaN and the infinities. Raises WireValueError 22P02 or 22003."""
    match = _REAL.fullmatch(text)
    if match is None:
        raise invalid_text(name, text)
    number = float(text)
    if match[2] is None:
        return number
    overflows = math.isinf(number) or (name == "real" and abs(number) > _FLOAT4_MAX)
    underflows = number == 0 and any(digit in "123456789" for digit in match[2])
    if overflows or underflows:
        raise WireValueError(OUT_OF_RANGE, f'"{text}" is out of range for type {name}')
    return number


def numeric_from_text(text: str) -> Decimal:
    """An exact number. Raises WireValueError 22P02, also for NaN and the infinities, which DuckDB lacks."""
    match = _REAL.fullmatch(text)
    if match is None or match[2] is None:
        raise invalid_text("numeric", text)
    return _bounded(Decimal(text.strip()))


def numeric_from_binary(data: bytes) -> Decimal:
    """An exact number from base-10000 digits. Raises WireValueError 22P03, and 22P02 for NaN and the infinities."""
    if len(data) < _NUMERIC_HEAD.size:
        raise invalid_binary()
    count, weight, sign, scale = _NUMERIC_HEAD.unpack_from(data)
    if sign & _SPECIAL == _SPECIAL:
        raise invalid_text("numeric", {0xC000: "NaN", 0xD000: "Infinity"}.get(sign, "-Infinity"))
    if sign not in (0, _NEGATIVE) or count < 0 or scale < 0 or len(data) != _NUMERIC_HEAD.size + 2 * count:
        raise invalid_binary()
    groups = struct.unpack_from(f">{count}h", data, _NUMERIC_HEAD.size)
    if any(not 0 <= group < 10_000 for group in groups):
        raise invalid_binary()
    digits = int("".join(f"{group:04d}" for group in groups) or "0") if count < _MAX_DIGITS // 4 else 0
    if count >= _MAX_DIGITS // 4:
        raise WireValueError(OUT_OF_RANGE, "value overflows numeric format")
    number = _bounded(Decimal(-digits if sign else digits).scaleb(4 * (weight - count + 1), _EXACT))
    return number.quantize(Decimal(1).scaleb(-min(scale, _MAX_DIGITS)), context=_EXACT)


def _bounded(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    if number.adjusted() > _MAX_DIGITS or (isinstance(exponent, int) and exponent < -_MAX_DIGITS):
        raise WireValueError(OUT_OF_RANGE, "value overflows numeric format")
    return number


def decimal_shape(number: Decimal) -> tuple[int, int]:
    """How many digits a number has before and behind its point."""
    exponent = int(number.as_tuple().exponent)
    return max(number.adjusted() + 1, 0) if number else 0, max(-exponent, 0)


def decimal_type(numbers: list[Decimal]) -> tuple[str, int]:
    """The DuckDB type that holds all the numbers, and its scale; digits behind the 38th are given up.

    Whole numbers of more than 38 digits need BIGNUM. Raises WireValueError 22003 for longer ones with a fraction.
    """
    shapes = [decimal_shape(number) for number in numbers] or [(1, 0)]
    whole = max(shape[0] for shape in shapes)
    scale = max(shape[1] for shape in shapes)
    if whole > MAX_DECIMAL_DIGITS:
        if any(number != number.to_integral_value() for number in numbers):
            raise WireValueError(OUT_OF_RANGE, "numeric field overflow")
        return "BIGNUM", 0
    scale = min(scale, MAX_DECIMAL_DIGITS - whole)
    return f"DECIMAL({max(whole + scale, 1)},{scale})", scale


def fitted(number: Decimal, scale: int) -> Decimal:
    """The number with exactly so many digits behind its point, rounded as PostgreSQL does."""
    return number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)
