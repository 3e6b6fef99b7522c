"""The second pass, over numeric columns: moments, outliers, histogram and correlations, from what the first one found.

Moments are computed of `(value - low) / 2^n`, which lies between 0 and 1: sums of fourth powers neither overflow, which
DuckDB answers with an error, nor lose the differences of large numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from storage.engine.profile.bins import bin_edges, bin_key
from storage.engine.profile.columns import LARGEST, ProfiledColumn
from storage.engine.profile.facts import Facts
from storage.engine.profile.scan import Measure, Scan

MOST_EXACT_VALUES = 100
_MOMENTS = {"mean": "favg", "std": "stddev_samp", "skewness": "skewness", "kurtosis": "kurtosis"}
_COLUMNS_AT_ONCE = 32
_LARGEST_EXPONENT = 1023


@dataclass(frozen=True)
class Numbers:
    """A numeric column that has values, and how they are brought between 0 and 1."""

    facts: Facts

    @property
    def column(self) -> ProfiledColumn:
        return self.facts.column

    @property
    def name(self) -> str:
        return f"c{self.column.position}"

    @property
    def unit_name(self) -> str:
        return f"u{self.column.position}"

    @cached_property
    def low(self) -> Fraction:
        return self.facts.low or Fraction(0)

    @cached_property
    def span(self) -> Fraction:
        return (self.facts.high or Fraction(0)) - self.low

    @property
    def is_spread(self) -> bool:
        """Whether there are at least two values, all finite."""
        return self.facts.is_finite and self.span > 0

    @cached_property
    def scale(self) -> Fraction:
        """A power of two not below the span, or a quarter of it, so that doubles divide by it without rounding."""
        span = self.span / self._shrinking
        exponent = math.frexp(float(span))[1] if span else 0
        return Fraction(2) ** min(exponent, _LARGEST_EXPONENT)

    @property
    def _shrinking(self) -> int:
        # The difference of two doubles can be too large for a double, that of their quarters cannot.
        return 4 if self.column.is_float else 1

    @property
    def unit_length(self) -> Fraction:
        """How far apart two values are that are 1 apart as units."""
        return self.scale * self._shrinking

    @property
    def unit_sql(self) -> str:
        value, kind = self.column.sql, self.column.type
        if self.column.is_float:
            offset = f"CASE WHEN isfinite({value}) THEN CAST({value} AS DOUBLE) / 4 - {double(self.low / 4)} END"
        elif self._fits_own_type:
            offset = f"CAST({value} - CAST('{_plain(self.low, self.column.tree.scale)}' AS {kind}) AS DOUBLE)"
        else:
            offset = f"(CAST({value} AS DOUBLE) - {double(self.low)})"
        return f"({offset}) / {double(self.scale)}"

    @property
    def _fits_own_type(self) -> bool:
        """Whether differences can be computed in the type of the column, without rounding."""
        largest = self.column.largest
        if largest is None:
            width = int(re.findall(r"\d+", self.column.tree.text)[0])
            return self.span * 10**self.column.tree.scale < 10**width
        return self.span <= largest

    @cached_property
    def edges(self) -> list[Fraction]:
        """The edges of the histogram's bins; none if it counts each value."""
        if self.facts.distinct <= MOST_EXACT_VALUES or self.span == 0:
            return []
        return bin_edges(self.low, self.low + self.span)

    @cached_property
    def outlier_bounds(self) -> tuple[float, float] | None:
        """None if the quartiles are not finite."""
        quartiles = self.facts.quantiles["q25"], self.facts.quantiles["q75"]
        if None in quartiles:
            return None
        q25, q75 = map(Fraction, quartiles)
        reach = Fraction(3, 2) * (q75 - q25)
        lower, upper = finite(q25 - reach), finite(q75 + reach)
        return None if lower is None or upper is None else (lower, upper)


@dataclass(frozen=True)
class Distribution:
    """What the second pass says of a column; None for what is not finite or cannot be told of so few values."""

    avg: float | None = None
    std: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    outlier_count: int | None = None
    outlier_bounds: tuple[float, float] | None = None
    histogram: dict[str, int] | None = None


def describe_distributions(scan: Scan, columns: Sequence[Numbers], *, with_histogram: bool) -> dict[int, Distribution]:
    """The distribution of each column, by the column's position."""
    found: dict[int, Distribution] = {}
    for batch in scan.batches(columns, _COLUMNS_AT_ONCE):
        measures = {
            (numbers.column.position, key): measure
            for numbers in batch
            for key, measure in _measures(numbers, with_histogram).items()
        }
        values = scan.measure(measures, terms=terms_of(batch))
        for numbers in batch:
            position = numbers.column.position
            mine = {key: value for (place, key), value in values.items() if place == position}
            found[position] = _distribution(numbers, mine)
    return found


def terms_of(columns: Sequence[Numbers]) -> dict[str, str]:
    values = {numbers.name: numbers.column.sql for numbers in columns}
    return values | {numbers.unit_name: numbers.unit_sql for numbers in columns}


def _measures(numbers: Numbers, with_histogram: bool) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    if numbers.is_spread:
        measures = {key: Measure(f"{function}({numbers.unit_name})") for key, function in _MOMENTS.items()}
    if numbers.outlier_bounds is not None:
        lower, upper = (double(Fraction(bound)) for bound in numbers.outlier_bounds)
        value = f"CAST({numbers.name} AS DOUBLE)"
        measures["outliers"] = Measure(f"count(*) FILTER ({value} < {lower} OR {value} > {upper})")
    if with_histogram:
        measures["histogram"] = _binned(numbers) if numbers.edges else _exact_histogram(numbers)
    return measures


def _exact_histogram(numbers: Numbers) -> Measure:
    # DuckDB's histogram of doubles counts everything as NaN if one is NaN.
    value = numbers.name if numbers.facts.is_finite else f"CAST({numbers.name} AS VARCHAR)"
    return Measure(f"CAST(histogram({value}) AS MAP(VARCHAR, UBIGINT))")


def _binned(numbers: Numbers) -> Measure:
    """Counts of the bins, from the last one to the first: DuckDB's bins hold their upper edge, so signs are turned."""
    edges, kind = numbers.edges, _type_for(numbers.column, numbers.edges)
    condition = f" FILTER (isfinite({numbers.name}))" if numbers.column.is_float else ""
    if kind is not None:
        value = f"CAST({numbers.name} AS {kind})"
        limits = [f"CAST('{_plain(-edge, numbers.column.tree.scale)}' AS {kind})" for edge in edges]
    elif numbers.column.is_float:
        value = f"CAST({numbers.name} AS DOUBLE)"
        limits = [double(-edge) for edge in edges]
    else:
        value = numbers.unit_name
        limits = [double((numbers.low - edge) / numbers.unit_length) for edge in edges]
    return Measure(f"map_values(histogram(-{value}, [{', '.join(reversed(limits))}]){condition})")


def _type_for(column: ProfiledColumn, edges: Sequence[Fraction]) -> str | None:
    """The narrowest exact type for the edges of a column's bins and all values between; None if there is none.

    Edges have no more decimals than the column: there are fewer bins than different values.
    """
    largest = max(abs(edges[0]), abs(edges[-1]))
    if column.largest is not None:
        return next((kind for kind in ("BIGINT", "HUGEINT") if largest <= LARGEST[kind]), None)
    scale = column.tree.scale
    fits = (width for width in (18, 38) if column.tree.kind == "DECIMAL" and largest * 10**scale < 10**width)
    return next((f"DECIMAL({width},{scale})" for width in fits), None)


def _distribution(numbers: Numbers, values: Mapping[str, Any]) -> Distribution:
    count, length = numbers.facts.count, numbers.unit_length
    avg, std = None, None
    if numbers.is_spread:
        # Units were counted from the double that is nearest to the low value.
        low = Fraction(float(numbers.low)) if numbers.column.is_float else numbers.low
        avg = finite(low + Fraction(values["mean"]) * length)
        std = finite(Fraction(values["std"]) * length) if count > 1 else None
    elif numbers.facts.is_finite:
        avg, std = finite(numbers.low), 0.0 if count > 1 else None
    return Distribution(
        avg=avg,
        std=std,
        skewness=_finite_float(values.get("skewness")) if count > 2 else None,
        kurtosis=_finite_float(values.get("kurtosis")) if count > 3 else None,
        outlier_count=values.get("outliers"),
        outlier_bounds=numbers.outlier_bounds,
        histogram=_histogram(numbers, values["histogram"]) if "histogram" in values else None,
    )


def _histogram(numbers: Numbers, counted: Any) -> dict[str, int]:
    if not numbers.edges:
        return {re.sub(r"^(-?)[.]", r"\g<1>0.", value): rows for value, rows in counted.items()}
    keys = [bin_key(edge, next_edge) for edge, next_edge in pairwise(numbers.edges)]
    # What comes first is at the upper edge of the last bin: doubles can be too coarse to tell these apart.
    beyond, *counts = counted[: len(keys) + 1]
    counts[0] += beyond
    return dict(zip(keys, reversed(counts), strict=True))


def finite(value: Fraction) -> float | None:
    """As a double; None if none is so large."""
    try:
        return float(value)
    except OverflowError:
        return None


def _finite_float(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def double(value: Fraction) -> str:
    """The nearest double as an SQL literal."""
    nearest = finite(value)
    if nearest is None:
        nearest = math.inf if value > 0 else -math.inf
    return f"CAST('{nearest!r}' AS DOUBLE)"


def _plain(value: Fraction, scale: int) -> str:
    """A number of at most `scale` digits after the point, without an exponent."""
    digits = str(abs(int(value * 10**scale))).rjust(scale + 1, "0")
    whole, rest = digits[: len(digits) - scale], digits[len(digits) - scale :]
    return ("-" if value < 0 else "") + whole + (f".{rest}" if rest else "")
