"""Shapes of profiles of tables."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from kbstore.rest.schema import Reply, RequestModel
from storage.services.profile_table import ProfileOrder


class ProfileQuery(RequestModel):
    mode: Literal["basic", "full", "distribution", "quality"] = "basic"
    sample: Annotated[int, Field(ge=1, le=2**53)] | None = None

    def order(self) -> ProfileOrder:
        return ProfileOrder(mode=self.mode, sample=self.sample)


class PatternReply(Reply):
    pattern: str
    match_count: int
    match_percentage: float


#: Numbers come as numbers; in columns of type DECIMAL as strings.
Quantile = float | str | None


class ColumnStatisticsReply(Reply):
    """One column: all members are always there, null where they say nothing."""

    column_name: str
    column_type: str
    min: Any
    max: Any
    approx_unique: int
    cardinality_ratio: float
    cardinality_class: Literal["unique", "constant", "high", "medium", "low", "very_low"]
    count: int
    null_percentage: float
    avg: float | None
    std: float | None
    skewness: float | None
    kurtosis: float | None
    q01: Quantile
    q05: Quantile
    q25: Quantile
    q50: Quantile
    q75: Quantile
    q95: Quantile
    q99: Quantile
    outlier_count: int | None
    outlier_lower_bound: float | None
    outlier_upper_bound: float | None
    histogram: dict[str, int] | None
    avg_length: float | None
    min_length: int | None
    max_length: int | None
    empty_count: int | None
    whitespace_only_count: int | None
    detected_patterns: list[PatternReply] | None


class IssueReply(Reply):
    column: str
    type: str
    severity: Literal["warning", "info"]
    message: str


class CorrelationReply(Reply):
    column1: str
    column2: str
    correlation: float
    strength: Literal["strong", "moderate"]


class ProfileReply(Reply):
    table_name: str
    bucket_name: str
    row_count: int
    column_count: int
    statistics: list[ColumnStatisticsReply]
    quality_score: float
    quality_issues: list[IssueReply]
    correlations: list[CorrelationReply] | None
