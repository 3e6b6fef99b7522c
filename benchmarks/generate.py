"""Makes the files that the benchmarks load: 5M rows of 5 columns as CSV and Parquet, changes, and a large CSV."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.report import console

WORK = Path(__file__).resolve().parent / ".work"
ROWS = 5_000_000
CHANGES = 10_000
LARGE_BYTES = 2_000_000_000
COLUMNS = {
    "id": "BIGINT",
    "code": "VARCHAR",
    "amount": "DECIMAL(12,2)",
    "created_at": "TIMESTAMP",
    "category": "VARCHAR",
}


@dataclass(frozen=True)
class Data:
    """The files of one number of rows."""

    rows: int

    @property
    def csv(self) -> Path:
        return WORK / f"rows_{self.rows}.csv"

    @property
    def parquet(self) -> Path:
        return WORK / f"rows_{self.rows}.parquet"

    @property
    def changes(self) -> Path:
        return WORK / f"changes_{self.rows}.csv"


def make(rows: int = ROWS) -> Data:
    """The files; made once and kept."""
    data = Data(rows)
    WORK.mkdir(exist_ok=True)
    every = max(1, rows // (CHANGES // 2))
    # Half of the changes hit rows spread over the whole table, half are new.
    half = f"FROM range({CHANGES // 2}) AS r(i)"
    _write(data.csv, f"SELECT i FROM range({rows}) AS r(i)", "FORMAT csv, HEADER")
    _write(data.parquet, f"SELECT i FROM range({rows}) AS r(i)", "FORMAT parquet")
    _write(data.changes, f"SELECT i * {every} {half} UNION ALL SELECT {rows} + i {half}", "FORMAT csv, HEADER")
    return data


def make_large(size_bytes: int = LARGE_BYTES) -> Path:
    """A CSV of at least that size: the rows of the 5M file over and over."""
    target = WORK / f"large_{size_bytes}.csv"
    source = make().csv
    if not target.exists():
        draft = target.with_suffix(".draft")
        with draft.open("wb") as file:
            while file.tell() < size_bytes:
                with source.open("rb") as rows:
                    header = rows.readline()
                    if file.tell() == 0:
                        file.write(header)
                    shutil.copyfileobj(rows, file, 4 * 1024 * 1024)
        draft.replace(target)
    return target


def _write(target: Path, ids: str, options: str) -> None:
    if target.exists():
        return
    draft = target.with_suffix(".draft")
    rows = f"""
        SELECT i AS id, md5(i::VARCHAR) AS code, ((hash(i) % 10_000_000) / 100)::DECIMAL(12,2) AS amount,
            TIMESTAMP '2020-01-01' + to_seconds((hash(i + 1) % 100_000_000)::BIGINT) AS created_at,
            'category ' || (hash(i + 2) % 1000) AS category
        FROM ({ids}) AS ids(i)"""
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{draft}' ({options})")
    draft.replace(target)
    console.print(f"{target.name}: {target.stat().st_size / 1e6:.0f} MB")


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.generate", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    make(options.parse_args(arguments).rows)


if __name__ == "__main__":
    main()
