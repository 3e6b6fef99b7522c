"""Table list, table detail and preview in a project of 1,000 tables."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.generate import make
from benchmarks.report import Line, console, percentile, show
from benchmarks.served import TABLES, Served, serve

TABLE_COUNT = 1_000
LOADED = 20
REQUESTS, LISTS = 500, 100
SMALL_ROWS = 10_000
LIST_BUDGET_MS, DETAIL_BUDGET_MS, PREVIEW_BUDGET_MS = 100.0, 10.0, 20.0


def fill(served: Served, count: int) -> float:
    """Make the tables, some of them with rows; returns how many tables were made a second."""
    started = time.perf_counter()
    with console.status(f"Making {count} tables"), ThreadPoolExecutor(4) as pool:
        list(pool.map(served.make_table, (f"table_{number:04d}" for number in range(count))))
    elapsed = time.perf_counter() - started
    file_id = served.upload(make(SMALL_ROWS).csv)
    for number in range(LOADED):
        served.wait(served.start_import(f"table_{number:04d}", file_id))
    return count / elapsed


def latencies_ms(served: Served, path: str, tables: int, *, requests: int = REQUESTS) -> list[float]:
    """One request after the other, each for the next table."""
    found = []
    for number in range(requests):
        started = time.perf_counter()
        served.api.call("GET", path.format(table=f"table_{number % tables:04d}"))
        found.append((time.perf_counter() - started) * 1000)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.catalog", description=__doc__)
    options.add_argument("--tables", type=int, default=TABLE_COUNT)
    count = options.parse_args(arguments).tables
    with serve() as served:
        rate = fill(served, count)
        lines = [
            measured(f"list of {count:,} tables", latencies_ms(served, TABLES, count, requests=LISTS), LIST_BUDGET_MS),
            measured("table detail", latencies_ms(served, TABLES + "/{table}", count), DETAIL_BUDGET_MS),
            measured(
                "preview of 100 rows",
                latencies_ms(served, TABLES + "/{table}/preview?limit=100", LOADED),
                PREVIEW_BUDGET_MS,
            ),
        ]
    show(f"{count:,} tables in one project (made at {rate:.0f} a second)", lines, measured="p50", compared="p99")


def measured(what: str, found: list[float], budget: float) -> Line:
    p50, p99 = percentile(found, 50), percentile(found, 99)
    return Line(what, f"{p50:.1f} ms", f"{p99:.1f} ms", p99, budget, "ms p99")


if __name__ == "__main__":
    main()
