"""Columns that COPY FROM fills: how their values arrive, and as what the engine takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.array_literal import parse_array
from workspaces.pgwire.values.arrow_bytes import data_of, from_lengths, offsets_of, valid_mask, validity
from workspaces.pgwire.values.decode_numbers import fitted
from workspaces.pgwire.values.decode_text import read_text
from workspaces.pgwire.values.errors import WireValueError, out_of_range
from workspaces.pgwire.values.types import BYTEA, JSON, PostgresType, sql_name

_STRING = pa.string()
#: What Arrow reads from text as PostgreSQL does, or refuses; then the exact reader has a look.
_FAST: dict[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "UTINYINT": pa.uint8(),
    "USMALLINT": pa.uint16(),
    "UINTEGER": pa.uint32(),
    "UBIGINT": pa.uint64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP_S": pa.timestamp("s"),
    "TIMESTAMP_MS": pa.timestamp("ms"),
    "TIMESTAMP_NS": pa.timestamp("ns"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
}
_ENGINE_TYPES = {arrow: name for name, arrow in _FAST.items()} | {_STRING: "VARCHAR", pa.binary(): "BLOB"}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)\Z")
#: Text that the engine casts exactly as PostgreSQL would.
_PASSED = {
    "UUID": r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "HUGEINT": r"^-?[0-9]{1,38}$",
    "UHUGEINT": r"^[0-9]{1,38}$",
    "BIGNUM": r"^-?[0-9]+$",
    "BIT": r"^[01]+$",
}
_HEX_VALUES = np.full(256, 255, np.uint8)
for _number, _digits in enumerate(zip(b"0123456789abcdef", b"0123456789ABCDEF", strict=True)):
    _HEX_VALUES[list(_digits)] = _number


class BadValue(Exception):
    """The value at `index` does not read as its column's type."""

    def __init__(self, index: int, error: WireValueError) -> None:
        super().__init__(error.message)
        self.index = index
        self.error = error


@dataclass(frozen=True)
class TargetColumn:
    """A column with its DuckDB type and what PostgreSQL calls that."""

    name: str
    engine_type: str
    type: PostgresType

    @cached_property
    def fast_type(self) -> pa.DataType:
        """As what Arrow may read its text; string where only `read` can."""
        decimal = _DECIMAL.match(self.engine_type)
        if decimal is not None:
            return pa.decimal128(int(decimal[1]), int(decimal[2]))
        return _FAST.get(self.engine_type, _STRING)

    @property
    def is_json_shaped(self) -> bool:
        """Whether the engine makes its values of JSON, as structures."""
        return self.type.oid == JSON.oid and self.engine_type != "JSON"

    def read(self, texts: pa.Array) -> pa.Array:
        """Values of texts: in the fast type, or as text that the engine casts. Raises BadValue."""
        if self.fast_type != _STRING:
            try:
                return self.checked(self._cast(texts))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                return self._exact(texts)
        if self.engine_type in _PASSED:
            matched = pc.all(pc.match_substring_regex(texts, _PASSED[self.engine_type])).as_py()
            return texts if matched in (True, None) else self._exact(texts)
        if self.type.oid == BYTEA.oid:
            fast = bytes_of_hex(texts)
            return self._exact(texts) if fast is None else fast
        is_read_by_us = self.type.is_array or self.type.name in ("interval", "timetz", "time", "numeric")
        return self._exact(texts) if is_read_by_us else texts

    def checked(self, values: pa.Array) -> pa.Array:
        """Values that Arrow has read, if they are what PostgreSQL would have read. Raises ArrowInvalid."""
        if pa.types.is_floating(values.type) and len(values) and pc.any(pc.is_inf(values)).as_py():
            raise pa.ArrowInvalid("too large, or infinite")
        if pa.types.is_decimal(values.type):
            # Arrow reads more digits than the type has.
            values.validate(full=True)
        return values

    def _cast(self, texts: pa.Array) -> pa.Array:
        if pa.types.is_boolean(self.fast_type):
            raise pa.ArrowInvalid("more words than Arrow knows")
        return pc.cast(texts, self.fast_type)

    def _exact(self, texts: pa.Array) -> pa.Array:
        values: list[Any] = []
        for index, text in enumerate(texts.to_pylist()):
            try:
                values.append(None if text is None else self._value(text))
            except WireValueError as error:
                raise BadValue(index, error) from error
        return pa.array(values, self.exact_type(values))

    def exact_type(self, values: list[Any]) -> pa.DataType:
        """The type of values that were read one by one."""
        if self.type.is_array:
            made = _STRING
            for _ in range(self.engine_type.count("[", self.engine_type.rfind(")") + 1)):
                made = pa.list_(made)
            return made
        if self.type.oid == BYTEA.oid:
            return pa.binary()
        return _STRING if any(isinstance(each, str) for each in values) else self.fast_type

    def _value(self, text: str) -> Any:
        if self.type.is_array:
            return _mapped(parse_array(text), self.type.element_oid)
        value = read_text(text, self.type.oid)
        if isinstance(value, bool):
            return value
        if isinstance(value, Decimal):
            return self.fitted(value)
        if isinstance(value, int):
            self._require_range(value)
        return value

    def fitted(self, value: Decimal) -> Any:
        """With the scale of the column, rounded as PostgreSQL does; a text where Arrow knows no such numbers.

        Raises WireValueError 22003.
        """
        if pa.types.is_integer(self.fast_type):
            whole = int(fitted(value, 0))
            self._require_range(whole)
            return whole
        if not pa.types.is_decimal(self.fast_type):
            return format(value, "f")
        number = fitted(value, self.fast_type.scale)
        if abs(number) >= Decimal(10) ** (self.fast_type.precision - self.fast_type.scale):
            raise WireValueError("22003", "numeric field overflow")
        return number

    def _require_range(self, value: int) -> None:
        bits = self.fast_type.bit_width
        low, high = (0, 2**bits - 1) if "uint" in str(self.fast_type) else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        if not low <= value <= high:
            raise out_of_range(sql_name(self.type), str(value))


def engine_type_of(arrow: pa.DataType) -> str:
    """What the engine calls the type of an array that `TargetColumn.read` has given."""
    if pa.types.is_list(arrow):
        return engine_type_of(arrow.value_type) + "[]"
    if pa.types.is_decimal(arrow):
        return f"DECIMAL({arrow.precision},{arrow.scale})"
    return _ENGINE_TYPES[arrow]


def bytes_of_hex(texts: pa.Array) -> pa.Array | None:
    r"""Bytes of `\x...`; None where a text is not of this form."""
    valid = valid_mask(texts)
    offsets, data = offsets_of(texts).astype(np.int64), data_of(texts)
    lengths = np.diff(offsets)
    starts = offsets[:-1][valid]
    if np.any(lengths[valid] < 2) or np.any(lengths % 2) or np.any(lengths[~valid]):
        return None
    if np.any(data[starts] != 0x5C) or np.any(data[starts + 1] != 0x78):
        return None
    kept = np.ones(int(offsets[-1] - offsets[0]), bool)
    kept[starts - offsets[0]] = kept[starts + 1 - offsets[0]] = False
    digits = _HEX_VALUES[data[offsets[0] : offsets[-1]][kept]]
    if np.any(digits == 255):
        return None
    return from_lengths(np.maximum(lengths - 2, 0) // 2, (digits[0::2] << 4) | digits[1::2], validity(texts))


def _mapped(values: list[Any], element_oid: int) -> list[Any]:
    return [_mapped(each, element_oid) if isinstance(each, list) else _element(each, element_oid) for each in values]


def _element(text: str | None, oid: int) -> str | None:
    return None if text is None else text_element(read_text(text, oid))


def text_element(value: Any) -> str | None:
    """A value as text that the engine casts without doubt."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)
