"""What a table shows of a list of things, and how people read sizes, times and numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def as_text(value: Any) -> str:
    """A cell of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def as_size(value: Any) -> str:
    if value is None:
        return ""
    size = float(value)
    for unit in _UNITS[:-1]:
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"


def as_count(value: Any) -> str:
    """With thin groups, as people read long numbers."""
    return "" if value is None else f"{value:,}"


def as_time(value: Any) -> str:
    """UTC to the second."""
    if not value:
        return ""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def as_names(value: Any) -> str:
    return ", ".join(str(item) for item in value or ())


@dataclass(frozen=True)
class Column:
    """One column: `field` names the value in the data, which CSV shows as it is; `show` makes the text of a table."""

    field: str
    title: str = ""
    show: Callable[[Any], str] = as_text
    right: bool = False

    @property
    def heading(self) -> str:
        return self.title or self.field


def size(field: str = "size_bytes", title: str = "size") -> Column:
    return Column(field, title, show=as_size, right=True)


def count(field: str, title: str = "") -> Column:
    return Column(field, title, show=as_count, right=True)


def time(field: str, title: str = "") -> Column:
    return Column(field, title, show=as_time)
