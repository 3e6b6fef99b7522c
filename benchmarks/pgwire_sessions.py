"""A hundred sessions at once, most of them light, beside neighbours with heavy queries."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence

from benchmarks.pgwire_peers import Peer, kbstore
from benchmarks.report import Line, percentile, show

LIGHT, HEAVY = 96, 4
SECONDS = 20.0
ROWS = 3_000_000
PAUSE_SECONDS = 0.5
MEMORY_BUDGET_MB = 1_000.0
LIGHT_BUDGET_MS = 1_000.0
LIGHT_QUERY = "SELECT * FROM data WHERE id = 12345"
HEAVY_QUERY = "SELECT name, sum(amount), count(DISTINCT id % 1000) FROM data GROUP BY name ORDER BY 2 DESC LIMIT 10"


class Session(threading.Thread):
    """Asks one question over and over; `latencies_ms` are those of the answers."""

    def __init__(self, peer: Peer, query: str, pause_seconds: float, deadline: float) -> None:
        super().__init__(daemon=True)
        self._connection = peer.connect()
        self._query, self._pause, self._deadline = query, pause_seconds, deadline
        self.latencies_ms: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        with self._connection as connection:
            while (began := time.perf_counter()) < self._deadline:
                try:
                    connection.execute(self._query).fetchall()
                except Exception as error:  # noqa: BLE001 - counted and shown
                    self.errors.append(repr(error))
                    return
                self.latencies_ms.append((time.perf_counter() - began) * 1000)
                time.sleep(self._pause)


def together(peer: Peer, *, light: int, heavy: int, seconds: float) -> tuple[list[Session], list[Session], int]:
    """The sessions, and how large the server became."""
    deadline = time.perf_counter() + seconds
    lights = [Session(peer, LIGHT_QUERY, PAUSE_SECONDS, deadline) for _ in range(light)]
    heavies = [Session(peer, HEAVY_QUERY, 0.0, deadline) for _ in range(heavy)]
    for session in (*lights, *heavies):
        session.start()
    largest = 0
    while time.perf_counter() < deadline:
        largest = max(largest, peer.resident_bytes())
        time.sleep(0.2)
    for session in (*lights, *heavies):
        session.join()
    return lights, heavies, largest


def shown(sessions: Sequence[Session]) -> tuple[str, float]:
    latencies = [value for session in sessions for value in session.latencies_ms]
    p50, p95 = percentile(latencies, 50), percentile(latencies, 95)
    return f"p50 {p50:.0f}, p95 {p95:.0f} ms ({len(latencies)})", p95


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.pgwire_sessions", description=__doc__)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--rows", type=int, default=ROWS)
    chosen = options.parse_args(arguments)
    with kbstore(PGWIRE_SESSION_MEMORY_LIMIT="512MB") as peer:
        peer.fill("data", chosen.rows)
        alone, _, idle = together(peer, light=LIGHT, heavy=0, seconds=chosen.seconds / 4)
        lights, heavies, largest = together(peer, light=LIGHT, heavy=HEAVY, seconds=chosen.seconds)
    errors = [error for session in (*alone, *lights, *heavies) for error in session.errors]
    found, p95 = shown(lights)
    lines = [
        Line(f"light query, {LIGHT} sessions", found, shown(alone)[0], p95, LIGHT_BUDGET_MS, "ms p95"),
        Line(f"heavy query, {HEAVY} sessions", shown(heavies)[0], ""),
        Line(
            "memory of the server",
            f"{largest / 1e6:.0f} MB",
            f"{idle / 1e6:.0f} MB",
            largest / 1e6,
            MEMORY_BUDGET_MB,
            "MB",
        ),
        Line("errors", str(len(errors)), "", len(errors), 0, "errors"),
    ]
    title = f"{LIGHT + HEAVY} sessions for {chosen.seconds:g} s"
    show(title, lines, measured="beside heavy ones", compared="light ones alone")


if __name__ == "__main__":
    main()
