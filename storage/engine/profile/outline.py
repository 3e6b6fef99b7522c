"""The outline of a table: of each column how many values there are, and their size, all exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from storage.engine.profile.columns import ProfiledColumn
from storage.engine.profile.scan import Measure, Scan

# As for the facts of a profile: exact distinct counts and medians hold all values of a column.
_VALUES_AT_ONCE, _COLUMNS_AT_ONCE = 16_000_000, 32


def outline(scan: Scan, columns: Sequence[ProfiledColumn], *, row_count: int) -> list[dict[str, Any]]:
    """Name and profile of each column, the latter with the members of the driver's column profile in their order.

    A number that cannot be told, as that of a column without values or of one with NaN, is left out.
    """
    size = max(1, min(_COLUMNS_AT_ONCE, _VALUES_AT_ONCE // max(row_count, 1)))
    found: list[dict[str, Any]] = []
    for batch in scan.batches(columns, size):
        measures = {
            (column.position, key): Measure(aggregate)
            for column in batch
            for key, aggregate in _aggregates(column).items()
        }
        values = scan.measure(measures, terms={f"c{column.position}": column.sql for column in batch})
        found += [
            {
                "name": column.name,
                "profile": _column(
                    {key: value for (at, key), value in values.items() if at == column.position}, row_count
                ),
            }
            for column in batch
        ]
    return found


def _aggregates(column: ProfiledColumn) -> dict[str, str]:
    name = f"c{column.position}"
    wanted = {"count": f"count({name})", "distinct": f"count(DISTINCT {name})"}
    if column.is_numeric:
        wanted |= {
            "avg": f"avg({name})",
            "median": f"median(CAST({name} AS DOUBLE))",
            "min": f"min({name})",
            "max": f"max({name})",
        }
    if column.is_text:
        wanted |= {f"{part}_length": f"{part}(length({name}))" for part in ("avg", "min", "max")}
    return wanted


def _column(values: Mapping[str, Any], row_count: int) -> dict[str, Any]:
    count, distinct = values["count"], values["distinct"]
    told: dict[str, Any] = {
        "distinctCount": distinct,
        "duplicateCount": count - distinct,
        "nullCount": row_count - count,
    }
    numbers = _known({key: values.get(key) for key in ("avg", "median", "min", "max")}, digits=6)
    lengths = _known({key: values.get(f"{key}_length") for key in ("avg", "min", "max")}, digits=4)
    if numbers:
        told["numericStatistics"] = numbers
    if lengths:
        told["length"] = lengths
    return told


def _known(values: Mapping[str, Any], *, digits: int) -> dict[str, int | float]:
    """The numbers that there are; an average is rounded to so many digits."""
    plain = {key: _plain(value, digits if key == "avg" else None) for key, value in values.items()}
    return {key: value for key, value in plain.items() if value is not None}


def _plain(value: int | float | Decimal | None, digits: int | None) -> int | float | None:
    """A number as JSON has it, whole ones without decimals; None for none and for what JSON has no number for."""
    if value is None or isinstance(value, int):
        return value
    number = float(value)
    if not math.isfinite(number):
        return None
    rounded = number if digits is None else round(number, digits)
    return int(rounded) if rounded.is_integer() else rounded
