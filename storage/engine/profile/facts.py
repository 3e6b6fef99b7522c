"""The first pass over a table: what can be known of a column without knowing anything before."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from storage.engine.profile.columns import ProfiledColumn
from storage.engine.profile.patterns import pattern_measures
from storage.engine.profile.scan import Measure, Scan

QUANTILES = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}
# All minima and maxima of a profile together, and one of them at least, have about so many characters.
_MOST_TEXT, _LEAST_TEXT = 4_000_000, 1_000
# Memory: exact quantiles hold all values of a column, exact distinct counts a table of them.
_VALUES_AT_ONCE, _COLUMNS_AT_ONCE = 16_000_000, 32
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass(frozen=True)
class Facts:
    """What the first pass says of a column. `minimum` and `maximum` are as in previews, `low` and `high` numbers.

    These two leave out NaN and infinities, which `is_finite` tells of; they are None without a finite value.
    """

    column: ProfiledColumn
    count: int
    distinct: int
    minimum: Any
    maximum: Any
    low: Fraction | None = None
    high: Fraction | None = None
    is_finite: bool = True
    quantiles: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    patterns: dict[str, int] = field(default_factory=dict)


def gather_facts(scan: Scan, columns: Sequence[ProfiledColumn], *, row_count: int, with_patterns: bool) -> list[Facts]:
    """The facts of each column, in as few passes as memory allows."""
    cut = max(_LEAST_TEXT, _MOST_TEXT // (2 * len(columns)))
    size = max(1, min(_COLUMNS_AT_ONCE, _VALUES_AT_ONCE // max(row_count, 1)))
    facts: list[Facts] = []
    for batch in scan.batches(columns, size):
        names = {f"c{column.position}": column.sql for column in batch}
        measures = {
            (column.position, key): measure
            for column in batch
            for key, measure in _measures(column, f"c{column.position}", cut, with_patterns).items()
        }
        values = scan.measure(measures, terms=names)
        facts += [
            _facts(column, {key: value for (position, key), value in values.items() if position == column.position})
            for column in batch
        ]
    return facts


def _measures(column: ProfiledColumn, name: str, cut: int, with_patterns: bool) -> dict[str, Measure]:
    measures = {
        "count": Measure(f"count({name})"),
        "distinct": Measure(f"count(DISTINCT {name})"),
        "min": Measure(f"min({name})", column.type, cut),
        "max": Measure(f"max({name})", column.type, cut),
    }
    if column.is_numeric:
        measures |= _number_measures(column, name)
    if column.is_text:
        measures |= _text_measures(name)
        if with_patterns:
            measures |= {f"pattern {key}": measure for key, measure in pattern_measures(name).items()}
    return measures


def _number_measures(column: ProfiledColumn, name: str) -> dict[str, Measure]:
    finite = f" FILTER (isfinite({name}))" if column.is_float else ""
    positions = ", ".join(map(str, QUANTILES.values()))
    measures = {
        "low": Measure(f"min({name}){finite}"),
        "high": Measure(f"max({name}){finite}"),
        "quantiles": Measure(f"quantile_cont({name}, [{positions}])", f"{column.quantile_type}[]"),
    }
    if column.is_float:
        measures["finite"] = Measure(f"count({name}){finite}")
    return measures


def _text_measures(name: str) -> dict[str, Measure]:
    return {
        "text avg_length": Measure(f"avg(length({name}))"),
        "text min_length": Measure(f"min(length({name}))"),
        "text max_length": Measure(f"max(length({name}))"),
        "text empty_count": Measure(f"count(*) FILTER ({name} = '')"),
        "text whitespace_only_count": Measure(f"count(*) FILTER ({_guarded_blank(name)})"),
    }


def _guarded_blank(name: str) -> str:
    # Trimming every text takes longer than all the rest that is said of it.
    return f"CASE WHEN starts_with({name}, ' ') THEN trim({name}, ' ') = '' ELSE false END"


def _facts(column: ProfiledColumn, values: Mapping[str, Any]) -> Facts:
    count = values["count"]
    quantiles = _decoded(values.get("quantiles"))
    return Facts(
        column=column,
        count=count,
        distinct=values["distinct"],
        minimum=_decoded(values["min"]),
        maximum=_decoded(values["max"]),
        low=_fraction(values.get("low")),
        high=_fraction(values.get("high")),
        is_finite=values.get("finite", count) == count,
        quantiles=dict(zip(QUANTILES, quantiles, strict=True)) if quantiles else {},
        texts=_with_prefix("text ", values) if count else {},
        patterns=_with_prefix("pattern ", values),
    )


def _with_prefix(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}


def _decoded(text: str | None) -> Any:
    """The value of a JSON text, with another mark for NUL characters, which the catalog cannot hold."""
    return None if text is None else json.loads(_NUL.sub(r"\1\\ufffd", text))


def _fraction(value: int | float | Decimal | None) -> Fraction | None:
    """Of a double its shortest decimal, which is what people see of it, and what edges of bins are compared with."""
    return None if value is None else Fraction(repr(value) if isinstance(value, float) else value)
