"""What the statistics of a table say about its quality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_MANY_NULLS_PERCENT = 50
_MANY_OUTLIERS_PERCENT = 5
_SKEWED = 2
_PENALTIES = {"high_nulls": 5, "outliers": 2}

Statistics = dict[str, Any]


def quality_issues(statistics: Sequence[Statistics], *, row_count: int, texts: frozenset[str]) -> list[dict[str, Any]]:
    """The issues of all columns in their order; `texts` names the columns of text."""
    return [
        {"column": column["column_name"], "type": kind, "severity": severity, "message": message}
        for column in statistics
        for kind, severity, message in _issues(column, row_count, is_text=column["column_name"] in texts)
    ]


def quality_score(issues: Sequence[dict[str, Any]]) -> float:
    """0 to 100."""
    return round(max(0.0, 100.0 - sum(_PENALTIES.get(issue["type"], 0) for issue in issues)), 1)


def _issues(column: Statistics, row_count: int, *, is_text: bool) -> Iterator[tuple[str, str, str]]:
    """(type, severity, message) of each issue of a column."""
    nulls, category = column["null_percentage"], column["cardinality_class"]
    if nulls > _MANY_NULLS_PERCENT:
        yield "high_nulls", "warning", f"Column has {nulls:.1f}% null values"
    if category == "constant":
        yield "constant", "info", "Column has constant value (all rows identical)"
    yield from _issues_of_numbers(column, row_count)
    if category == "unique" and nulls == 0:
        yield "pk_candidate", "info", "100% unique, non-null - potential primary key"
    if is_text and column["count"] and category in ("low", "very_low"):
        yield "enum_candidate", "info", f"Only {column['approx_unique']} distinct values - consider ENUM type"


def _issues_of_numbers(column: Statistics, row_count: int) -> Iterator[tuple[str, str, str]]:
    outliers, skewness = column["outlier_count"], column["skewness"]
    percentage = outliers / row_count * 100 if outliers else 0.0
    if percentage > _MANY_OUTLIERS_PERCENT:
        yield "outliers", "warning", f"{outliers} outliers detected ({percentage:.1f}%)"
    if skewness is not None and abs(skewness) > _SKEWED:
        side = "right" if skewness > 0 else "left"
        yield "skewed", "info", f"Highly {side}-skewed distribution (skewness={skewness:.2f})"
