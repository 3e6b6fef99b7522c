"""The binary form of numbers, dates and times, as matrices of bytes or, where widths differ, as binary arrays."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa

from workspaces.pgwire.values.arrow_bytes import (
    big_endian,
    from_lengths,
    integers,
    raw_values,
    valid_mask,
    validity,
)
from workspaces.pgwire.values.clock import (
    DAY_MICROSECONDS,
    TIMETZ_OFFSET_BITS,
    days_and_microseconds,
    infinite,
    timetz_offsets,
)
from workspaces.pgwire.values.errors import DATETIME_OVERFLOW, WireValueError
from workspaces.pgwire.values.numeric_limbs import digit_groups
from workspaces.pgwire.values.text_intervals import interval_parts

#: Days from 1970-01-01 to 2000-01-01, where PostgreSQL's calendar begins.
_EPOCH_DAYS = 10_957
_NUMPY_TYPES = {"float": "<f4", "double": "<f8"}
#: The days of timestamps that PostgreSQL knows: 4714-11-24 BC to 294276-12-31.
_TIMESTAMP_DAYS = (-2_440_588, 106_762_939)
_LAST_DATE = 2_145_042_905


def number_bytes(array: pa.Array, dtype: str) -> np.ndarray:
    """Integers and floats in network order, `dtype` as NumPy spells it (`>i4`); narrower ones are widened."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    kind = array.type
    source = _NUMPY_TYPES.get(str(kind)) or f"<{'u' if str(kind).startswith('u') else 'i'}{kind.bit_width // 8}"
    return big_endian(raw_values(array, source), dtype)


def date_bytes(array: pa.Array) -> np.ndarray:
    """Days since 2000 as int32. Raises WireValueError (22008) for a date beyond PostgreSQL's calendar."""
    days = integers(array).astype(np.int64)
    endless = infinite(integers(array))
    _check_range(array, (days < _TIMESTAMP_DAYS[0]) | (days > _LAST_DATE), endless, "date")
    shifted = np.where(endless == 0, days - _EPOCH_DAYS, np.where(endless > 0, 2**31 - 1, -(2**31)))
    return big_endian(shifted, ">i4")


def timestamp_bytes(array: pa.Array) -> np.ndarray:
    """Microseconds since 2000 as int64. Raises WireValueError (22008) beyond PostgreSQL's calendar."""
    endless = infinite(integers(array))
    days, microseconds = days_and_microseconds(array)
    _check_range(array, (days < _TIMESTAMP_DAYS[0]) | (days > _TIMESTAMP_DAYS[1]), endless, "timestamp")
    moments = (days - _EPOCH_DAYS) * DAY_MICROSECONDS + microseconds
    if endless.any():
        limits = np.where(endless > 0, np.iinfo(np.int64).max, np.iinfo(np.int64).min)
        moments = np.where(endless == 0, moments, limits)
    return big_endian(moments, ">i8")


def _check_range(array: pa.Array, beyond: np.ndarray, endless: np.ndarray, kind: str) -> None:
    if not beyond.any():
        return
    wrong = beyond & (endless == 0)
    if (wrong & valid_mask(array)).any():
        raise WireValueError(DATETIME_OVERFLOW, f"{kind} out of range")


def time_bytes(array: pa.Array) -> np.ndarray:
    """Microseconds of the day as int64."""
    values = integers(array).astype(np.int64)
    return big_endian(values // 1000 if array.type == pa.time64("ns") else values, ">i8")


def timetz_bytes(array: pa.Array) -> np.ndarray:
    """Microseconds of the day as int64, then seconds west of UTC as int32."""
    packed = raw_values(array, "<u8")
    whole = np.empty((len(array), 12), np.uint8)
    whole[:, :8] = big_endian(packed >> TIMETZ_OFFSET_BITS, ">i8")
    whole[:, 8:] = big_endian(-timetz_offsets(packed), ">i4")
    return whole


def interval_bytes(array: pa.Array) -> np.ndarray:
    """Microseconds as int64, days and months as int32."""
    months, days, microseconds = interval_parts(array)
    whole = np.empty((len(array), 16), np.uint8)
    whole[:, :8] = big_endian(microseconds, ">i8")
    whole[:, 8:12] = big_endian(days, ">i4")
    whole[:, 12:] = big_endian(months, ">i4")
    return whole


def numeric_binary(array: pa.Array) -> pa.Array:
    """int16 number of digits, weight, sign and scale, then the base-10000 digits without zeros at either end."""
    if pa.types.is_string(array.type):
        return pa.array([None if text is None else _numeric(Decimal(text)) for text in array.to_pylist()], pa.binary())
    scale = array.type.scale if pa.types.is_decimal(array.type) else 0
    if pa.types.is_integer(array.type) and not pa.types.is_uint64(array.type):
        array = array.cast(pa.decimal128(38, 0))
    groups, whole_groups, negative = digit_groups(array, scale)
    count = groups.shape[1]
    filled = groups != 0
    any_digit = filled.any(axis=1)
    first = filled.argmax(axis=1)
    last = count - 1 - filled[:, ::-1].argmax(axis=1)
    fields = np.empty((len(groups), 4 + count), ">i2")
    fields[:, 0] = np.where(any_digit, last - first + 1, 0)
    fields[:, 1] = np.where(any_digit, whole_groups - 1 - first, 0)
    fields[:, 2] = np.where(negative, 0x4000, 0)
    fields[:, 3] = scale
    fields[:, 4:] = groups
    places = np.arange(count)
    kept = np.ones((len(groups), 4 + count), bool)
    kept[:, 4:] = (places >= first[:, None]) & (places <= last[:, None]) & any_digit[:, None]
    data = np.compress(kept.reshape(-1), fields.reshape(-1)).view(np.uint8)
    return from_lengths(2 * (4 + fields[:, 0].astype(np.int32)), data, validity(array))


def _numeric(number: Decimal) -> bytes:
    """One number of any length, for the few that exceed what columns hold."""
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits))
    text = text.zfill(-(-len(text) // 4) * 4)
    groups = [int(text[start : start + 4]) for start in range(0, len(text), 4)]
    weight = len(groups) - 1 if any(groups) else 0
    while groups and groups[-1] == 0:
        groups.pop()
    header = np.array([len(groups), weight, 0x4000 if sign else 0, 0, *groups], ">i2")
    return header.tobytes()
