"""The text form of dates, times and timestamps (ISO style), whole columns at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import as_binary, integers, raw_values, validity
from workspaces.pgwire.values.clock import (
    DAY_MICROSECONDS,
    TIMETZ_OFFSET_BITS,
    civil,
    days_and_microseconds,
    infinite,
    timetz_offsets,
    zone_offsets,
)

_NOTHING = pa.scalar("")
#: Days of 0001-01-01 and 9999-12-31: what Arrow prints as PostgreSQL does.
_FIRST_PLAIN_DAY, _LAST_PLAIN_DAY = -719162, 2932896


def date_text(array: pa.Array) -> pa.Array:
    """`YYYY-MM-DD`, longer years unpadded, ` BC` behind years before Christ, `infinity` and `-infinity`."""
    days = integers(array).astype(np.int64)
    if _is_plain(array, days):
        return as_binary(array.cast(pa.string()))
    odd = (days < _FIRST_PLAIN_DAY) | (days > _LAST_PLAIN_DAY)
    plain = _with_values(array, np.where(odd, 0, days).astype(np.int32), array.type).cast(pa.string())
    far = days[odd]
    dates, eras = _far_dates(far)
    text = pc.binary_join_element_wise(dates, eras, _NOTHING)
    return as_binary(_placed(array, plain, odd, _named(text, infinite(integers(array))[odd])))


def time_text(array: pa.Array) -> pa.Array:
    """`HH:MM:SS[.ffffff]`; the end of the day is `24:00:00`."""
    return as_binary(_time_of_day(array, _microseconds(array)))


def timetz_text(array: pa.Array) -> pa.Array:
    """The time with its own offset behind it; of DuckDB's packed eight bytes."""
    packed = raw_values(array, "<u8")
    times = _time_of_day(array, (packed >> TIMETZ_OFFSET_BITS).astype(np.int64))
    return as_binary(pc.binary_join_element_wise(times, offset_text(timetz_offsets(packed)), _NOTHING))


def timestamp_text(array: pa.Array, *, zone: str | None = None) -> pa.Array:
    """`YYYY-MM-DD HH:MM:SS[.ffffff]`; with a zone the local time there and its offset behind."""
    days, microseconds = days_and_microseconds(array)
    offsets = None
    if zone is not None:
        offsets = zone_offsets(days, microseconds, zone)
        days, microseconds = _shifted(days, microseconds, offsets)
    endless = infinite(integers(array))
    tail = _NOTHING if offsets is None else offset_text(offsets)
    if not endless.any() and _is_plain(array, days):
        return as_binary(_with_tail(_plain_timestamps(array, days, microseconds), tail))
    odd = (days < _FIRST_PLAIN_DAY) | (days > _LAST_PLAIN_DAY) | (endless != 0)
    plain = _with_tail(_plain_timestamps(array, np.where(odd, 0, days), microseconds), tail)
    mask = pa.array(odd)
    far_tail = tail if isinstance(tail, pa.Scalar) else tail.filter(mask)
    dates, eras = _far_dates(days[odd])
    times = _time_of_day(None, microseconds[odd])
    text = pc.binary_join_element_wise(dates, pa.scalar(" "), times, far_tail, eras, _NOTHING)
    return as_binary(_placed(array, plain, odd, _named(text, endless[odd])))


def offset_text(seconds: np.ndarray) -> pa.Array | pa.Scalar:
    """`+HH[:MM[:SS]]` for seconds east of UTC; one scalar where all rows have the same."""
    if len(seconds) and (seconds == seconds[0]).all():
        return pa.scalar(_offset(int(seconds[0])))
    distinct, positions = np.unique(seconds, return_inverse=True)
    names = pa.array([_offset(int(each)) for each in distinct], pa.string())
    return names.take(pa.array(positions))


def _offset(seconds: int) -> str:
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{sign}{hours:02d}"
    if minutes or rest:
        text += f":{minutes:02d}"
    return text + f":{rest:02d}" if rest else text


def _is_plain(array: pa.Array, days: np.ndarray) -> bool:
    if array.null_count == 0:
        return len(days) == 0 or bool(days.min() >= _FIRST_PLAIN_DAY and days.max() <= _LAST_PLAIN_DAY)
    # What lies under NULLs is arbitrary, so the slow path may be taken for nothing; the answer stays right.
    return bool(((days >= _FIRST_PLAIN_DAY) & (days <= _LAST_PLAIN_DAY)).all())


def _plain_timestamps(array: pa.Array, days: np.ndarray, microseconds: np.ndarray) -> pa.Array:
    whole_seconds = not (microseconds % 1_000_000).any()
    if whole_seconds:
        seconds = days * 86_400 + microseconds // 1_000_000
        return _with_values(array, seconds, pa.timestamp("s")).cast(pa.string())
    total = days * DAY_MICROSECONDS + microseconds
    return _trimmed(_with_values(array, total, pa.timestamp("us")).cast(pa.string()))


def _time_of_day(array: pa.Array | None, microseconds: np.ndarray) -> pa.Array:
    ends = microseconds == DAY_MICROSECONDS
    inside = np.where(ends, 0, microseconds) if ends.any() else microseconds
    if array is not None and array.null_count:
        inside = inside % DAY_MICROSECONDS  # what lies under NULLs is arbitrary
    if not (inside % 1_000_000).any():
        text = _with_values(array, (inside // 1_000_000).astype(np.int32), pa.time32("s")).cast(pa.string())
    else:
        text = _trimmed(_with_values(array, inside, pa.time64("us")).cast(pa.string()))
    if not ends.any():
        return text
    return pc.if_else(pa.array(ends), pc.replace_substring_regex(text, "^.*$", "24:00:00"), text)


def _microseconds(array: pa.Array) -> np.ndarray:
    values = integers(array).astype(np.int64)
    return values // 1000 if array.type == pa.time64("ns") else values


def _shifted(days: np.ndarray, microseconds: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    local = microseconds + offsets * 1_000_000
    carry = local // DAY_MICROSECONDS
    return days + carry, local - carry * DAY_MICROSECONDS


def _trimmed(text: pa.Array) -> pa.Array:
    """Without the zeros that end a fraction of a second, and without its point when nothing is left."""
    return pc.ascii_rtrim(pc.ascii_rtrim(text, "0"), ".")


def _with_tail(text: pa.Array, tail: pa.Array | pa.Scalar) -> pa.Array:
    return text if tail is _NOTHING else pc.binary_join_element_wise(text, tail, _NOTHING)


def _far_dates(days: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Dates of any year, and ` BC` or nothing for each; there is no year zero."""
    years, months, month_days = civil(days)
    before = years <= 0
    padded = pc.utf8_lpad(pa.array(np.where(before, 1 - years, years)).cast(pa.string()), 4, "0")
    dash = pa.scalar("-")
    dates = pc.binary_join_element_wise(padded, _two_digits(months), _two_digits(month_days), dash)
    return dates, pc.if_else(pa.array(before), " BC", "")


def _two_digits(numbers: np.ndarray) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 2, "0")


def _named(text: pa.Array, endless: np.ndarray) -> pa.Array:
    """The text, with a word in place of the two infinities."""
    if not endless.any():
        return text
    text = pc.if_else(pa.array(endless > 0), "infinity", text)
    return pc.if_else(pa.array(endless < 0), "-infinity", text)


def _placed(array: pa.Array, plain: pa.Array, odd: np.ndarray, text: pa.Array) -> pa.Array:
    placed = pc.replace_with_mask(plain, pa.array(odd), text)
    if array.null_count == 0:
        return placed
    return pc.if_else(array.is_valid(), placed, pa.scalar(None, pa.string()))


def _with_values(array: pa.Array | None, values: np.ndarray, kind: pa.DataType) -> pa.Array:
    nulls = None if array is None else validity(array)
    return pa.Array.from_buffers(kind, len(values), [nulls, pa.py_buffer(np.ascontiguousarray(values))])
