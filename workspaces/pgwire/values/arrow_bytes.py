"""Arrow arrays as NumPy memory and back, so that a column is worked on as a whole and never copied row by row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

Bytes = np.ndarray
#: Integers of an array's values buffer, by bytes per value.
_SIGNED = {1: "<i1", 2: "<i2", 4: "<i4", 8: "<i8"}


def raw_values(array: pa.Array, dtype: str) -> np.ndarray:
    """The values buffer of a fixed-width array, seen as `dtype`; what lies under NULLs is arbitrary. No copy."""
    if len(array) == 0:
        return np.empty(0, dtype)
    itemsize = np.dtype(dtype).itemsize
    buffer = array.buffers()[1]
    return np.frombuffer(buffer, dtype, count=len(array), offset=array.offset * itemsize)


def integers(array: pa.Array) -> np.ndarray:
    """Dates, times and timestamps as the signed integers they are stored as."""
    return raw_values(array, _SIGNED[array.type.bit_width // 8])


def offsets_of(array: pa.Array) -> np.ndarray:
    """The int32 offsets of a binary, string or list array, one more than it has values."""
    buffer = array.buffers()[1]
    if buffer is None or buffer.size == 0:
        return np.zeros(len(array) + 1, np.int32)
    return np.frombuffer(buffer, np.int32, count=len(array) + 1, offset=array.offset * 4)


def data_of(array: pa.Array) -> Bytes:
    """The bytes that the offsets of a binary or string array point into."""
    buffer = array.buffers()[2]
    return np.empty(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)


def validity(array: pa.Array) -> pa.Buffer | None:
    """The NULL bitmap for a new array of the same length; None without NULLs."""
    if array.null_count == 0:
        return None
    if array.offset == 0:
        return array.buffers()[0]
    return array.is_valid().buffers()[1]


def valid_mask(array: pa.Array) -> np.ndarray:
    """One boolean per value: True where it is not NULL."""
    return array.is_valid().to_numpy(zero_copy_only=False)


def binary_array(offsets: np.ndarray, data: Bytes, nulls: pa.Buffer | None = None) -> pa.Array:
    """A binary array over bytes that are already laid out. No copy."""
    int32 = np.ascontiguousarray(offsets, np.int32)
    buffers = [nulls, pa.py_buffer(int32), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.binary(), len(int32) - 1, buffers)


def from_lengths(lengths: np.ndarray, data: Bytes, nulls: pa.Buffer | None = None) -> pa.Array:
    """A binary array over bytes of which each value owns the next `lengths` ones."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return binary_array(offsets, data, nulls)


def from_matrix(matrix: np.ndarray, nulls: pa.Buffer | None = None) -> pa.Array:
    """A binary array of which each value is one row of a matrix of bytes."""
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return binary_array(offsets, matrix.reshape(-1), nulls)


def from_kept(matrix: np.ndarray, kept: np.ndarray, nulls: pa.Buffer | None = None) -> pa.Array:
    """A binary array of which each value is the kept bytes of one row of a matrix."""
    # Flat compress is six times as fast as indexing with a mask of two dimensions.
    data = np.compress(kept.reshape(-1), matrix.reshape(-1))
    return from_lengths(kept.sum(axis=1, dtype=np.int64), data, nulls)


def as_binary(array: pa.Array) -> pa.Array:
    """A string array as a binary array. No copy."""
    if pa.types.is_binary(array.type):
        return array
    if not pa.types.is_string(array.type):
        return array.cast(pa.string()).cast(pa.binary())
    return pa.Array.from_buffers(pa.binary(), len(array), array.buffers(), array.null_count, array.offset)


def big_endian(numbers: np.ndarray, dtype: str) -> np.ndarray:
    """Numbers as a matrix of bytes, one row per number, in network order."""
    swapped = np.ascontiguousarray(numbers.astype(dtype))
    return swapped.view(np.uint8).reshape(len(swapped), swapped.dtype.itemsize)


def lengths_of(array: pa.Array) -> np.ndarray:
    """Bytes per value of a binary array; -1, as the wire has it, for NULL."""
    lengths = np.diff(offsets_of(array))
    return lengths if array.null_count == 0 else np.where(valid_mask(array), lengths, np.int32(-1))


def hex_of(data: Bytes) -> Bytes:
    """Two lower-case hexadecimal digits for each byte."""
    return _HEX[data].view(np.uint8)


_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint16)
