"""Dates and times of parameters, from text and from binary, as text that the engine reads without doubt."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workspaces.pgwire.values.errors import DATETIME_OVERFLOW, INVALID_DATETIME, INVALID_ZONE, WireValueError

DAY_MICROSECONDS = 86_400_000_000
#: 2000-01-01 as days since 1970-01-01.
EPOCH_DAYS = 10_957
_FIRST_DAY, _LAST_DAY = -2_440_588, 2_145_042_905
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d*))?)?\s*(?P<half>[AaPp][Mm])?"
_ZONE = r"(?P<zone>[Zz]|[+-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?|[A-Za-z][A-Za-z0-9_+/-]*)"
_DATE = (
    r"(?:(?P<year>\d{4,7})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<short_year>\d{4})(?P<short_month>\d{2})(?P<short_day>\d{2})"
    r"|(?P<us_month>\d{1,2})/(?P<us_day>\d{1,2})/(?P<us_year>\d{4,7}))"
)
_ERA = r"(?P<era>BC|AD|bc|ad)"
#: pgjdbc writes a date of its own calendar so: 2024-02-29 +00.
_DAY_ZONE = r"\s*(?P<day_zone>[Zz]|[+-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?)"
_MOMENT = re.compile(
    rf"\s*{_DATE}(?:(?:\s*[Tt]\s*|\s+){_TIME}\s*(?:(?!BC|AD|bc|ad){_ZONE})?|{_DAY_ZONE})?\s*{_ERA}?\s*"
)
_CLOCK = re.compile(rf"\s*(?:{_DATE}[Tt ]\s*)?{_TIME}\s*{_ZONE}?\s*")
_ENDLESS = {"infinity": "infinity", "+infinity": "infinity", "-infinity": "-infinity"}


def moment_text(text: str, *, name: str) -> str:
    """A date, timestamp or timestamptz (by its SQL `name`) in the engine's spelling.

    A zone in the text shifts a timestamptz to UTC and is ignored by the others, as in PostgreSQL; a timestamptz without
    one is left without, for the session's own. Raises WireValueError 22007, 22008, or 22023 for an unknown zone.
    """
    word = text.strip().lower()
    if word in _ENDLESS:
        return _ENDLESS[word]
    if word == "epoch":
        return _written(0, 0, name=name)
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise WireValueError(INVALID_DATETIME, f'invalid input syntax for type {name}: "{text}"')
    days = _days(match, text)
    microseconds = 0 if match["hour"] is None else _microseconds(match, text)
    zone = match["zone"] or match["day_zone"]
    if name != "timestamp with time zone" or zone is None:
        return _written(days, microseconds, name=name, is_utc=False)
    offset = zone_seconds(zone, days=days, microseconds=microseconds)
    return _written(days, microseconds - offset * 1_000_000, name=name)


def _written(days: int, microseconds: int, *, name: str, is_utc: bool = True) -> str:
    if name == "date":
        return date_from_days(days)
    return timestamp_from_parts(days, microseconds) + ("+00" if is_utc and name == "timestamp with time zone" else "")


def time_text(text: str, *, name: str) -> str:
    """A time, or with its zone a timetz, in the engine's spelling. Raises WireValueError 22007 or 22008."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise WireValueError(INVALID_DATETIME, f'invalid input syntax for type {name}: "{text}"')
    clock = clock_text(_microseconds(match, text))
    if name == "time without time zone":
        return clock
    return clock + offset_text(zone_seconds(match["zone"]) if match["zone"] else 0)


def _days(match: re.Match[str], text: str) -> int:
    groups = match.groupdict()
    prefix = next(each for each in ("", "short_", "us_") if groups[f"{each}year"] is not None)
    year, month, day = (int(groups[prefix + part]) for part in ("year", "month", "day"))
    is_before = (groups["era"] or "").upper() == "BC"
    if year == 0 or not 1 <= month <= 12:
        raise _beyond(text)
    year = 1 - year if is_before else year
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= (28 if month == 2 and not is_leap else _MONTH_DAYS[month - 1]):
        raise _beyond(text)
    days = days_of(year, month, day)
    if not _FIRST_DAY <= days <= _LAST_DAY:
        raise _beyond(text)
    return days


def _microseconds(match: re.Match[str], text: str) -> int:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise _beyond(text)
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    fraction = (match["fraction"] or "")[:18]
    micros = round(int(fraction or 0) * 1_000_000 / 10 ** len(fraction))
    total = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
    if minute > 59 or second > 60 or total > DAY_MICROSECONDS:
        raise _beyond(text)
    return total


def zone_seconds(zone: str, *, days: int | None = None, microseconds: int = 0) -> int:
    """Seconds east of UTC of `Z`, `+05:30` or a zone's name at a local time. Raises WireValueError 22023."""
    if zone in ("Z", "z"):
        return 0
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        digits = digits.zfill(2) if len(digits) <= 2 else digits.zfill(len(digits) + len(digits) % 2)
        hours, minutes, seconds = (int(digits[at : at + 2] or 0) for at in (0, 2, 4))
        if hours > 15 or minutes > 59 or seconds > 59:
            raise WireValueError(DATETIME_OVERFLOW, f'time zone displacement out of range: "{zone}"')
        return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60 + seconds)
    # Python's calendar has the years 1 to 9999; a zone's rules do not change outside of them.
    local = datetime(1970, 1, 1) + timedelta(days=min(max(days or 0, -719_162), 2_932_895), microseconds=microseconds)
    try:
        offset = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WireValueError(INVALID_ZONE, f'time zone "{zone}" not recognized') from error
    return int(offset.total_seconds()) if offset is not None else 0


def _beyond(text: str) -> WireValueError:
    return WireValueError(DATETIME_OVERFLOW, f'date/time field value out of range: "{text}"')


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date in the Gregorian calendar of all times; year 0 is 1 BC."""
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def date_from_days(days: int) -> str:
    """A date as the engine reads it, with `(BC)` behind years before Christ."""
    if not _FIRST_DAY <= days <= _LAST_DAY:
        raise WireValueError(DATETIME_OVERFLOW, "date out of range")
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    month = march_month + 3 if march_month < 10 else march_month - 9
    year = year_of_era + era * 400 + (month <= 2)
    day = day_of_year - (153 * march_month + 2) // 5 + 1
    return f"{year:04d}-{month:02d}-{day:02d}" if year > 0 else f"{1 - year:04d}-{month:02d}-{day:02d} (BC)"


def timestamp_from_parts(days: int, microseconds: int) -> str:
    """A timestamp as the engine reads it; microseconds may reach into other days."""
    carry, microseconds = divmod(microseconds, DAY_MICROSECONDS)
    return f"{date_from_days(days + carry)} {clock_text(microseconds)}"


def clock_text(microseconds: int) -> str:
    """`HH:MM:SS.ffffff`."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"


def offset_text(seconds: int) -> str:
    """`+HH:MM:SS` for seconds east of UTC."""
    rest = abs(seconds)
    return f"{'-' if seconds < 0 else '+'}{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
