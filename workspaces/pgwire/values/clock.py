"""Arithmetic of the calendar on whole columns: days, microseconds, zones and the two infinities."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import integers

DAY_MICROSECONDS = 86_400_000_000
#: DuckDB packs a TIME WITH TIME ZONE as microseconds, then 24 bits of offset counted down from 15:59:59.
TIMETZ_OFFSET_BITS = np.uint64(24)
_TIMETZ_OFFSET_MASK = np.uint64((1 << 24) - 1)
_TIMETZ_LARGEST_OFFSET = 16 * 3600 - 1
_UNITS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
#: Years 1 to 9999: outside of them a zone's offset is that of the nearest of these days.
_ZONE_DAYS = (-719_162, 2_932_896)


def infinite(values: np.ndarray) -> np.ndarray:
    """1 for infinity, -1 for minus infinity, 0 for everything else: DuckDB keeps them as the largest number and its
    negative."""
    largest = np.iinfo(values.dtype).max
    return (values == largest).astype(np.int8) - (values == -largest).astype(np.int8)


def days_and_microseconds(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Timestamps of any unit as days since 1970 and microseconds of the day; nanoseconds are cut."""
    values = integers(array)
    per_second = _UNITS_PER_SECOND[array.type.unit]
    per_day = 86_400 * per_second
    days = values // per_day
    rest = values - days * per_day
    if per_second > 1_000_000:
        return days, rest // (per_second // 1_000_000)
    return days, rest * (1_000_000 // per_second)


def civil(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year (0 is 1 BC), month and day of month of days since 1970-01-01, in the Gregorian calendar of all times."""
    # Years that begin in March, so that the leap day is the last: eras of 400 years have 146097 days.
    shifted = days + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    month = np.where(march_month < 10, march_month + 3, march_month - 9)
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * march_month + 2) // 5 + 1


def timetz_offsets(packed: np.ndarray) -> np.ndarray:
    """Seconds east of UTC in DuckDB's packed times."""
    return _TIMETZ_LARGEST_OFFSET - (packed & _TIMETZ_OFFSET_MASK).astype(np.int64)


def zone_offsets(days: np.ndarray, microseconds: np.ndarray, zone: str) -> np.ndarray:
    """Seconds east of UTC in a zone at each instant. Raises ArrowInvalid for a zone that the system does not know."""
    if zone.upper() in _UTC_NAMES:
        return np.zeros(len(days), np.int64)
    seconds = np.clip(days, *_ZONE_DAYS) * 86_400 + microseconds // 1_000_000
    instants = pa.Array.from_buffers(pa.timestamp("s", zone), len(seconds), [None, pa.py_buffer(seconds)])
    return integers(pc.local_timestamp(instants)) - seconds


_UTC_NAMES = frozenset({"UTC", "ETC/UTC", "GMT", "ETC/GMT", "ZULU", "UCT", "+00:00", "Z"})
