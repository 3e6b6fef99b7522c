"""What a profile says about a table and each of its columns."""

from __future__ import annotations

from typing import Any

from keboola_duckdb.models.base import Model


class Pattern(Model):
    """How many values of a text column look like `pattern` (`email`, `uuid`, ...)."""

    pattern: str
    match_count: int
    match_percentage: float


class ColumnStatistics(Model):
    """One column: all members are always there, None where they say nothing."""

    column_name: str
    column_type: str
    count: int
    null_percentage: float
    approx_unique: int
    cardinality_class: str
    cardinality_ratio: float
    min: Any
    max: Any
    avg: float | None
    std: float | None
    skewness: float | None
    kurtosis: float | None
    #: Percentiles of DECIMAL columns are texts in the scale of the column.
    q01: float | str | None
    q05: float | str | None
    q25: float | str | None
    q50: float | str | None
    q75: float | str | None
    q95: float | str | None
    q99: float | str | None
    outlier_lower_bound: float | None
    outlier_upper_bound: float | None
    outlier_count: int | None
    histogram: dict[str, int] | None
    avg_length: float | None
    min_length: int | None
    max_length: int | None
    empty_count: int | None
    whitespace_only_count: int | None
    detected_patterns: list[Pattern] | None


class QualityIssue(Model):
    """Something to look at; `severity` is `warning` or `info`."""

    column: str
    type: str
    severity: str
    message: str


class Correlation(Model):
    """Two numeric columns that go together; `strength` is `strong` or `moderate`."""

    column1: str
    column2: str
    correlation: float
    strength: str


class TableProfile(Model):
    """`quality_score` is 0 to 100; `correlations` are None in modes that do not look for any."""

    table_name: str
    bucket_name: str
    row_count: int
    column_count: int
    statistics: list[ColumnStatistics]
    quality_score: float
    quality_issues: list[QualityIssue]
    correlations: list[Correlation] | None
