"""The many Arrow forms in which DuckDB hands over one type, brought to one form for each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import raw_values, validity
from workspaces.pgwire.values.bit_strings import bit_text

_INTEGER_DECIMAL = pa.decimal128(38, 0)
#: UHUGEINT has 39 digits and no sign: it needs the next width.
_WIDE_DECIMAL = pa.decimal256(76, 0)


def plain(array: pa.Array) -> pa.Array:
    """The same values without extension types, dictionaries and 64-bit offsets.

    HUGEINT and UHUGEINT become decimals without fraction, BIGNUM decimal text; times with a zone keep DuckDB's eight
    packed bytes; bit strings become text; UUIDs keep their sixteen bytes (text, if the engine gave text).
    """
    if isinstance(array, pa.ExtensionArray):
        return _storage(array)
    change = _CHANGES.get(array.type.id)
    return array if change is None else change(array)


def _storage(array: pa.ExtensionArray) -> pa.Array:
    storage = array.storage
    name = getattr(array.type, "type_name", array.type.extension_name)
    change = _EXTENSIONS.get(name)
    return plain(storage) if change is None else change(storage)


def _hugeint(storage: pa.Array) -> pa.Array:
    # Sixteen bytes, two's complement, little endian: what a decimal of scale 0 is made of.
    return pa.Array.from_buffers(_INTEGER_DECIMAL, len(storage), storage.buffers(), storage.null_count, storage.offset)


def _uhugeint(storage: pa.Array) -> pa.Array:
    wide = np.zeros((len(storage), 4), np.uint64)
    wide[:, :2] = raw_values(storage, "V16").view(np.uint64).reshape(-1, 2)
    return pa.Array.from_buffers(_WIDE_DECIMAL, len(storage), [validity(storage), pa.py_buffer(wide)])


def _bignum(storage: pa.Array) -> pa.Array:
    # Any number of digits: Python's integers do it, one by one; nobody sends millions of these.
    return pa.array([None if cell is None else str(bignum(cell)) for cell in storage.to_pylist()], pa.string())


def bignum(cell: bytes) -> int:
    """The number in DuckDB's BIGNUM bytes: three of header, then the magnitude; a negative one has all bits turned."""
    is_negative = not cell[0] & 0x80
    magnitude = cell[3:]
    if is_negative:
        magnitude = bytes(byte ^ 0xFF for byte in magnitude)
    number = int.from_bytes(magnitude, "big")
    return -number if is_negative else number


def _bit(storage: pa.Array) -> pa.Array:
    text = bit_text(storage)
    return pa.Array.from_buffers(pa.string(), len(text), text.buffers())


def _bool8(storage: pa.Array) -> pa.Array:
    return pc.not_equal(storage, 0)


def _dictionary(array: pa.Array) -> pa.Array:
    return plain(array.dictionary_decode())


_EXTENSIONS = {"hugeint": _hugeint, "uhugeint": _uhugeint, "bignum": _bignum, "bit": _bit, "arrow.bool8": _bool8}
_CHANGES = {
    pa.dictionary(pa.int8(), pa.string()).id: _dictionary,
    pa.large_string().id: lambda array: array.cast(pa.string()),
    pa.large_binary().id: lambda array: array.cast(pa.binary()),
    pa.string_view().id: lambda array: array.cast(pa.string()),
    pa.binary_view().id: lambda array: array.cast(pa.binary()),
    pa.decimal32(9, 0).id: lambda array: array.cast(pa.decimal128(array.type.precision, array.type.scale)),
    pa.decimal64(18, 0).id: lambda array: array.cast(pa.decimal128(array.type.precision, array.type.scale)),
}
