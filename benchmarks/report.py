"""The table that every benchmark prints."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

#: Wide enough for the tables, also where the output goes into a file.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)


@dataclass(frozen=True)
class Line:
    """One measured thing. `value` over `budget` is a miss; with `at_least`, under it."""

    what: str
    measured: str
    compared: str
    value: float | None = None
    budget: float | None = None
    unit: str = "x"
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.value is None or self.budget is None:
            return ""
        is_met = self.value >= self.budget if self.at_least else self.value <= self.budget
        return "[green]met[/]" if is_met else "[red]missed[/]"


def show(title: str, lines: Sequence[Line], *, measured: str = "kbstore", compared: str = "raw") -> None:
    grid = Table(title=title, caption=f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the end")
    grid.add_column("what")
    for name in (measured, compared, "value", "budget", ""):
        grid.add_column(name, justify="right")
    for line in lines:
        value = "" if line.value is None else f"{line.value:.2f} {line.unit}"
        sign = ">=" if line.at_least else "<="
        budget = "" if line.budget is None else f"{sign} {line.budget:g} {line.unit}"
        grid.add_row(line.what, line.measured, line.compared, value, budget, line.verdict)
    console.print(grid)


def seconds(values: Sequence[float]) -> str:
    """The median, with the range in which the rounds lay."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f}-{max(values):.2f})"


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
