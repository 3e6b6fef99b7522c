"""Columns of a binary COPY: the bytes of all their fields as values, in a few steps over the whole column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import from_lengths
from workspaces.pgwire.values.bit_strings import uuid_text
from workspaces.pgwire.values.copy_targets import BadValue, TargetColumn, text_element
from workspaces.pgwire.values.decode_binary import read_binary
from workspaces.pgwire.values.errors import (
    DATETIME_OVERFLOW,
    OUT_OF_RANGE,
    WireValueError,
    invalid_binary,
)
from workspaces.pgwire.values.parameters import binary_array
from workspaces.pgwire.values.types import BYTEA, JSON, NUMERIC, TEXT, UUID, VARCHAR, sql_name

_EPOCH_DAYS: Final = 10_957
_EPOCH_MICROSECONDS: Final = _EPOCH_DAYS * 86_400_000_000
_DAY_MICROSECONDS: Final = 86_400_000_000
_NUMERIC_HEAD_BYTES: Final = 8
#: Up to this power of ten four digits fit into 64 bits.
_MOST_POWER: Final = 14


class FieldBytes:
    """The fields of one column in the data of a block."""

    def __init__(self, data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> None:
        self.data = data
        self.starts = starts
        self.lengths = lengths
        self.is_null = lengths < 0
        self.has_nulls = bool(self.is_null.any())

    def __len__(self) -> int:
        return len(self.starts)

    def numbers(self, dtype: str, starts: np.ndarray | None = None) -> np.ndarray:
        """A big-endian number at each start; anything for NULL."""
        size = np.dtype(dtype).itemsize
        everywhere = np.ndarray(len(self.data) - size + 1, dtype, self.data.data, 0, (1,))
        return everywhere[self.starts if starts is None else starts].astype(np.dtype(dtype).newbyteorder("="))

    def require_length(self, length: int) -> None:
        wrong = (self.lengths != length) & ~self.is_null
        if wrong.any():
            raise BadValue(int(np.argmax(wrong)), invalid_binary())

    def nulls(self) -> pa.Buffer | None:
        return pa.array(~self.is_null).buffers()[1] if self.has_nulls else None

    def array(self, kind: pa.DataType, values: np.ndarray) -> pa.Array:
        """Values of fixed width, with the NULLs of the column."""
        return pa.Array.from_buffers(kind, len(self), [self.nulls(), pa.py_buffer(np.ascontiguousarray(values))])

    def octets(self) -> pa.Array:
        """The bytes of each field as a binary array."""
        lengths = np.maximum(self.lengths, 0).astype(np.int64)
        ends = np.cumsum(lengths)
        places = np.repeat(self.starts - (ends - lengths), lengths)
        places += np.arange(len(places))
        return from_lengths(lengths, self.data[places], self.nulls())

    def each(self) -> list[bytes | None]:
        whole = self.data.data
        return [
            None if length < 0 else bytes(whole[start : start + length])
            for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True)
        ]


def read_fields(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    """The values, or text that the engine casts. Raises BadValue."""
    if column.type.is_array:
        return _one_by_one(column, fields, lambda data: _elements(data, column.type.element_oid))
    if column.type.oid in (TEXT.oid, VARCHAR.oid, JSON.oid):
        return _texts(fields)
    reader = _READERS.get(column.type.oid)
    if reader is None:
        return _one_by_one(column, fields, lambda data: _plain(read_binary(data, column.type.oid)))
    return reader(column, fields)


def _integers(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    size = {"int2": 2, "int4": 4, "int8": 8}[column.type.name]
    fields.require_length(size)
    array = fields.array(getattr(pa, f"int{8 * size}")(), fields.numbers(f">i{size}"))
    return array if array.type == column.fast_type else _narrowed(column, array)


def _narrowed(column: TargetColumn, array: pa.Array) -> pa.Array:
    """For types that PostgreSQL has no match of."""
    try:
        return pc.cast(array, column.fast_type)
    except pa.ArrowInvalid:
        fits = pc.equal(
            pc.cast(array, column.fast_type, safe=False).cast(pa.int64(), safe=False), array.cast(pa.int64())
        )
        index = int(pc.index(fits, False).as_py())
        words = f'value "{array[index].as_py()}" is out of range for type {sql_name(column.type)}'
        raise BadValue(index, WireValueError(OUT_OF_RANGE, words)) from None


def _floats(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    size = 4 if column.type.name == "float4" else 8
    fields.require_length(size)
    return fields.array(column.fast_type, fields.numbers(f">f{size}"))


def _booleans(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    fields.require_length(1)
    return pa.array(fields.numbers(">u1") != 0, pa.bool_(), mask=fields.is_null)


def _dates(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    fields.require_length(4)
    days = fields.numbers(">i4").astype(np.int64)
    found = np.where(days == 2**31 - 1, days, np.where(days == -(2**31), -(2**31) + 1, days + _EPOCH_DAYS))
    _require(fields, np.abs(found) < 2**31, "date out of range")
    return fields.array(pa.date32(), found.astype(np.int32))


def _times(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    fields.require_length(8)
    found = fields.numbers(">i8")
    _require(fields, (found >= 0) & (found <= _DAY_MICROSECONDS), "time out of range")
    return fields.array(pa.time64("us"), found)


def _timestamps(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    fields.require_length(8)
    found = fields.numbers(">i8")
    highest, lowest = 2**63 - 1, -(2**63)
    _require(fields, (found <= highest - _EPOCH_MICROSECONDS) | (found == highest), "timestamp out of range")
    shifted = np.where(found == highest, 0, found) + _EPOCH_MICROSECONDS
    moments = np.where(found == highest, highest, np.where(found == lowest, lowest + 1, shifted))
    return fields.array(pa.timestamp("us", "UTC" if column.type.name == "timestamptz" else None), moments)


def _require(fields: FieldBytes, is_right: np.ndarray, words: str) -> None:
    wrong = ~is_right & ~fields.is_null
    if wrong.any():
        raise BadValue(int(np.argmax(wrong)), WireValueError(DATETIME_OVERFLOW, words))


def _texts(fields: FieldBytes) -> pa.Array:
    octets = fields.octets()
    made = pa.Array.from_buffers(pa.string(), len(octets), octets.buffers(), octets.null_count)
    try:
        made.validate(full=True)
    except pa.ArrowInvalid:
        return _checked_texts(fields)
    data = octets.buffers()[2]
    return _checked_texts(fields) if data is not None and b"\0" in memoryview(data).tobytes() else made


def _checked_texts(fields: FieldBytes) -> pa.Array:
    made: list[str | None] = []
    for index, octets in enumerate(fields.each()):
        try:
            made.append(None if octets is None else str(read_binary(octets, TEXT.oid)))
        except WireValueError as error:
            raise BadValue(index, error) from error
    return pa.array(made, pa.string())


def _uuids(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    fields.require_length(16)
    octets = fields.octets()
    if fields.has_nulls:
        return _one_by_one(column, fields, lambda data: str(read_binary(data, UUID.oid)))
    fixed = pa.Array.from_buffers(pa.binary(16), len(octets), [None, octets.buffers()[2]])
    return uuid_text(fixed).cast(pa.string())


def _numerics(column: TargetColumn, fields: FieldBytes) -> pa.Array:
    """Decimals of up to 18 digits at once, others one by one."""
    kind = column.fast_type
    if pa.types.is_decimal(kind):
        small = _small_decimals(fields, kind.precision, kind.scale)
        if small is not None:
            words = np.stack([small, small >> 63], axis=1)
            return fields.array(kind, words)
    return _one_by_one(column, fields, lambda data: column.fitted(read_binary(data, NUMERIC.oid)))


def _small_decimals(fields: FieldBytes, precision: int, scale: int) -> np.ndarray | None:
    """The values times ten to the power of `scale`; None where one needs rounding, or more than 64 bits, or is none."""
    starts = np.where(fields.is_null, 0, fields.starts)
    lengths = np.where(fields.is_null, 0, fields.lengths)
    counts = np.where(fields.is_null, 0, fields.numbers(">i2", starts))
    if np.any((lengths != _NUMERIC_HEAD_BYTES + 2 * counts) & ~fields.is_null) or np.any(counts < 0):
        return None
    weights = fields.numbers(">i2", starts + 2).astype(np.int64)
    signs = fields.numbers(">u2", starts + 4)
    if np.any(~np.isin(signs, (0, 0x4000)) & ~fields.is_null):
        return None
    total = np.zeros(len(fields), np.int64)
    for group in range(int(counts.max(initial=0))):
        has_group = counts > group
        digits = fields.numbers(">i2", np.where(has_group, starts + _NUMERIC_HEAD_BYTES + 2 * group, 0)).astype(
            np.int64
        )
        digits = np.where(has_group, digits, 0)
        powers = np.where(has_group, 4 * (weights - group) + scale, 0)
        if np.any((digits < 0) | (digits > 9999) | (powers > _MOST_POWER) | ((powers < -4) & (digits != 0))):
            return None
        divisors = 10 ** np.clip(-powers, 0, 4)
        if np.any(digits % divisors):
            return None
        total += digits // divisors * 10 ** np.clip(powers, 0, _MOST_POWER)
    if np.any(total >= 10 ** min(precision, 18)):
        return None
    return np.where(signs == 0, total, -total)


def _one_by_one(column: TargetColumn, fields: FieldBytes, read: Callable[[bytes], Any]) -> pa.Array:
    values: list[Any] = []
    for index, data in enumerate(fields.each()):
        try:
            values.append(None if data is None else read(data))
        except WireValueError as error:
            raise BadValue(index, error) from error
    return pa.array(values, column.exact_type(values))


def _plain(value: Any) -> Any:
    return value


def _elements(data: bytes, element_oid: int) -> list[Any]:
    def mapped(values: list[Any]) -> list[Any]:
        return [mapped(each) if isinstance(each, list) else text_element(each) for each in values]

    return mapped(binary_array(data, element_oid)[0])


_READERS: Final[dict[int, Callable[[TargetColumn, FieldBytes], pa.Array]]] = {
    16: _booleans,
    BYTEA.oid: lambda column, fields: fields.octets(),
    20: _integers,
    21: _integers,
    23: _integers,
    700: _floats,
    701: _floats,
    1082: _dates,
    1083: _times,
    1114: _timestamps,
    1184: _timestamps,
    NUMERIC.oid: _numerics,
    UUID.oid: _uuids,
}
