"""The profile of a table as people read it: a score, a line for each column, and the sections they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from keboola_duckdb.cli.output.columns import as_count
from keboola_duckdb.cli.output.tables import Styled, write_line, write_table
from keboola_duckdb.cli.profile_words import (
    advice,
    badges,
    bar,
    histogram_bins,
    kurtosis_words,
    score_label,
    skewness_words,
)

if TYPE_CHECKING:
    from keboola_duckdb.models.profiles import ColumnStatistics, TableProfile

_STRONG, _MODERATE = 0.7, 0.3
_BINS = 12
_BADGE_STYLES = {"PK?": "green", "ENUM?": "cyan", "OUT": "yellow", "SKEW": "magenta", "CONST": "red"}
_PERCENTILES = ("q01", "q05", "q25", "q50", "q75", "q95", "q99")


@dataclass(frozen=True)
class Sections:
    """What to show besides the overview."""

    quality: bool = False
    correlations: bool = False
    distribution: bool = False


class ProfileView:
    """Writes one profile to a stream."""

    def __init__(self, profile: TableProfile, *, to: TextIO, color: bool) -> None:
        self._profile = profile
        self._to = to
        self._color = color

    def write(self, sections: Sections) -> None:
        self._write_overview()
        self._write_columns()
        if sections.quality:
            self._write_quality()
        if sections.correlations:
            self._write_correlations()
        if sections.distribution:
            self._write_distributions()

    def _line(self, *cells: str) -> None:
        write_line(cells, to=self._to, color=self._color)

    def _heading(self, text: str) -> None:
        self._line("")
        self._line(Styled(text, "bold"))

    def _table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        aligned = [position in right for position in range(len(headings))]
        write_table(headings, rows, right=aligned, to=self._to, color=self._color)

    def _write_overview(self) -> None:
        profile = self._profile
        word, color = score_label(profile.quality_score)
        size = f"{as_count(profile.row_count)} rows, {profile.column_count} columns"
        self._line(Styled(f"{profile.bucket_name}.{profile.table_name}", "bold"), f" {size}")
        score = f"{profile.quality_score:g} of 100, {word}"
        self._line("Quality", Styled(bar(profile.quality_score / 100, 20), color), Styled(score, color))
        self._line("")

    def _write_columns(self) -> None:
        headings = ["column", "type", "values", "distinct", "nulls", "mean", "skewness", "outliers", ""]
        rows = [_overview_row(column) for column in self._profile.statistics]
        self._table(headings, rows, right=(3, 4, 5, 6, 7))

    def _write_quality(self) -> None:
        issues = self._profile.quality_issues or []
        self._heading("Warnings")
        warnings = [issue for issue in issues if issue.severity == "warning"]
        for issue in warnings:
            self._line(Styled("!", "yellow"), f"{issue.column}: {issue.message}")
        if not warnings:
            self._line("  none")
        self._heading("Recommendations")
        recommended = [(issue, advice(issue)) for issue in issues]
        for issue, words in recommended:
            reason = f" ({issue.message})" if issue.severity != "warning" else ""
            self._line(Styled("*", "cyan"), f"{issue.column}: {words or issue.message}{reason if words else ''}")
        if not recommended:
            self._line("  none")
        self._write_patterns()

    def _write_patterns(self) -> None:
        found = [(column, pattern) for column in self._profile.statistics for pattern in column.detected_patterns or ()]
        if found:
            self._heading("Patterns")
        for column, pattern in found:
            self._line(f"  {column.column_name}: {pattern.match_percentage:g} % look like {pattern.pattern}")

    def _write_correlations(self) -> None:
        found = sorted(self._profile.correlations or [], key=lambda item: -abs(item.correlation))
        strong = [item for item in found if abs(item.correlation) > _STRONG]
        moderate = [item for item in found if _MODERATE <= abs(item.correlation) <= _STRONG]
        for title, items in (("Strong correlations", strong), ("Moderate correlations", moderate)):
            self._heading(title)
            rows = [
                [
                    f"{item.column1} ~ {item.column2}",
                    Styled(bar(abs(item.correlation), 20), "green" if item.correlation > 0 else "red"),
                    f"{item.correlation:+.2f}",
                ]
                for item in items
            ]
            if rows:
                self._table(["columns", "", "r"], rows, right=(2,))
            else:
                self._line("  none")

    def _write_distributions(self) -> None:
        numeric = [column for column in self._profile.statistics if column.q50 is not None]
        for column in numeric:
            self._heading(f"{column.column_name}  {column.column_type}")
            self._write_distribution(column)
        if not numeric:
            self._heading("No numeric column has values.")

    def _write_distribution(self, column: ColumnStatistics) -> None:
        percentiles = [f"{int(name[1:])} %" for name in _PERCENTILES]
        self._table(
            ["min", *percentiles, "max"],
            [[_number(getattr(column, name)) for name in ("min", *_PERCENTILES, "max")]],
            right=range(len(_PERCENTILES) + 2),
        )
        self._line(*_described("Skewness", column.skewness, skewness_words(column.skewness)))
        self._line(*_described("Kurtosis", column.kurtosis, kurtosis_words(column.kurtosis)))
        if column.outlier_lower_bound is not None:
            bounds = f"{_number(column.outlier_lower_bound)} to {_number(column.outlier_upper_bound)}"
            self._line(f"Outliers {as_count(column.outlier_count or 0)}, outside of {bounds}")
        if column.histogram:
            self._write_histogram(column.histogram)

    def _write_histogram(self, histogram: dict[str, int]) -> None:
        bins = histogram_bins(histogram, _BINS)
        most = max(count for _, count in bins) or 1
        rows = [[label, Styled(bar(count / most, 30), "cyan"), as_count(count)] for label, count in bins]
        self._table(["value", "", "rows"], rows, right=(0, 2))


def _described(name: str, value: float | None, words: str) -> list[str]:
    return [name, words] if value is None else [f"{name} {_number(value)}:", words]


def _overview_row(column: ColumnStatistics) -> list[str]:
    marks = badges(column)
    return [
        column.column_name,
        column.column_type,
        column.cardinality_class,
        f"{column.cardinality_ratio:.1%}",
        f"{column.null_percentage:.1f} %",
        _number(column.avg),
        _number(column.skewness),
        as_count(column.outlier_count),
        Styled(" ".join(marks), _BADGE_STYLES[marks[0]]) if marks else "",
    ]


def _number(value: object) -> str:
    """As people write it: no more than six digits that count; what comes as text stays as it is."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e6 else f"{value:.6g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
