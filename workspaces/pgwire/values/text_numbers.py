"""The text form of numbers, whole columns at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import as_binary, data_of, from_lengths, raw_values, validity
from workspaces.pgwire.values.numeric_limbs import unscaled_int64

_NOTHING = pa.scalar(b"", pa.binary())
#: PostgreSQL writes plain digits from 1e-4 up to 1e15 (float4: 1e6), Arrow from 1e-5 up to 1e10.
_SMALLEST_PLAIN = 1e-4
_LARGEST_PLAIN = {4: 1e6, 8: 1e15}
_ARROW_LARGEST_PLAIN = 1e10
#: More digits behind the point than a 64-bit integer has.
_WIDE_SCALE = 18


def integer_text(array: pa.Array) -> pa.Array:
    """Decimal digits."""
    return as_binary(array.cast(pa.string()))


def float_text(array: pa.Array) -> pa.Array:
    """The shortest digits that read back as the same number, spelled as PostgreSQL does."""
    text = array.cast(pa.string())
    values = raw_values(array, "<f4" if pa.types.is_float32(array.type) else "<f8")
    magnitude = np.abs(values)
    same = (magnitude < min(_ARROW_LARGEST_PLAIN, _LARGEST_PLAIN[values.itemsize])) & (magnitude >= _SMALLEST_PLAIN)
    odd = ~(same | (magnitude == 0))
    if odd.any():
        mask = pa.array(odd)
        text = pc.replace_with_mask(text, mask, _odd_floats(text.filter(mask), values[odd]))
    return as_binary(text)


def _odd_floats(text: pa.Array, values: np.ndarray) -> pa.Array:
    """Arrow's text of large, tiny and unreal numbers in PostgreSQL's spelling."""
    if not np.isfinite(values).all():
        text = pc.replace_substring(text, "inf", "Infinity")
        text = pc.replace_substring_regex(text, "^-?nan$", "NaN")
    magnitude = np.abs(values)
    if (magnitude < _SMALLEST_PLAIN).any():
        text = pc.replace_substring_regex(text, r"^(-?)0\.0000(\d)(\d*)$", r"\1\2.\3e-05")
        text = pc.replace_substring(text, ".e", "e")
        text = pc.replace_substring_regex(text, r"e-(\d)$", r"e-0\1")
    if values.itemsize == 4:
        return _with_exponent(text, magnitude)
    return _without_exponent(text, values)


def _with_exponent(text: pa.Array, magnitude: np.ndarray) -> pa.Array:
    """float4 from a million up has an exponent in PostgreSQL, from 1e10 up in Arrow."""
    for exponent in range(6, 10):
        if ((magnitude >= 10.0**exponent) & (magnitude < 10.0 ** (exponent + 1))).any():
            plain = rf"^(-?)(\d)(\d{{{exponent}}})(?:\.(\d+))?$"
            text = pc.replace_substring_regex(text, plain, rf"\1\2.\3\4e+0{exponent}")
            text = pc.replace_substring_regex(text, r"\.?0*e", "e")
    return text


def _without_exponent(text: pa.Array, values: np.ndarray) -> pa.Array:
    """float8 from 1e10 up to 1e15 is plain digits in PostgreSQL; whole numbers, mostly times, are the common case."""
    between = (np.abs(values) >= _ARROW_LARGEST_PLAIN) & (np.abs(values) < _LARGEST_PLAIN[8])
    whole = between & (np.trunc(values) == values)
    if whole.any():
        integers = pa.array(values[whole].astype(np.int64)).cast(pa.string())
        text = pc.replace_with_mask(text, pa.array(whole), integers)
    for exponent in range(10, 15):
        broken = between & ~whole & (np.abs(values) >= 10.0**exponent) & (np.abs(values) < 10.0 ** (exponent + 1))
        if broken.any():
            mask = pa.array(broken)
            scientific = rf"^(-?\d)\.(\d{{{exponent}}})(\d*)e\+{exponent}$"
            plain = pc.replace_substring_regex(text.filter(mask), scientific, r"\1\2.\3")
            text = pc.replace_with_mask(text, mask, plain)
    return text


def numeric_text(array: pa.Array) -> pa.Array:
    """A decimal with exactly as many digits behind the point as its type has."""
    scale = array.type.scale
    narrow = unscaled_int64(array) if scale <= _WIDE_SCALE else None
    if narrow is None:
        return _wide_text(array, scale)
    if scale == 0:
        return with_nulls_of(array, as_binary(pa.array(narrow).cast(pa.string())))
    magnitude = np.abs(narrow).view(np.uint64)
    whole = magnitude // np.uint64(10**scale)
    # With a leading one every fraction has the same width; the one makes place for the point.
    fraction = pa.array(magnitude - whole * np.uint64(10**scale) + np.uint64(10**scale)).cast(pa.string())
    points = data_of(fraction).copy()
    points[:: scale + 1] = ord(".")
    parts = [as_binary(pa.array(whole).cast(pa.string())), from_lengths(np.full(len(narrow), scale + 1), points)]
    return with_nulls_of(array, _signed(narrow < 0, parts))


def _wide_text(array: pa.Array, scale: int) -> pa.Array:
    kind = pa.decimal128(38, 0) if pa.types.is_decimal128(array.type) else pa.decimal256(76, 0)
    integers = pa.Array.from_buffers(kind, len(array), array.buffers(), array.null_count, array.offset)
    text = integers.cast(pa.string())
    if scale == 0:
        return as_binary(text)
    negative = pc.fill_null(pc.starts_with(text, "-"), fill_value=False).to_numpy(zero_copy_only=False)
    digits = pc.utf8_lpad(pc.ascii_ltrim(text, "-"), scale + 1, "0")
    whole = pc.utf8_slice_codeunits(digits, 0, -scale)
    fraction = pc.utf8_slice_codeunits(digits, -scale, None)
    return _signed(negative, [as_binary(whole), pa.scalar(b"."), as_binary(fraction)])


def _signed(negative: np.ndarray, parts: list[pa.Array | pa.Scalar]) -> pa.Array:
    if negative.any():
        signs = np.full(int(negative.sum()), ord("-"), np.uint8)
        parts = [from_lengths(negative, signs), *parts]
    return pc.binary_join_element_wise(*parts, _NOTHING)


def with_nulls_of(array: pa.Array, values: pa.Array) -> pa.Array:
    """The values, NULL wherever the array is."""
    if array.null_count == 0:
        return values
    return pa.Array.from_buffers(values.type, len(values), [validity(array), *values.buffers()[1:]])
