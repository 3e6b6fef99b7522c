"""One column in one format: which of the encoders of this package a PostgreSQL type needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrays import array_binary, array_text, is_list, vector_text
from workspaces.pgwire.values.arrow_bytes import as_binary, from_matrix, validity
from workspaces.pgwire.values.arrow_forms import plain
from workspaces.pgwire.values.binary_scalars import (
    date_bytes,
    interval_bytes,
    number_bytes,
    numeric_binary,
    time_bytes,
    timestamp_bytes,
    timetz_bytes,
)
from workspaces.pgwire.values.bit_strings import bit_binary, bit_text, bool_text, bytea_text, uuid_bytes, uuid_text
from workspaces.pgwire.values.json_text import json_text
from workspaces.pgwire.values.text_intervals import interval_text
from workspaces.pgwire.values.text_numbers import float_text, integer_text, numeric_text
from workspaces.pgwire.values.text_times import date_text, time_text, timestamp_text, timetz_text
from workspaces.pgwire.values.types import BINARY_FORMAT, BIT, BY_OID, JSONB, VARBIT, PostgresType

_INT2VECTOR, _OIDVECTOR = 22, 30
_VECTOR_ELEMENTS = {_INT2VECTOR: 21, _OIDVECTOR: 26}
_BIT_TYPES = (BIT.oid, VARBIT.oid)


@dataclass(frozen=True, slots=True)
class Style:
    """What a session has set about the text of its values: a zone by name, and `postgres` or `iso_8601`."""

    time_zone: str = "UTC"
    interval_style: str = "postgres"


#: A column on the wire: a matrix of bytes where all values have one width, a binary array otherwise.
Encoded = np.ndarray | pa.Array


def encode_column(array: pa.Array, wanted: PostgresType, format_code: int, style: Style) -> Encoded:
    """The wire form of one column; a matrix has no say on NULLs, so it is for columns without them."""
    if format_code == BINARY_FORMAT:
        encoded = binary_column(array, wanted, style)
        if isinstance(encoded, np.ndarray) and array.null_count:
            return from_matrix(encoded, validity(array))
        return encoded
    return text_column(array, wanted, style)


def text_column(array: pa.Array, wanted: PostgresType, style: Style) -> pa.Array:
    """The text form of one column as a binary array, NULL for NULL."""
    array = plain(array)
    if is_list(array.type) and wanted.oid in _VECTOR_ELEMENTS:
        return vector_text(array, integer_text)
    if is_list(array.type) and wanted.is_array:
        element = BY_OID[wanted.element_oid]
        return array_text(array, lambda leaves: text_column(leaves, element, style))
    if wanted.oid in _BIT_TYPES:
        return bit_text(array)
    return _by_form(array, style)


def _by_form(array: pa.Array, style: Style) -> pa.Array:
    """The text of values whose Arrow type says all."""
    array = plain(array)
    kind = array.type
    if pa.types.is_nested(kind):
        return json_text(array, lambda leaves: _by_form(leaves, style))
    if pa.types.is_timestamp(kind):
        return timestamp_text(array, zone=None if kind.tz is None else style.time_zone)
    if pa.types.is_interval(kind):
        return interval_text(array, style=style.interval_style)
    for is_kind, encode in _TEXT:
        if is_kind(kind):
            return encode(array)
    return as_binary(array)


def binary_column(array: pa.Array, wanted: PostgresType, style: Style) -> Encoded:
    """The binary form of one column. Raises WireValueError (22008) for a date that PostgreSQL's calendar lacks."""
    array = plain(array)
    kind = array.type
    if pa.types.is_null(kind):
        return as_binary(array)
    if is_list(kind) and (wanted.is_array or wanted.oid in _VECTOR_ELEMENTS):
        return _binary_array(array, wanted, style)
    if wanted.oid in _NUMBERS and not pa.types.is_string(kind):
        return number_bytes(array, _NUMBERS[wanted.oid])
    if wanted.oid == JSONB.oid:
        return pc.binary_join_element_wise(pa.scalar(b"\x01"), text_column(array, wanted, style), pa.scalar(b""))
    encode = _BINARY.get(wanted.oid)
    return text_column(array, wanted, style) if encode is None else encode(array)


def _binary_array(array: pa.Array, wanted: PostgresType, style: Style) -> pa.Array:
    element = BY_OID[wanted.element_oid or _VECTOR_ELEMENTS[wanted.oid]]

    def elements(leaves: pa.Array) -> pa.Array:
        encoded = encode_column(leaves, element, BINARY_FORMAT, style)
        return from_matrix(encoded) if isinstance(encoded, np.ndarray) else encoded

    return array_binary(array, elements, oid=wanted.oid, element_oid=element.oid)


_TEXT: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.Array]], ...] = (
    (pa.types.is_integer, integer_text),
    (pa.types.is_floating, float_text),
    (pa.types.is_string, as_binary),
    (pa.types.is_decimal, numeric_text),
    (pa.types.is_boolean, bool_text),
    (pa.types.is_date, date_text),
    (pa.types.is_time, time_text),
    (pa.types.is_binary, bytea_text),
    (lambda kind: kind == pa.binary(8), timetz_text),
    (lambda kind: kind == pa.binary(16), uuid_text),
)
#: Integers and floats by OID; oid and its kin have no sign.
_NUMBERS = {16: ">u1", 21: ">i2", 23: ">i4", 20: ">i8", 700: ">f4", 701: ">f8"} | dict.fromkeys(
    (24, 26, 28, 29, 2205, 2206, 4089), ">u4"
)
_BINARY: dict[int, Callable[[pa.Array], Encoded]] = {
    17: as_binary,
    1082: date_bytes,
    1083: time_bytes,
    1114: timestamp_bytes,
    1184: timestamp_bytes,
    1186: interval_bytes,
    1266: timetz_bytes,
    1560: bit_binary,
    1562: bit_binary,
    1700: numeric_binary,
    2950: uuid_bytes,
}
