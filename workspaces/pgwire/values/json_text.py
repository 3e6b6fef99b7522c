"""JSON text of structs, maps, unions and lists of any depth, as the engine's to_json writes it, column by column."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import as_binary, offsets_of
from workspaces.pgwire.values.arrow_forms import plain

_NOTHING = pa.scalar("")
_CONTROL = r"[\x00-\x1f]"
Scalar = Callable[[pa.Array], pa.Array]


def json_text(array: pa.Array, scalar: Scalar) -> pa.Array:
    """The JSON text of nested values, NULL for NULL; `scalar` gives the text of dates, blobs and other leaves."""
    text = _value(array, scalar)
    # A union has no bitmap and counts no NULLs; is_valid looks at the member that each row holds.
    if array.null_count == 0 and not pa.types.is_union(array.type):
        return as_binary(text)
    return as_binary(pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string())))


def _value(array: pa.Array, scalar: Scalar) -> pa.Array:
    """The same with the word null for NULL."""
    is_document = isinstance(array, pa.ExtensionArray) and array.type.extension_name == "arrow.json"
    array = plain(array)
    text = array if is_document else _present(array, scalar)
    return pc.fill_null(pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string())), "null")


def _present(array: pa.Array, scalar: Scalar) -> pa.Array:
    kind = array.type
    for is_kind, write in _WRITERS:
        if is_kind(kind):
            return write(array, scalar)
    return _quoted(_string(scalar(array)))


def _struct(array: pa.StructArray, scalar: Scalar) -> pa.Array:
    pieces: list[pa.Array | pa.Scalar] = []
    for position, field in enumerate(array.type):
        lead = "{" if position == 0 else ","
        pieces += [pa.scalar(f"{lead}{_literal(field.name)}:"), _value(array.field(position), scalar)]
    return pc.binary_join_element_wise(*pieces, pa.scalar("}"), _NOTHING)


def _list(array: pa.Array, scalar: Scalar) -> pa.Array:
    offsets = offsets_of(array)
    values = array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    return _bracketed(_value(values, scalar), offsets - offsets[0], "[]")


def _fixed_list(array: pa.Array, scalar: Scalar) -> pa.Array:
    size = array.type.list_size
    values = array.values.slice(array.offset * size, len(array) * size)
    return _bracketed(_value(values, scalar), np.arange(len(array) + 1) * size, "[]")


def _map(array: pa.MapArray, scalar: Scalar) -> pa.Array:
    offsets = offsets_of(array)
    first, count = int(offsets[0]), int(offsets[-1] - offsets[0])
    keys = plain(array.keys.slice(first, count))
    names = scalar(keys)
    items = _value(array.items.slice(first, count), scalar)
    entries = pc.binary_join_element_wise(_quoted(_string(names)), pa.scalar(":"), items, _NOTHING)
    return _bracketed(entries, offsets - first, "{}")


def _union(array: pa.UnionArray, scalar: Scalar) -> pa.Array:
    codes = np.asarray(array.type_codes)
    text = pa.nulls(len(array), pa.string())
    for position, code in enumerate(array.type.type_codes):
        name = _literal(array.type.field(position).name)
        member = _value(array.field(position), scalar)
        whole = pc.binary_join_element_wise(pa.scalar(f"{{{name}:"), member, pa.scalar("}"), _NOTHING)
        text = pc.if_else(pa.array(codes == code), whole, text)
    return text


def _bracketed(text: pa.Array, offsets: np.ndarray, brackets: str) -> pa.Array:
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), text)
    body = pc.binary_join(lists, ",")
    return pc.binary_join_element_wise(pa.scalar(brackets[0]), body, pa.scalar(brackets[1]), _NOTHING)


def _number(array: pa.Array, scalar: Scalar) -> pa.Array:
    return _string(scalar(array))


def _float(array: pa.Array, scalar: Scalar) -> pa.Array:
    """Numbers keep a point as to_json has it; NaN and the infinities, which JSON lacks, are quoted."""
    text = _string(scalar(array))
    text = pc.replace_substring_regex(text, r"^(-?\d+)$", r"\1.0")
    return pc.if_else(pc.is_finite(array), text, _quoted(text))


def _boolean(array: pa.Array, scalar: Scalar) -> pa.Array:
    return pc.if_else(array, "true", "false")


def _text(array: pa.Array, scalar: Scalar) -> pa.Array:
    return _quoted(array)


def _quoted(text: pa.Array) -> pa.Array:
    escaped = pc.replace_substring_regex(text, r'(["\\])', r"\\\1")
    if pc.any(pc.match_substring_regex(escaped, _CONTROL)).as_py():
        for code in range(0x20):
            escaped = pc.replace_substring(escaped, chr(code), json.dumps(chr(code))[1:-1])
    return pc.binary_join_element_wise(pa.scalar('"'), escaped, pa.scalar('"'), _NOTHING)


def _literal(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _string(text: pa.Array) -> pa.Array:
    return pa.Array.from_buffers(pa.string(), len(text), text.buffers(), text.null_count, text.offset)


_WRITERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array, Scalar], pa.Array]], ...] = (
    (pa.types.is_struct, _struct),
    (pa.types.is_map, _map),
    (pa.types.is_list, _list),
    (pa.types.is_fixed_size_list, _fixed_list),
    (pa.types.is_union, _union),
    (pa.types.is_boolean, _boolean),
    (pa.types.is_floating, _float),
    (pa.types.is_integer, _number),
    (pa.types.is_decimal, _number),
    (pa.types.is_string, _text),
)
