"""Turns a profile into what its page draws: bars of histograms, rings, ranges; numbers for people. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from kbstore.console import formatting

#: The histogram's drawing, in units of its own.
WIDTH, HEIGHT = 240, 56
_GAP = 0.15
_BIN = re.compile(r"\[(.+), (.+)\)")
#: Circumference of the score's ring, whose radius is 15.9155.
_RING = 100
_GOOD, _FAIR = 90, 70
_CARDINALITY = {
    "unique": "all different",
    "constant": "one value",
    "high": "mostly different",
    "medium": "many repeats",
    "low": "few values",
    "very_low": "very few values",
}
_ISSUE_BADGES = {
    "high_nulls": "many NULLs",
    "constant": "constant",
    "outliers": "outliers",
    "skewed": "skewed",
    "pk_candidate": "key?",
    "enum_candidate": "enum?",
}


def score_ring(score: float) -> dict[str, Any]:
    kind = "success" if score >= _GOOD else "warn" if score >= _FAIR else "error"
    words = {"success": "good", "warn": "fair", "error": "poor"}[kind]
    return {"value": f"{score:g}", "kind": kind, "words": words, "dash": f"{score:g} {_RING - score:g}"}


def issue_row(issue: dict[str, Any], anchors: dict[str, str]) -> dict[str, Any]:
    return {
        "column": issue["column"],
        "anchor": anchors.get(issue["column"]),
        "kind": "warning" if issue["severity"] == "warning" else "info",
        "severity": issue["severity"],
        "message": issue["message"],
    }


def correlation_row(pair: dict[str, Any]) -> dict[str, Any]:
    value = pair["correlation"]
    return {
        "one": pair["column1"],
        "other": pair["column2"],
        "value": f"{value:+.2f}",
        "percent": round(abs(value) * 100),
        "kind": "negative" if value < 0 else "positive",
        "strength": pair["strength"],
    }


def column_card(column: dict[str, Any], issues: list[dict[str, Any]], row_count: int, at: int) -> dict[str, Any]:
    drawn = histogram(column["histogram"]) if column["histogram"] else None
    return {
        "id": f"column-{at}",
        "name": column["column_name"],
        "type": column["column_type"],
        "badges": [
            {
                "text": _ISSUE_BADGES.get(issue["type"], issue["type"]),
                "kind": "waiting" if issue["severity"] == "warning" else "processing",
                "title": issue["message"],
            }
            for issue in issues
        ],
        "filled": round(100 - column["null_percentage"], 2),
        "nulls": _percent(column["null_percentage"]),
        "distinct": formatting.count(column["approx_unique"]),
        "cardinality": _CARDINALITY.get(column["cardinality_class"], column["cardinality_class"]),
        "histogram": drawn,
        "range": _range(column, drawn),
        "facts": _facts(column, row_count),
        "patterns": _patterns(column["detected_patterns"]),
    }


def histogram(counts: dict[str, int]) -> dict[str, Any]:
    """Bars from left to right in the order of the values, each with what it stands for."""
    named = sorted(counts.items(), key=lambda item: _low_edge(item[0]))
    most = max(counts.values(), default=0) or 1
    step = WIDTH / max(len(named), 1)
    bars = [
        {
            "x": round(step * (at + _GAP / 2), 2),
            "width": round(step * (1 - _GAP), 2),
            "y": round(HEIGHT - _height(count, most), 2),
            "height": round(_height(count, most), 2),
            "title": f"{_bin_text(name)}: {formatting.amount(count, 'row')}",
        }
        for at, (name, count) in enumerate(named)
    ]
    first, last = (_edges(named[0][0]), _edges(named[-1][0])) if named else (("", ""), ("", ""))
    return {
        "bars": bars,
        "low": first[0],
        "high": last[1],
        "most": formatting.amount(most, "row"),
        "is_binned": first[0] != first[1],
    }


def number(value: Any) -> str:
    """A number with as many digits as people read; anything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if value and (abs(value) >= 1e15 or abs(value) < 1e-4):
        return f"{value:.4g}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _height(count: int, most: int) -> float:
    """A bin with few rows is still seen."""
    return max(HEIGHT * count / most, 1.5) if count else 0


def _edges(name: str) -> tuple[str, str]:
    found = _BIN.fullmatch(name)
    return (found[1], found[2]) if found else (name, name)


def _low_edge(name: str) -> float:
    try:
        value = float(_edges(name)[0])
    except ValueError:
        return math.inf
    return math.inf if math.isnan(value) else value


def _bin_text(name: str) -> str:
    low, high = _edges(name)
    return low if low == high else f"{low} to {high}"


def _percent(value: float) -> str:
    return f"{value:g} %"


def _range(column: dict[str, Any], drawn: dict[str, Any] | None) -> dict[str, Any] | None:
    """Where the middle half and the middle nine tenths lie, below the histogram and to its scale."""
    marks = [_as_number(column[name]) for name in ("q05", "q25", "q50", "q75", "q95")]
    low, high = (_as_number(drawn[edge]) if drawn and drawn["is_binned"] else None for edge in ("low", "high"))
    if low is None or high is None or high <= low or None in marks:
        return None
    q05, q25, q50, q75, q95 = (round((mark - low) / (high - low) * WIDTH, 2) for mark in marks if mark is not None)
    names = [number(column[name]) for name in ("q25", "q75", "q50")]
    return {
        "outer_x": q05,
        "outer_width": round(q95 - q05, 2),
        "inner_x": q25,
        "inner_width": round(max(q75 - q25, 1), 2),
        "median": q50,
        "title": "half of the values: {} to {}, median {}".format(*names),
    }


def _as_number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _facts(column: dict[str, Any], row_count: int) -> list[tuple[str, str]]:
    facts = [("min", short(column["min"])), ("max", short(column["max"]))]
    if column["avg"] is not None:
        facts += [("mean", number(column["avg"])), ("std", number(column["std"]))]
    if column["q50"] is not None:
        facts.append(("median", short(column["q50"])))
    if column["outlier_count"]:
        share = column["outlier_count"] / row_count * 100 if row_count else 0
        facts.append(("outliers", f"{column['outlier_count']:,} ({share:.1f} %)"))
    if column["avg_length"] is not None:
        lengths = f"{column['min_length']:,}–{column['max_length']:,}"
        facts.append(("length", f"{lengths}, mean {number(column['avg_length'])}"))
        facts += [("empty", f"{column['empty_count']:,}")] if column["empty_count"] else []
        facts += [("blank", f"{column['whitespace_only_count']:,}")] if column["whitespace_only_count"] else []
    return facts


def short(value: Any) -> str:
    """A value in a few words."""
    text = number(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _patterns(patterns: list[dict[str, Any]] | None) -> list[str]:
    """What the texts look like, and how many of them."""
    return [f"{found['pattern'].replace('_', ' ')} {_percent(found['match_percentage'])}" for found in patterns or ()]
