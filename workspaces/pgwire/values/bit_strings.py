"""Bytes, bits and UUIDs in both formats of the wire."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import (
    as_binary,
    big_endian,
    binary_array,
    data_of,
    from_lengths,
    from_matrix,
    hex_of,
    offsets_of,
    raw_values,
    validity,
)

_NOTHING = pa.scalar(b"", pa.binary())
_HEX_PREFIX = pa.scalar(b"\\x", pa.binary())
#: Where the 32 digits of a UUID stand among its four dashes.
_UUID_DIGITS = np.array([place for place in range(36) if place not in (8, 13, 18, 23)])
_NIBBLES = np.zeros(256, np.uint8)
_NIBBLES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_NIBBLES[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


def bytea_text(array: pa.Array) -> pa.Array:
    r"""`\x` and two hexadecimal digits per byte."""
    if not pa.types.is_binary(array.type):
        return as_binary(array)
    offsets = offsets_of(array)
    first, last = int(offsets[0]), int(offsets[-1])
    digits = hex_of(data_of(array)[first:last])
    return pc.binary_join_element_wise(
        _HEX_PREFIX, binary_array((offsets - first) * np.int32(2), digits, validity(array)), _NOTHING
    )


def bit_text(array: pa.Array) -> pa.Array:
    """One `0` or `1` per bit."""
    if not pa.types.is_binary(array.type):
        return as_binary(array)
    bits, lengths = _bits(array)
    return from_lengths(lengths, bits + np.uint8(ord("0")), validity(array))


def bit_binary(array: pa.Array) -> pa.Array:
    """The number of bits as int32, then the bits from the highest of the first byte on, filled up with zeros."""
    bits, lengths = _bits(array)
    widths = -(-lengths // 8)
    ends = np.cumsum(widths) * 8
    starts = ends - widths * 8
    spread = np.zeros(int(widths.sum()) * 8, np.uint8)
    spread[_ranges(starts, lengths, len(spread))] = bits
    packed = from_lengths(widths, np.packbits(spread), validity(array))
    return pc.binary_join_element_wise(from_matrix(big_endian(lengths, ">i4")), packed, _NOTHING)


def _bits(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """All bits of all values, one byte per bit, and how many each value has."""
    if pa.types.is_string(array.type):
        offsets = offsets_of(array).astype(np.int64)
        return data_of(array)[offsets[0] : offsets[-1]] - np.uint8(ord("0")), np.diff(offsets)
    offsets = offsets_of(array).astype(np.int64)
    data = data_of(array)[offsets[0] : offsets[-1]]
    offsets = offsets - offsets[0]
    sizes = np.diff(offsets)
    # DuckDB's first byte tells how many bits at the start of the second one only fill it up.
    padding = np.zeros(len(sizes), np.int64)
    padding[sizes > 0] = data[offsets[:-1][sizes > 0]]
    lengths = np.where(sizes > 0, 8 * (sizes - 1) - padding, 0)
    everything = np.unpackbits(data)
    kept = _ranges(offsets[1:] * 8 - lengths, lengths, len(everything))
    return everything[kept], lengths


def _ranges(starts: np.ndarray, lengths: np.ndarray, total: int) -> np.ndarray:
    """A mask that is True for `lengths` places from each of the starts on; the ranges do not overlap."""
    steps = np.zeros(total + 1, np.int8)
    full = lengths > 0
    # A range may begin where the one before ends: both are counted.
    np.add.at(steps, starts[full], 1)
    np.add.at(steps, (starts + lengths)[full], -1)
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


def uuid_text(array: pa.Array) -> pa.Array:
    """The canonical 36 characters."""
    if not pa.types.is_fixed_size_binary(array.type):
        return as_binary(array)
    digits = hex_of(raw_values(array, "V16").view(np.uint8)).reshape(len(array), 32)
    text = np.full((len(array), 36), ord("-"), np.uint8)
    text[:, _UUID_DIGITS] = digits
    return from_matrix(text, validity(array))


def uuid_bytes(array: pa.Array) -> np.ndarray:
    """Sixteen bytes per value, as a matrix; zeros for NULL where the engine gave text."""
    if pa.types.is_fixed_size_binary(array.type):
        return raw_values(array, "V16").view(np.uint8).reshape(len(array), 16)
    text = as_binary(pc.fill_null(array, "00000000-0000-0000-0000-000000000000"))
    first = offsets_of(text)[0]
    nibbles = _NIBBLES[data_of(text)[first : first + 36 * len(text)].reshape(len(text), 36)[:, _UUID_DIGITS]]
    return nibbles[:, 0::2] << np.uint8(4) | nibbles[:, 1::2]


def bool_text(array: pa.Array) -> pa.Array:
    """`t` or `f`."""
    return as_binary(pc.if_else(array, "t", "f"))
