"""A type for a column of text, from some of its values: one that they all convert to without loss."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection

#: Numbers with leading zeros are codes, and more digits than these do not fit.
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d{0,17})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d{1,6})?")
_WITH_ZONE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d{1,6})?(?:Z|[+-]\d{2}(?::?\d{2})?)")
TEXT = "VARCHAR"


def guess_type(values: Collection[str]) -> str:
    """The narrowest type that takes every value; VARCHAR for none at all. Give it no empty ones."""
    if not values:
        return TEXT
    return next((name for name, fits in _TYPES if all(map(fits, values))), TEXT)


def is_plain_text(value: str) -> bool:
    """Whether it is no number, date or truth value: what a name of a column looks like."""
    return guess_type([value]) == TEXT and not value.replace(".", "").replace(",", "").isdigit()


def _is_boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_moment(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        found = pattern.fullmatch(value)
        return found is not None and _is_day(found[1]) and _is_time(found[2])

    return fits


_TYPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("BOOLEAN", _is_boolean),
    ("BIGINT", lambda value: _INTEGER.fullmatch(value) is not None),
    ("DOUBLE", lambda value: _NUMBER.fullmatch(value) is not None),
    ("DATE", lambda value: _DATE.fullmatch(value) is not None and _is_day(value)),
    ("TIMESTAMP", _is_moment(_TIMESTAMP)),
    ("TIMESTAMP WITH TIME ZONE", _is_moment(_WITH_ZONE)),
)
