"""How fast the server answers others while it imports 5M rows."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence

import httpx

from benchmarks.generate import ROWS, make
from benchmarks.report import Line, percentile, show
from benchmarks.served import TABLES, Served, serve

IDLE_SECONDS = 3.0
PAUSE_SECONDS = 0.005
HEALTH_BUDGET_MS = 50.0


class Asker(threading.Thread):
    """Asks for one path over and over, over one connection, until told to stop."""

    def __init__(self, served: Served, path: str) -> None:
        super().__init__(daemon=True)
        self._http = httpx.Client(
            base_url=served.url, headers={"Authorization": f"Bearer {served.api.key}"}, timeout=60
        )
        self._path = path
        self._stopped = threading.Event()
        self.latencies_ms: list[float] = []
        self.failures = 0

    def run(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            started = time.perf_counter()
            response = self._http.get(self._path)
            self.latencies_ms.append((time.perf_counter() - started) * 1000)
            self.failures += not response.is_success

    def finish(self) -> Asker:
        self._stopped.set()
        self.join()
        return self


def ask(served: Served, paths: dict[str, str]) -> dict[str, Asker]:
    askers = {name: Asker(served, path) for name, path in paths.items()}
    for asker in askers.values():
        asker.start()
    return askers


def line(name: str, busy: Asker, idle: Asker) -> Line:
    p99 = percentile(busy.latencies_ms, 99)
    budget = HEALTH_BUDGET_MS if name == "/health" else None
    failures = f", {busy.failures} FAILED" if busy.failures else ""
    return Line(
        f"{name} ({len(busy.latencies_ms)} requests{failures})", shown(busy), shown(idle), p99, budget, "ms p99"
    )


def shown(asker: Asker) -> str:
    return f"p50 {percentile(asker.latencies_ms, 50):.1f}, p99 {percentile(asker.latencies_ms, 99):.1f} ms"


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.responsiveness", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    rows = options.parse_args(arguments).rows
    data = make(rows)
    with serve() as served:
        for table in ("busy", "other"):
            served.make_table(table)
            served.wait(served.start_import(table, served.upload(data.changes)))
        file_id = served.upload(data.csv)
        previews = {f"preview of {table}": f"{TABLES}/{table}/preview?limit=100" for table in ("busy", "other")}
        paths = {"/health": "/health", **previews}
        idle = ask(served, paths)
        time.sleep(IDLE_SECONDS)
        idle = {name: asker.finish() for name, asker in idle.items()}
        busy = ask(served, paths)
        seconds = served.wait(served.start_import("busy", file_id))
        busy = {name: asker.finish() for name, asker in busy.items()}
    title = f"Answers during an import of {rows:,} rows into `busy` ({seconds:.1f} s)"
    show(title, [line(name, busy[name], idle[name]) for name in paths], measured="importing", compared="idle")


if __name__ == "__main__":
    main()
