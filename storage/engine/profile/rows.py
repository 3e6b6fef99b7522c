"""Profiles the rows of a table in two passes: facts of all columns, then distributions of numeric ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from storage.engine.errors import translated_errors
from storage.engine.monitor import Monitor
from storage.engine.profile.columns import profiled_columns
from storage.engine.profile.correlations import MOST_COLUMNS, correlations
from storage.engine.profile.distribution import Distribution, Numbers, describe_distributions
from storage.engine.profile.facts import Facts, gather_facts
from storage.engine.profile.outline import outline
from storage.engine.profile.quality import quality_issues, quality_score
from storage.engine.profile.sample import sampled
from storage.engine.profile.scan import Scan
from storage.engine.profile.statistics import column_statistics
from storage.engine.specs import TableSpec

#: Exact counts and sizes only, in one pass: what a Connection host asks for.
OUTLINE = "outline"
WITH_HISTOGRAM = frozenset({"distribution", "full"})
WITH_PATTERNS = WITH_CORRELATIONS = frozenset({"quality", "full"})


def profile_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    mode: str,
    monitor: Monitor,
    sample: int | None = None,
) -> dict[str, Any]:
    """The profile of `table`, a qualified and quoted name: all members of the contract but the names of the table.

    With `sample`, of so many rows drawn at random, which `row_count` then counts. The connection must be one of its
    own with the time zone UTC.
    """
    with translated_errors(monitor):
        scan = Scan(connection, table, monitor)
        if sample is None or scan.count() <= sample:
            return _profile(scan, spec, mode)
        with sampled(connection, table, spec, sample, monitor) as chosen:
            return _profile(Scan(connection, chosen, monitor), spec, mode)


def _profile(scan: Scan, spec: TableSpec, mode: str) -> dict[str, Any]:
    columns = profiled_columns(spec)
    row_count = scan.count()
    if mode == OUTLINE:
        with scan.part(0.0, 1.0):
            told = outline(scan, columns, row_count=row_count)
        return {"row_count": row_count, "column_count": len(columns), "columns": told, "quality_score": None}
    with scan.part(0.0, 0.7):
        facts = gather_facts(scan, columns, row_count=row_count, with_patterns=mode in WITH_PATTERNS)
    numeric = [Numbers(known) for known in facts if known.column.is_numeric and known.count]
    with scan.part(0.7, 0.9):
        distributions = describe_distributions(scan, numeric, with_histogram=mode in WITH_HISTOGRAM)
    statistics = [
        column_statistics(
            known,
            distributions.get(known.column.position, Distribution()),
            row_count=row_count,
            with_patterns=mode in WITH_PATTERNS,
        )
        for known in facts
    ]
    texts = frozenset(column.name for column in columns if column.is_text)
    issues = quality_issues(statistics, row_count=row_count, texts=texts)
    with scan.part(0.9, 1.0):
        related = _correlations(scan, facts) if mode in WITH_CORRELATIONS else None
    return {
        "row_count": row_count,
        "column_count": len(columns),
        "statistics": statistics,
        "quality_score": quality_score(issues),
        "quality_issues": issues,
        "correlations": related,
    }


def _correlations(scan: Scan, facts: Sequence[Facts]) -> list[dict[str, Any]]:
    first = [known for known in facts if known.column.is_numeric][:MOST_COLUMNS]
    return correlations(scan, [Numbers(known) for known in first if known.count])
