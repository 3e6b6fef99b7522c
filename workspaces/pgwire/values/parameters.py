"""Parameters of Bind: an OID, a format and bytes become a value with the DuckDB type it is to be bound as."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from workspaces.pgwire.values.array_literal import depth, parse_array
from workspaces.pgwire.values.decode_binary import read_binary
from workspaces.pgwire.values.decode_numbers import decimal_type, fitted
from workspaces.pgwire.values.decode_text import Scalar, read_text, utf8
from workspaces.pgwire.values.errors import NOT_SUPPORTED, WireValueError, invalid_binary
from workspaces.pgwire.values.types import BINARY_FORMAT, BY_OID, NUMERIC, UNKNOWN, parameter_type

Value = Scalar | None | list


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value ready to be bound as the DuckDB type `type`.

    A `str` under any type but VARCHAR is text that the engine reads without doubt (dates, UUIDs, JSON, bits); arrays
    are lists of the same, nested as deep as the type has brackets; None is NULL.
    """

    type: str
    value: Value


def decode_parameter(data: bytes | None, *, oid: int, format_code: int) -> Parameter:
    """The value of one parameter; OID 0 is unknown and reads as text.

    Raises WireValueError with PostgreSQL's code and words when the bytes do not read as the type.
    """
    oid = oid or UNKNOWN.oid
    known = BY_OID.get(oid)
    if known is not None and parameter_type(oid) is None:
        raise WireValueError(NOT_SUPPORTED, f"input of type {known.name} is not supported")
    if data is None:
        return Parameter(parameter_type(oid) or "VARCHAR", None)
    if known is not None and known.is_array:
        return _array(data, known.element_oid, format_code)
    value = _scalar(data, oid, format_code)
    if isinstance(value, Decimal):
        wanted, scale = decimal_type([value])
        return Parameter(wanted, _numeric(value, wanted, scale))
    return Parameter(parameter_type(oid) or "VARCHAR", value)


def _scalar(data: bytes, oid: int, format_code: int) -> Scalar:
    if format_code != BINARY_FORMAT:
        return read_text(utf8(data), oid)
    return read_binary(data, oid)


def _array(data: bytes, element_oid: int, format_code: int) -> Parameter:
    if format_code == BINARY_FORMAT:
        values, dimensions = binary_array(data, element_oid)
    else:
        elements = parse_array(utf8(data))
        values, dimensions = _mapped(elements, partial(read_text, oid=element_oid)), depth(elements)
    brackets = "[]" * dimensions
    if element_oid != NUMERIC.oid:
        return Parameter(f"{parameter_type(element_oid)}{brackets}", values)
    wanted, scale = decimal_type(list(_leaves(values)))
    return Parameter(f"{wanted}{brackets}", _mapped(values, lambda number: _numeric(number, wanted, scale)))


def _numeric(number: Decimal, wanted: str, scale: int) -> Scalar:
    return str(int(number)) if wanted == "BIGNUM" else fitted(number, scale)


def _mapped(values: list, change: Callable) -> list:
    return [
        None if value is None else _mapped(value, change) if isinstance(value, list) else change(value)
        for value in values
    ]


def _leaves(values: list) -> list:
    found = []
    for value in values:
        if isinstance(value, list):
            found += _leaves(value)
        elif value is not None:
            found.append(value)
    return found


def binary_array(data: bytes, element_oid: int) -> tuple[list, int]:
    """The elements of an array in binary and its dimensions. Raises WireValueError 22P03."""
    try:
        dimensions, _, sent_oid = struct.unpack_from(">iii", data)
        if not 0 <= dimensions <= 6 or sent_oid != element_oid:
            raise invalid_binary()
        sizes = [struct.unpack_from(">i", data, 12 + 8 * each)[0] for each in range(dimensions)]
        values, at = [], 12 + 8 * dimensions
        if any(size < 0 for size in sizes):
            raise invalid_binary()
        for _ in range(math.prod(sizes) if sizes else 0):
            length = struct.unpack_from(">i", data, at)[0]
            at += 4
            if length < -1 or at + length > len(data):
                raise invalid_binary()
            values.append(None if length < 0 else _scalar(data[at : at + length], element_oid, BINARY_FORMAT))
            at += max(length, 0)
    except struct.error as error:
        raise invalid_binary() from error
    if at != len(data):
        raise invalid_binary()
    for size in reversed(sizes[1:]):
        values = [values[start : start + size] for start in range(0, len(values), size)] if size else []
    return values, max(dimensions, 1)
