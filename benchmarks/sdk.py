"""The Python SDK loading the 5M-row CSV against curl doing the same, and how long the command line takes to start."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.generate import ROWS, make
from benchmarks.import_export import ROUNDS, compare
from benchmarks.report import Line, show
from benchmarks.served import BUCKET, CSV_OPTIONS, PROJECT, ROOT, TABLES, Served, serve

SDK_SOURCES = ROOT / "sdk" / "src"
MOST_TIME_OF_CURL = 1.10
STARTS, MOST_START_MILLISECONDS = 10, 250.0
_LOAD = """
import sys, time
from keboola_duckdb import Client
url, key, project, bucket, table, path = sys.argv[1:]
started = time.perf_counter()
with Client(url, api_key=key) as kb:
    kb.tables.import_file(project, bucket, table, path, csv_options={options!r})
print(time.perf_counter() - started)
"""


def with_sdk(served: Served, table: str, path: Path) -> float:
    """Seconds for upload and import in a process of its own; starting that is not measured."""
    program = _LOAD.replace("{options!r}", repr(CSV_OPTIONS))
    arguments = [served.url, served.api.key, PROJECT, BUCKET, table, str(path)]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"PYTHONPATH": str(SDK_SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def with_curl(served: Served, table: str, path: Path) -> float:
    """Seconds for the same four requests by curl: prepare, upload, register, import."""
    files = f"{served.url}/projects/{PROJECT}/files"
    started = time.perf_counter()
    ticket = _curl(served, "-d", json.dumps({"filename": path.name}), f"{files}/prepare")
    _curl(served, "-T", str(path), served.url + ticket["upload_url"])
    file = _curl(served, "-d", json.dumps({"upload_key": ticket["upload_key"]}), files)
    order = {"file_id": file["id"], "csv_options": CSV_OPTIONS}
    _curl(served, "-d", json.dumps(order), f"{served.url}{TABLES}/{table}/import/file")
    # What the SDK does at the end, too: the file has been loaded.
    _curl(served, "-X", "DELETE", f"{files}/{file['id']}")
    return time.perf_counter() - started


def _curl(served: Served, *arguments: str) -> Any:
    headers = ["-H", f"Authorization: Bearer {served.api.key}", "-H", "Content-Type: application/json"]
    done = subprocess.run(
        ["curl", "-sS", "--fail-with-body", *headers, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout) if done.stdout else None


def start_milliseconds() -> list[float]:
    """Of `keboola-duckdb --help`, the interpreter included."""
    command = [sys.executable, "-c", "from keboola_duckdb.cli.main import run; run()", "--help"]
    environment = os.environ | {"PYTHONPATH": str(SDK_SOURCES)}
    taken = []
    for _ in range(STARTS):
        started = time.perf_counter()
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.sdk", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args(arguments)
    path = make(chosen.rows).csv
    with serve() as served:
        served.make_table("loaded")
        lines = [
            compare(
                f"upload and import of {path.stat().st_size / 1e6:.0f} MB of CSV",
                lambda: with_sdk(served, "loaded", path),
                lambda: with_curl(served, "loaded", path),
                budget=MOST_TIME_OF_CURL,
                rounds=chosen.rounds,
            )
        ]
    starts = start_milliseconds()
    median = statistics.median(starts)
    shown = f"{median:.0f} ms ({min(starts):.0f}-{max(starts):.0f})"
    lines.append(Line("keboola-duckdb --help", shown, "", median, MOST_START_MILLISECONDS, "ms"))
    show(
        f"SDK and command line, {chosen.rows:,} rows, median of {chosen.rounds}", lines, measured="SDK", compared="curl"
    )


if __name__ == "__main__":
    main()
