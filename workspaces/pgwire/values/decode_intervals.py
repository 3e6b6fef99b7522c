"""Intervals of parameters: PostgreSQL's own spellings, those of the SQL standard and of ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from workspaces.pgwire.values.errors import DATETIME_OVERFLOW, INVALID_DATETIME, WireValueError

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_CLOCK = re.compile(r"([+-]?)(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?")
_YEAR_MONTH = re.compile(r"([+-]?)(\d+)-(\d{1,2})(?!\d)")
_PART = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)?")
_ISO = re.compile(rf"P((?:{_NUMBER}[YMWD])*)(?:T((?:{_NUMBER}[HMS])+))?")
_ISO_PART = re.compile(rf"({_NUMBER})([A-Z])")
#: What a unit is: so many months, days or microseconds.
_UNITS: dict[str, tuple[int, int, int]] = {
    name: size
    for size, names in (
        ((0, 0, 1), "us usec usecs usecond useconds microsecond microseconds microsecon"),
        ((0, 0, 1_000), "ms msec msecs msecond mseconds millisecond milliseconds millisecon"),
        ((0, 0, _SECOND), "s sec secs second seconds"),
        ((0, 0, 60 * _SECOND), "m min mins minute minutes"),
        ((0, 0, 3600 * _SECOND), "h hr hrs hour hours"),
        ((0, 1, 0), "d day days"),
        ((0, 7, 0), "w week weeks"),
        ((1, 0, 0), "mon mons month months"),
        ((3, 0, 0), "qtr quarter quarters"),
        ((12, 0, 0), "y yr yrs year years"),
        ((120, 0, 0), "dec decs decade decades"),
        ((1_200, 0, 0), "c cent century centuries"),
        ((12_000, 0, 0), "mil mils millennium millennia"),
    )
    for name in names.split()
}
_ISO_DATE_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_ISO_TIME_UNITS = {"H": "hour", "M": "minute", "S": "second"}


def interval_text(text: str) -> str:
    """An interval as the engine reads it. Raises WireValueError 22007 or 22008."""
    months, days, microseconds = _parse(text)
    return interval_from_parts(months, days, microseconds)


def interval_from_parts(months: int, days: int, microseconds: int) -> str:
    """Months, days and microseconds as the engine reads them. Raises WireValueError 22008 if one is too large."""
    if max(abs(months), abs(days)) >= 2**31 or abs(microseconds) >= 2**63:
        raise WireValueError(DATETIME_OVERFLOW, "interval out of range")
    return f"{months} months {days} days {microseconds} microseconds"


def _parse(text: str) -> tuple[int, int, int]:
    iso = _ISO.fullmatch(text.strip())
    if iso is not None and (iso[1] or iso[2]):
        parts = [(number, _ISO_DATE_UNITS[unit]) for number, unit in _ISO_PART.findall(iso[1] or "")]
        parts += [(number, _ISO_TIME_UNITS[unit]) for number, unit in _ISO_PART.findall(iso[2] or "")]
        return _whole(_sum(Fraction(number), unit) for number, unit in parts)
    return _verbose(text)


def _verbose(text: str) -> tuple[int, int, int]:
    rest = text.strip().lower().removeprefix("@").strip()
    is_ago = rest.endswith("ago")
    rest = rest.removesuffix("ago").strip()
    sizes: list[tuple[Fraction, Fraction, Fraction]] = []
    while rest:
        size, length = _next(rest, text)
        sizes.append(size)
        rest = rest[length:].lstrip(" \t,")
    if not sizes:
        raise _invalid(text)
    months, days, microseconds = _whole(sizes)
    return (-months, -days, -microseconds) if is_ago else (months, days, microseconds)


def _next(rest: str, text: str) -> tuple[tuple[Fraction, Fraction, Fraction], int]:
    clock = _CLOCK.match(rest)
    if clock is not None:
        seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + Fraction((clock[4] or "0").rstrip("."))
        signed = -seconds if clock[1] == "-" else seconds
        return (Fraction(0), Fraction(0), signed * _SECOND), clock.end()
    year_month = _YEAR_MONTH.match(rest)
    if year_month is not None:
        months = int(year_month[2]) * 12 + int(year_month[3])
        return (Fraction(-months if year_month[1] == "-" else months), Fraction(0), Fraction(0)), year_month.end()
    part = _PART.match(rest)
    if part is None:
        raise _invalid(text)
    # A number without unit is days before a time and seconds everywhere else.
    unit = part[2] or ("day" if _CLOCK.match(rest[part.end() :].lstrip()) else "second")
    if unit not in _UNITS:
        raise _invalid(text)
    return _sum(Fraction(part[1].rstrip(".")), unit), part.end()


def _sum(number: Fraction, unit: str) -> tuple[Fraction, Fraction, Fraction]:
    """What a number of units is; a fraction goes down to the next smaller field, a month having thirty days."""
    months, days, microseconds = (number * size for size in _UNITS[unit])
    whole_months = Fraction(int(months))
    days += (months - whole_months) * 30 if _UNITS[unit][0] else 0
    whole_days = Fraction(int(days))
    return whole_months, whole_days, microseconds + (days - whole_days) * _DAY


def _whole(sizes: Iterable[tuple[Fraction, Fraction, Fraction]]) -> tuple[int, int, int]:
    months, days, microseconds = (sum(column) for column in zip(*sizes, strict=True))
    return int(months), int(days), round(microseconds)


def _invalid(text: str) -> WireValueError:
    return WireValueError(INVALID_DATETIME, f'invalid input syntax for type interval: "{text}"')
