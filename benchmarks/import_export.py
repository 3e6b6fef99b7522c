"""Import, export and upsert through the server against raw DuckDB on the same files."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence

from benchmarks import raw
from benchmarks.generate import ROWS, WORK, Data, make
from benchmarks.report import Line, console, seconds, show
from benchmarks.served import Served, serve

ROUNDS = 3


def compare(what: str, ours: Callable[[], float], theirs: Callable[[], float], *, budget: float, rounds: int) -> Line:
    """Take turns, so that a busy minute of the machine hits both."""
    ours_seconds, their_seconds = [], []
    with console.status(what):
        for _ in range(rounds):
            ours_seconds.append(ours())
            their_seconds.append(theirs())
    ratio = statistics.median(ours_seconds) / statistics.median(their_seconds)
    return Line(what, seconds(ours_seconds), seconds(their_seconds), ratio, budget)


def imports(served: Served, data: Data, rounds: int) -> list[Line]:
    served.make_table("loaded")
    csv, parquet = served.upload(data.csv), served.upload(data.parquet)
    target = WORK / "raw.duckdb"
    return [
        compare(
            "full CSV import",
            lambda: served.wait(served.start_import("loaded", csv)),
            lambda: raw.run("import_csv", data.csv, target),
            budget=1.15,
            rounds=rounds,
        ),
        compare(
            "full Parquet import",
            lambda: served.wait(served.start_import("loaded", parquet, file_format="parquet")),
            lambda: raw.run("import_parquet", data.parquet, target),
            budget=1.25,
            rounds=rounds,
        ),
    ]


def exports(served: Served, rounds: int) -> list[Line]:
    source = served.table_file("loaded")
    return [
        compare(
            f"export {file_format}",
            lambda file_format=file_format: served.wait(served.start_export("loaded", {"format": file_format})),
            lambda file_format=file_format: raw.run(f"export_{file_format}", source, WORK / f"raw.{file_format}"),
            budget=1.15,
            rounds=rounds,
        )
        for file_format in ("csv", "parquet")
    ]


def upsert(served: Served, data: Data, rounds: int) -> Line:
    served.make_table("keyed", primary_key=("id",))
    served.wait(served.start_import("keyed", served.upload(data.parquet), file_format="parquet"))
    changes = served.upload(data.changes)
    return compare(
        "upsert of 10,000 rows (against the copy of the file)",
        lambda: served.wait(served.start_import("keyed", changes, incremental=True)),
        lambda: raw.run("copy", served.table_file("keyed"), WORK / "raw.copy"),
        budget=3.0,
        # Tenths of a second: what else the machine does shows, so the median is of more rounds.
        rounds=3 * rounds,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.import_export", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args(arguments)
    data = make(chosen.rows)
    with serve() as served:
        lines = [*imports(served, data, chosen.rounds), *exports(served, chosen.rounds)]
        lines.append(upsert(served, data, chosen.rounds))
    for leftover in WORK.glob("raw.*"):
        leftover.unlink()
    show(f"Import and export, {chosen.rows:,} rows, median of {chosen.rounds}", lines)


if __name__ == "__main__":
    main()
