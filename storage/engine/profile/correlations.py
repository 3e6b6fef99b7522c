"""Which numeric columns move together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from storage.engine.profile.distribution import Numbers, terms_of
from storage.engine.profile.scan import Measure, Scan

MOST_COLUMNS = 10
_MOST_PAIRS = 20
_WORTH_TELLING, _STRONG = 0.3, 0.7


def correlations(scan: Scan, columns: Sequence[Numbers]) -> list[dict[str, Any]]:
    """The strongest correlations between columns, strongest first. A constant or infinite column has none."""
    usable = [numbers for numbers in columns if numbers.is_spread]
    measures = {
        (one.column.name, other.column.name): Measure(f"corr({one.unit_name}, {other.unit_name})")
        for one, other in combinations(usable, 2)
    }
    found = [
        {
            "column1": one,
            "column2": other,
            "correlation": round(value, 4),
            "strength": "strong" if abs(value) > _STRONG else "moderate",
        }
        for (one, other), value in scan.measure(measures, terms=terms_of(usable)).items()
        if value is not None and math.isfinite(value) and abs(value) > _WORTH_TELLING
    ]
    return sorted(found, key=lambda pair: -abs(pair["correlation"]))[:_MOST_PAIRS]
