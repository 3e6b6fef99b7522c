"""A table's profile in the demo, drawn: missing values, spread and distribution of each column."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.api import Api

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 18
ISSUES_SHOWN = 4


def show_profile(console: Console, api: Api, table_path: str) -> None:
    profile = api.call("POST", f"{table_path}/profile", params={"mode": "full"})
    grid = Table(box=box.SIMPLE_HEAD)
    for title in ("column", "type", "missing", "distinct", "mean", "distribution"):
        grid.add_column(title, justify="right" if title in ("missing", "distinct", "mean") else "left")
    for column in profile["statistics"]:
        mean = "" if column["avg"] is None else f"{column['avg']:,.2f}"
        grid.add_row(
            escape(column["column_name"]),
            f"[dim]{column['column_type'].lower()}[/]",
            f"{column['null_percentage']:.1f} %",
            f"{column['approx_unique']:,}",
            mean,
            f"[cyan]{sparkline(column['histogram'])}[/]",
        )
    console.print(grid)
    console.print(f"  quality score {profile['quality_score']:g} of 100, {profile['row_count']:,} rows")
    for issue in profile["quality_issues"][:ISSUES_SHOWN]:
        console.print(f"  [yellow]{escape(issue['column'])}[/]: {escape(issue['message'])}")


def sparkline(histogram: dict[str, Any] | None) -> str:
    """The counts of a histogram, gathered into at most `WIDTH` blocks."""
    counts = list((histogram or {}).values())
    if not counts:
        return ""
    size = -(-len(counts) // WIDTH)
    sums = [sum(counts[start : start + size]) for start in range(0, len(counts), size)]
    return "".join(BLOCKS[round((len(BLOCKS) - 1) * value / max(sums))] for value in sums)
