"""Arrays: the literal `{1,NULL,"a b"}` and the binary form, of lists and of rectangular arrays of arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import (
    as_binary,
    big_endian,
    binary_array,
    data_of,
    from_kept,
    from_matrix,
    lengths_of,
    offsets_of,
    valid_mask,
    validity,
)
from workspaces.pgwire.values.arrow_forms import plain

Encode = Callable[[pa.Array], pa.Array]
_NOTHING = pa.scalar(b"", pa.binary())
#: What makes an element need quotes in an array literal.
_SPECIAL = r'^$|[{},"\\ \t\n\x0b\f\r]|^(?i:null)$'
_VECTORS = (22, 30)


@dataclass(frozen=True)
class _Lists:
    """Rows of lists, flattened: the leaves in order, how many belong to each row, the sizes of inner dimensions."""

    leaves: pa.Array
    offsets: np.ndarray
    inner: tuple[int, ...]
    nulls: pa.Buffer | None

    @property
    def inner_count(self) -> int:
        """How many leaves one element of the outermost dimension has."""
        return math.prod(self.inner)


def is_list(kind: pa.DataType) -> bool:
    """Whether an Arrow type is a list, of any or of fixed size."""
    return pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)


def _flattened(array: pa.Array) -> _Lists:
    nulls = validity(array)
    if pa.types.is_list(array.type):
        offsets = offsets_of(array)
        leaves = plain(array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0])))
        return _Lists(leaves, (offsets - offsets[0]).astype(np.int64), (), nulls)
    sizes = []
    leaves = array
    while pa.types.is_fixed_size_list(leaves.type):
        leaves, size = _inner(leaves)
        sizes.append(size)
    row_size = math.prod(sizes)
    offsets = np.arange(len(array) + 1, dtype=np.int64) * row_size
    return _Lists(plain(leaves), offsets, tuple(sizes[1:]), nulls)


def _inner(array: pa.Array) -> tuple[pa.Array, int]:
    """The values of fixed-size lists; those of a list that is NULL are NULL, as an array has no missing rows."""
    size = array.type.list_size
    values = array.values.slice(array.offset * size, len(array) * size)
    if array.null_count == 0:
        return values, size
    present = np.repeat(valid_mask(array), size) & valid_mask(values)
    return values.take(pa.array(np.arange(len(values)), mask=~present)), size


def array_text(array: pa.Array, encode: Encode) -> pa.Array:
    """`{...}` with quotes where PostgreSQL needs them; `encode` gives the text of the elements."""
    lists = _flattened(array)
    text = _quoted(encode(lists.leaves))
    for size in reversed(lists.inner):
        text = _braced(text, np.arange(len(text) // size + 1, dtype=np.int64) * size)
    return _with_nulls(_braced(text, lists.offsets // lists.inner_count), lists.nulls)


def vector_text(array: pa.Array, encode: Encode) -> pa.Array:
    """The text of int2vector and oidvector: numbers with spaces between."""
    lists = _flattened(array)
    return _with_nulls(_joined(encode(lists.leaves), lists.offsets, b" "), lists.nulls)


def _quoted(text: pa.Array) -> pa.Array:
    """Elements of an array literal: quoted where needed, the word NULL for NULL."""
    strings = pa.Array.from_buffers(pa.string(), len(text), text.buffers(), text.null_count, text.offset)
    special = pc.match_substring_regex(strings, _SPECIAL)
    if pc.any(special).as_py():
        escaped = pc.replace_substring_regex(strings, r'(["\\])', r"\\\1")
        quoted = pc.binary_join_element_wise(pa.scalar('"'), escaped, pa.scalar('"'), pa.scalar(""))
        strings = pc.if_else(special, quoted, strings)
    return as_binary(pc.fill_null(strings, "NULL"))


def _braced(text: pa.Array, offsets: np.ndarray) -> pa.Array:
    body = _joined(text, offsets, b",")
    return pc.binary_join_element_wise(pa.scalar(b"{"), body, pa.scalar(b"}"), _NOTHING)


def _joined(text: pa.Array, offsets: np.ndarray, separator: bytes) -> pa.Array:
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), text)
    return pc.binary_join(lists, pa.scalar(separator, pa.binary()))


def array_binary(array: pa.Array, encode: Encode, oid: int, element_oid: int) -> pa.Array:
    """Dimensions, whether there are NULLs, the element's OID, sizes with lower bounds, then elements with lengths."""
    lists = _flattened(array)
    elements = encode(lists.leaves)
    lengths = lengths_of(elements)
    messages = pc.binary_join_element_wise(
        from_matrix(big_endian(lengths, ">i4")), elements, _NOTHING, null_handling="replace", null_replacement=b""
    )
    # The elements of one row lie side by side: a row's bytes begin where its first element's do.
    bodies = binary_array(offsets_of(messages)[lists.offsets], data_of(messages))
    lower_bound = 0 if oid in _VECTORS else 1
    heads = _heads(lists, lengths < 0, element_oid, lower_bound)
    return _with_nulls(pc.binary_join_element_wise(heads, bodies, _NOTHING), lists.nulls)


def _heads(lists: _Lists, is_null: np.ndarray, element_oid: int, lower_bound: int) -> pa.Array:
    counts = np.diff(lists.offsets)
    nulls_before = np.concatenate(([0], np.cumsum(is_null)))
    has_null = nulls_before[lists.offsets[1:]] > nulls_before[lists.offsets[:-1]]
    filled = counts > 0
    fields = np.zeros((len(counts), 3 + 2 * (1 + len(lists.inner))), ">i4")
    fields[:, 0] = np.where(filled, 1 + len(lists.inner), 0)
    fields[:, 1] = has_null
    fields[:, 2] = element_oid
    fields[:, 3] = counts // lists.inner_count
    fields[:, 5::2] = lists.inner
    fields[:, 4::2] = lower_bound
    matrix = fields.view(np.uint8).reshape(len(counts), 4 * fields.shape[1])
    kept = np.ones(matrix.shape, bool)
    kept[:, 12:] = filled[:, None]
    return from_kept(matrix, kept)


def _with_nulls(values: pa.Array, nulls: pa.Buffer | None) -> pa.Array:
    if nulls is None:
        return values
    return pa.Array.from_buffers(values.type, len(values), [nulls, *values.buffers()[1:]])
