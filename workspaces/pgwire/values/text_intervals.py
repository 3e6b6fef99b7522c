"""The text form of intervals in PostgreSQL's own style and in that of ISO 8601."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import as_binary, raw_values, validity

_NOTHING = pa.scalar("")
_LAYOUT = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])
_SECOND, _MINUTE, _HOUR = 1_000_000, 60_000_000, 3_600_000_000


def interval_parts(array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Months, days and microseconds as int64."""
    parts = raw_values(array, "V16").view(_LAYOUT)
    microseconds = parts["nanoseconds"] // 1000
    return parts["months"].astype(np.int64), parts["days"].astype(np.int64), microseconds


def interval_text(array: pa.Array, *, style: str = "postgres") -> pa.Array:
    """`1 year 2 mons 3 days 04:05:06.789`, or `P1Y2M3DT4H5M6.789S` for the style iso_8601."""
    parts = interval_parts(array)
    text = _STYLES.get(style, _postgres)(*parts)
    if array.null_count == 0:
        return as_binary(text)
    return as_binary(pa.Array.from_buffers(pa.string(), len(text), [validity(array), *text.buffers()[1:]]))


def _postgres(months: np.ndarray, days: np.ndarray, microseconds: np.ndarray) -> pa.Array:
    years = _quotient(months, 12)
    units = [("year", years), ("mon", months - years * 12), ("day", days)]
    pieces: list[pa.Array] = []
    # PostgreSQL writes a plus before a positive part that follows a negative one.
    after_negative = np.zeros(len(months), bool)
    is_first = np.ones(len(months), bool)
    for unit, numbers in units:
        present = numbers != 0
        pieces += [
            _chosen(present & ~is_first, " "),
            _chosen(after_negative & (numbers > 0), "+"),
            _digits(numbers, present),
            _chosen(present, f" {unit}"),
            _chosen(present & (numbers != 1), "s"),
        ]
        after_negative = np.where(present, numbers < 0, after_negative)
        is_first &= ~present
    timed = is_first | (microseconds != 0)
    pieces.append(_chosen(timed & ~is_first, " "))
    pieces.append(_chosen(microseconds < 0, "-"))
    pieces.append(_chosen(timed & after_negative & (microseconds >= 0), "+"))
    pieces.append(pc.if_else(pa.array(timed), _clock(np.abs(microseconds)), ""))
    return pc.binary_join_element_wise(*pieces, _NOTHING)


def _clock(microseconds: np.ndarray) -> pa.Array:
    """`HH:MM:SS[.ffffff]`; hours go on beyond a day."""
    hours = microseconds // _HOUR
    rest = microseconds - hours * _HOUR
    below = pa.array(rest).cast(pa.time64("us")).cast(pa.string())
    trimmed = pc.ascii_rtrim(pc.ascii_rtrim(pc.utf8_slice_codeunits(below, 2), "0"), ".")
    return pc.binary_join_element_wise(pc.utf8_lpad(pa.array(hours).cast(pa.string()), 2, "0"), trimmed, _NOTHING)


def _iso_8601(months: np.ndarray, days: np.ndarray, microseconds: np.ndarray) -> pa.Array:
    years = _quotient(months, 12)
    hours = _quotient(microseconds, _HOUR)
    minutes = _quotient(microseconds - hours * _HOUR, _MINUTE)
    rest = microseconds - hours * _HOUR - minutes * _MINUTE
    empty = (months == 0) & (days == 0) & (microseconds == 0)
    pieces: list[pa.Array | pa.Scalar] = [pa.scalar("P")]
    for unit, numbers in (("Y", years), ("M", months - years * 12), ("D", days)):
        pieces += [_digits(numbers, numbers != 0), _chosen(numbers != 0, unit)]
    pieces.append(_chosen(microseconds != 0, "T"))
    for unit, numbers in (("H", hours), ("M", minutes)):
        pieces += [_digits(numbers, numbers != 0), _chosen(numbers != 0, unit)]
    whole = _quotient(rest, _SECOND)
    fraction = np.abs(rest - whole * _SECOND) + _SECOND
    digits = pc.ascii_rtrim(pc.utf8_slice_codeunits(pa.array(fraction).cast(pa.string()), 1), "0")
    pieces += [
        _chosen(rest < 0, "-"),
        _digits(np.abs(whole), rest != 0),
        _chosen(fraction != _SECOND, "."),
        pc.if_else(pa.array(rest != 0), digits, ""),
        _chosen(rest != 0, "S"),
        _chosen(empty, "T0S"),
    ]
    return pc.binary_join_element_wise(*pieces, _NOTHING)


def _quotient(numbers: np.ndarray, divisor: int) -> np.ndarray:
    """Division towards zero, as in C."""
    return np.sign(numbers) * (np.abs(numbers) // divisor)


def _chosen(mask: np.ndarray, text: str) -> pa.Array:
    return pc.if_else(pa.array(mask), text, "")


def _digits(numbers: np.ndarray, present: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(present), pa.array(numbers).cast(pa.string()), "")


_STYLES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], pa.Array]] = {
    "postgres": _postgres,
    "iso_8601": _iso_8601,
}
