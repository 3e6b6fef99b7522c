"""The statistics of one column as the contract spells them: all members, null where they say nothing."""

from __future__ import annotations

from typing import Any

from storage.engine.profile.distribution import Distribution
from storage.engine.profile.facts import QUANTILES, Facts
from storage.engine.profile.patterns import detected_patterns


def column_statistics(
    facts: Facts, distribution: Distribution, *, row_count: int, with_patterns: bool
) -> dict[str, Any]:
    count, bounds = facts.count, distribution.outlier_bounds
    patterns = detected_patterns(facts.patterns, count) if with_patterns and facts.column.is_text and count else None
    return {
        "column_name": facts.column.name,
        "column_type": facts.column.type,
        "min": facts.minimum,
        "max": facts.maximum,
        "approx_unique": facts.distinct,
        "cardinality_ratio": round(facts.distinct / count, 4) if count else 0.0,
        "cardinality_class": cardinality_class(facts.distinct, count),
        "count": count,
        "null_percentage": round((row_count - count) / row_count * 100, 2) if row_count else 0.0,
        "avg": _rounded(distribution.avg),
        "std": _rounded(distribution.std),
        "skewness": _rounded(distribution.skewness),
        "kurtosis": _rounded(distribution.kurtosis),
        **{name: facts.quantiles.get(name) for name in QUANTILES},
        "outlier_count": distribution.outlier_count,
        "outlier_lower_bound": _rounded(bounds[0]) if bounds else None,
        "outlier_upper_bound": _rounded(bounds[1]) if bounds else None,
        "histogram": distribution.histogram,
        **_text_statistics(facts),
        "detected_patterns": patterns,
    }


def cardinality_class(distinct: int, count: int) -> str:
    if count and distinct == count:
        return "unique"
    if distinct == 1:
        return "constant"
    ratio = distinct / count if count else 0.0
    if ratio > 0.9:
        return "high"
    if ratio > 0.5:
        return "medium"
    return "low" if ratio > 0.01 else "very_low"


def _text_statistics(facts: Facts) -> dict[str, Any]:
    names = ("avg_length", "min_length", "max_length", "empty_count", "whitespace_only_count")
    values = {name: facts.texts.get(name) for name in names}
    if values["avg_length"] is not None:
        values["avg_length"] = round(values["avg_length"], 1)
    return values


def _rounded(value: float | None) -> float | None:
    """4 decimals, and no minus before zero."""
    return None if value is None else round(value, 4) + 0.0
