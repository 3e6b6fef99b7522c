"""What DuckDB alone takes for the same work: each run in a process of its own, synced to disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from benchmarks.generate import COLUMNS

THREADS = os.cpu_count() or 1
#: One slot of the server: DUCKDB_MEMORY_LIMIT divided by KBSTORE_HEAVY_SLOTS.
SLOT_MEMORY = "2GB"


def run(task: str, *paths: Path) -> float:
    """Seconds that the task took, start of the process not included."""
    command = [sys.executable, "-m", "benchmarks.raw", task, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    return float(json.loads(done.stdout))


def import_csv(source: str, target: str) -> None:
    _import(f"SELECT * FROM read_csv(?, header = true, columns = {COLUMNS!r})", source, target)


def import_parquet(source: str, target: str) -> None:
    _import("SELECT * FROM read_parquet(?)", source, target)


def export_csv(source: str, target: str) -> None:
    _export(source, target, "FORMAT csv, HEADER")


def export_parquet(source: str, target: str) -> None:
    _export(source, target, "FORMAT parquet")


def _import(select: str, source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    with duckdb.connect(target, config=_config()) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"CREATE TABLE data ({columns})")
        connection.execute(f"INSERT INTO data {select}", [source])
    _sync(target)


def _export(source: str, target: str, options: str) -> None:
    with duckdb.connect(config=_config()) as connection:
        connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
        connection.execute(f"COPY source.data TO '{target}' ({options})")
    _sync(target)


def copy(source: str, target: str) -> None:
    """Only the copy of a file, by reflink where the file system can."""
    subprocess.run(["cp", "--reflink=auto", source, target], check=True)
    _sync(target)


def summarize(source: str) -> None:
    with duckdb.connect(config=_config()) as connection:
        connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
        connection.execute("SUMMARIZE source.data").fetchall()


def _config() -> dict[str, str | bool | int | float | list[str]]:
    return {"threads": THREADS, "memory_limit": SLOT_MEMORY}


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


TASKS = {task.__name__: task for task in (import_csv, import_parquet, export_csv, export_parquet, copy, summarize)}


def main() -> None:
    task, *paths = sys.argv[1:]
    started = time.perf_counter()
    TASKS[task](*paths)
    sys.stdout.write(json.dumps(time.perf_counter() - started))


if __name__ == "__main__":
    main()
