"""What the numbers of a profile mean, in words, badges and bars. Nothing here knows a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keboola_duckdb.models.profiles import ColumnStatistics, QualityIssue

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FEW_VALUES = 20
#: By the type of the issue: what to do about it.
_ADVICE = {
    "high_nulls": "find out why so much is missing, or drop the column",
    "constant": "drop the column: it says nothing",
    "outliers": "look at the values outside the bounds (-d shows them)",
    "skewed": "use the median rather than the mean, or logarithms",
    "pk_candidate": "set it as the primary key if it means one row",
    "enum_candidate": "an ENUM type would take less space",
}
_SCORES = ((90.0, "excellent", "green"), (75.0, "good", "green"), (50.0, "fair", "yellow"), (0.0, "poor", "red"))


def bar(share: float, width: int) -> str:
    """A bar of `width` cells, filled to the eighth of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(width)


def score_label(score: float) -> tuple[str, str]:
    """The word for a quality score, and its colour."""
    return next((word, color) for least, word, color in _SCORES if score >= least or least == 0.0)


def badges(column: ColumnStatistics) -> list[str]:
    """PK? may be a key, ENUM? has few values, OUT has outliers, SKEW leans, CONST never changes."""
    is_text = column.column_type.upper().startswith(("VARCHAR", "TEXT", "CHAR", "STRING"))
    holds = {
        "PK?": column.cardinality_class == "unique" and not column.null_percentage and column.count > 0,
        "ENUM?": is_text
        and column.cardinality_class in ("low", "very_low")
        and 1 < column.approx_unique <= _FEW_VALUES,
        "OUT": bool(column.outlier_count),
        "SKEW": column.skewness is not None and abs(column.skewness) > 1,
        "CONST": column.cardinality_class == "constant",
    }
    return [badge for badge, is_so in holds.items() if is_so]


def skewness_words(skewness: float | None) -> str:
    if skewness is None:
        return "unknown"
    if abs(skewness) < 0.5:
        return "about symmetric"
    strength = "strongly" if abs(skewness) > 1 else "slightly"
    side = "right (some large values)" if skewness > 0 else "left (some small values)"
    return f"leans {strength} to the {side}"


def kurtosis_words(kurtosis: float | None) -> str:
    """Of the excess: 0 is a normal distribution."""
    if kurtosis is None:
        return "unknown"
    if kurtosis > 1:
        return "heavy tails (extreme values are common)"
    return "light tails (extreme values are rare)" if kurtosis < -1 else "tails like a normal distribution"


def advice(issue: QualityIssue) -> str | None:
    return _ADVICE.get(issue.type)


def histogram_bins(histogram: dict[str, int], most: int) -> list[tuple[str, int]]:
    """At most `most` bins in ascending order: neighbours are joined where there are more."""
    entries = sorted(histogram.items(), key=lambda entry: _lower_edge(entry[0]))
    if len(entries) <= most:
        return entries
    return list(_joined(entries, -(-len(entries) // most)))


def _joined(entries: Sequence[tuple[str, int]], each: int) -> Iterator[tuple[str, int]]:
    for start in range(0, len(entries), each):
        group = entries[start : start + each]
        first, last = group[0][0], group[-1][0]
        yield (first if len(group) == 1 else _span(first, last)), sum(count for _, count in group)


def _span(first: str, last: str) -> str:
    """Of bins `[1, 2)` and `[2, 3)` that is `[1, 3)`; of values 1 and 3 it is `1 .. 3`."""
    if first.startswith("[") and last.startswith("["):
        return f"{first.split(',')[0]},{last.split(',', 1)[1]}"
    return f"{first} .. {last}"


def _lower_edge(label: str) -> float:
    try:
        edge = float(label.lstrip("[").split(",")[0])
    except ValueError:
        # A form that a newer server knows.
        return math.inf
    # NaN is neither before nor after anything: it comes last.
    return math.inf if math.isnan(edge) else edge
