"""The audit log as CSV, for those who keep or count it elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from storage.models import Event

_COLUMNS = ("timestamp", "operation", "status", "project_id", "branch_id", "resource_type", "resource_id", "actor")
_COLUMNS += ("client_address", "duration_ms", "rows", "bytes_in", "bytes_out", "error_code", "error_message")
_COLUMNS += ("job_id", "request_id", "external_run_id", "external_job_id", "details")
#: What a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv writes to: the line is its answer."""

    def write(self, text: str) -> str:
        return text


def lines(events: QuerySet[Event]) -> Iterator[str]:
    """The header and one line for each event, read little by little."""
    writer = csv.writer(_Line())
    yield writer.writerow(_COLUMNS)
    for values in events.values_list(*_COLUMNS).iterator(chunk_size=2000):
        yield writer.writerow([_cell(value) for value in values])


def _cell(value: Any) -> Any:
    """Text that somebody else wrote must not become a formula in whoever's spreadsheet."""
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
