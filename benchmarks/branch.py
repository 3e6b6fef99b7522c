"""A dev branch of a project of 1,000 tables: how long it takes to make one, and its first write to a table."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.catalog import TABLE_COUNT, fill
from benchmarks.generate import CHANGES, make
from benchmarks.report import Line, percentile, seconds, show
from benchmarks.served import BUCKET, CSV_OPTIONS, PROJECT, Served, serve

BRANCHES = f"/projects/{PROJECT}/branches"
KEYED = "keyed"
ROUNDS = 100
CREATION_BUDGET_MS = 50.0


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.branch", description=__doc__)
    options.add_argument("--tables", type=int, default=TABLE_COUNT)
    options.add_argument("--rows", type=int, default=1_000_000, help="of the table that the branches write to")
    given = options.parse_args(arguments)
    data = make(given.rows)
    with serve() as served:
        fill(served, given.tables)
        served.make_table(KEYED, primary_key=("id",))
        served.wait(served.start_import(KEYED, served.upload(data.csv)))
        changes = served.upload(data.changes)
        branches, creation = made(served)
        first = [upsert(served, branch, changes) for branch in branches[:3]]
        again = [upsert(served, branch, changes) for branch in branches[:3]]
    p50, p99 = (percentile(creation, percent) for percent in (50, 99))
    lines = [
        Line("making a branch", f"{p50:.1f} ms", f"p99 {p99:.1f} ms", p99, CREATION_BUDGET_MS, "ms p99"),
        Line(
            f"first upsert of {CHANGES:,} rows into {given.rows:,}",
            seconds(first),
            f"the next one {seconds(again)}",
            statistics.median(first) / statistics.median(again),
        ),
    ]
    show(f"Branches of a project of {given.tables:,} tables", lines, compared="compared")


def made(served: Served) -> tuple[list[str], list[float]]:
    """Branches one after the other: their ids, and how many milliseconds each took."""
    ids, took = [], []
    for number in range(ROUNDS):
        started = time.perf_counter()
        ids.append(str(served.api.call("POST", BRANCHES, {"name": f"branch {number}"})["id"]))
        took.append((time.perf_counter() - started) * 1000)
    return ids, took


def upsert(served: Served, branch: str, file_id: str) -> float:
    """Seconds of the load's job."""
    path = f"{BRANCHES}/{branch}/buckets/{BUCKET}/tables/{KEYED}/import/file"
    order: dict[str, Any] = {"file_id": file_id, "csv_options": CSV_OPTIONS, "import_options": {"incremental": True}}
    return served.wait(str(served.api.submit(path, order)["id"]))


if __name__ == "__main__":
    main()
