"""A full profile through the server against DuckDB's SUMMARIZE on the same table file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks import raw
from benchmarks.generate import WORK
from benchmarks.import_export import ROUNDS, compare
from benchmarks.report import console, show
from benchmarks.served import TABLES, Served, serve

ROWS = 1_000_000
TABLE = "profiled"
COLUMNS = {
    "id": ("BIGINT", "i"),
    "number": ("INTEGER", "hash(i) % 1_000_000"),
    "small": ("SMALLINT", "hash(i + 1) % 90"),
    "price": ("DOUBLE", "(hash(i + 2) % 100_000_000) / 1000.0"),
    "root": ("DOUBLE", "sqrt(hash(i + 3) % 1_000_000)"),
    "amount": ("DECIMAL(12,2)", "(hash(i + 4) % 10_000_000) / 100"),
    "sometimes": ("INTEGER", "CASE WHEN i % 3 > 0 THEN hash(i + 5) % 5000 END"),
    "skewed": ("DOUBLE", "ln(1 + hash(i + 6) % 1_000_000)"),
    "mail": ("VARCHAR", "'user' || (hash(i + 7) % 500_000) || '@example.com'"),
    "token": ("VARCHAR", "uuid()"),
    "category": ("VARCHAR", "'category ' || (hash(i + 8) % 1000)"),
    "code": ("VARCHAR", "md5(CAST(i AS VARCHAR))"),
    "status": ("VARCHAR", "['new', 'paid', '', 'sent'][1 + i % 4]"),
    "created_at": ("TIMESTAMP", "TIMESTAMP '2020-01-01' + to_seconds(CAST(hash(i + 1) % 100_000_000 AS BIGINT))"),
    "day": ("DATE", "DATE '2020-01-01' + CAST(hash(i) % 1500 AS INTEGER)"),
    "flag": ("BOOLEAN", "i % 7 = 0"),
}


def make(rows: int) -> Path:
    """A Parquet file of 16 columns, half of them numeric; made once and kept."""
    target = WORK / f"columns_{rows}.parquet"
    WORK.mkdir(exist_ok=True)
    if not target.exists():
        draft = target.with_suffix(".draft")
        listed = ", ".join(f"CAST({value} AS {kind}) AS {name}" for name, (kind, value) in COLUMNS.items())
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT {listed} FROM range({rows}) AS r(i)) TO '{draft}' (FORMAT parquet)")
        draft.replace(target)
        console.print(f"{target.name}: {target.stat().st_size / 1e6:.0f} MB")
    return target


def load(served: Served, source: Path) -> None:
    columns = [{"name": name, "type": kind} for name, (kind, _) in COLUMNS.items()]
    served.api.call("POST", TABLES, {"name": TABLE, "columns": columns})
    served.wait(served.start_import(TABLE, served.upload(source), file_format="parquet"))


def profiled(served: Served, mode: str, rows: int) -> float:
    """Seconds for a profile of all rows: a sample as large as the table is the whole table, and is never kept."""
    return served.wait(str(served.api.submit(f"{TABLES}/{TABLE}/profile?mode={mode}&sample={rows}", {})["id"]))


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.profile", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args(arguments)
    source = make(chosen.rows)
    with serve() as served:
        load(served, source)
        file = served.table_file(TABLE)
        lines = [
            compare(
                f"{mode} profile",
                lambda mode=mode: profiled(served, mode, chosen.rows),
                lambda: raw.run("summarize", file),
                budget=4.0,
                rounds=chosen.rounds,
            )
            for mode in ("basic", "full")
        ]
    title = f"Profile of {chosen.rows:,} rows x {len(COLUMNS)} columns, median of {chosen.rounds}"
    show(title, lines, compared="SUMMARIZE")


if __name__ == "__main__":
    main()
