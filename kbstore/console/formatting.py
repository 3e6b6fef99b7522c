"""Numbers, sizes, times and names for people; pure."""

from __future__ import annotations

import datetime
import json
from typing import Any

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_NAMES = {
    "table_change": "Change",
    "table_import": "Import",
    "table_row_import": "Import",
    "table_copy_rows": "Import from table",
    "table_clone": "Clone",
    "workspace_unload": "Unload workspace",
    "workspace_clone": "Clone from workspace",
    "workspace_fill": "Load into workspace",
    "workspace_view": "Make view",
    "table_load": "Load",
    "table_export": "Export",
    "branch_compare": "Compare with main",
    "branch_delete": "Delete branch",
}


def size(number: int | None) -> str:
    """Bytes with a decimal unit: 1.2 MB."""
    if number is None:
        return "–"
    value, unit = float(number), 0
    # 999.95 of a unit would be shown as 1000.0 of it.
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{number} B"


def count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def amount(number: int, noun: str) -> str:
    """1 table, 2 tables."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if seconds is None:
        return "–"
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(value: datetime.datetime) -> str:
    return f"{value.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"


def job_name(job_type: str) -> str:
    return _NAMES.get(job_type) or phrase(job_type)


def phrase(identifier: str) -> str:
    """rows_exported: Rows exported."""
    words = identifier.replace("_", " ").replace(".", " · ").capitalize()
    return words.replace("api key", "API key")


def facts_of(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """A JSON value as rows of a table: nested names joined by a dot, lists of plain values in one row."""
    if isinstance(value, dict):
        return [row for key, item in value.items() for row in facts_of(item, f"{prefix}.{key}" if prefix else key)]
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        return [row for at, item in enumerate(value, 1) for row in facts_of(item, f"{prefix}.{at}")]
    return [(phrase(prefix), _plain(value))]


def _plain(value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
