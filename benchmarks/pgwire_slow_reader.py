"""A huge result for a client that reads slowly: the server's memory should not grow with it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks.pgwire_peers import Peer, kbstore
from benchmarks.report import Line, console, show

#: About 10 GB on the wire, if it were read to the end.
ROWS = 100_000_000
QUERY = (
    "SELECT i AS id, 'a text of some length ' || i AS name, i / 7.0::float8 AS price, {fill} FROM range({rows}) t(i)"
)
FILL = "repeat('x', 40) AS fill"
SECONDS = 60.0
ROWS_A_SECOND = 20_000
WARM_SECONDS = 3.0
BUDGET_MB = 64.0


def growth(peer: Peer, *, rows: int, seconds: float) -> tuple[int, int, int]:
    """Resident bytes after a moment and at their largest, and the rows that were read."""
    with peer.connect() as connection, connection.cursor() as cursor:
        began, count, base, largest = time.perf_counter(), 0, 0, 0
        for _ in cursor.stream(QUERY.format(fill=FILL, rows=rows).encode()):
            count += 1
            if count % 1000 == 0:
                elapsed = time.perf_counter() - began
                now = peer.resident_bytes()
                if elapsed < WARM_SECONDS:
                    base = now
                largest = max(largest, now)
                if elapsed > seconds:
                    break
                time.sleep(max(0.0, count / ROWS_A_SECOND - elapsed))
        connection.cancel()
    return base, largest, count


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.pgwire_slow_reader", description=__doc__)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--rows", type=int, default=ROWS)
    chosen = options.parse_args(arguments)
    with kbstore() as peer, console.status("Reading slowly"):
        idle = peer.resident_bytes()
        base, largest, count = growth(peer, rows=chosen.rows, seconds=chosen.seconds)
    grown = (largest - base) / 1e6
    what = f"resident size of the server, {count:,} of {chosen.rows:,} rows read"
    line = Line(what, f"{largest / 1e6:.0f} MB", f"{idle / 1e6:.0f} MB", grown, BUDGET_MB, "MB growth")
    show(f"A slow reader for {chosen.seconds:g} s", [line], measured="largest", compared="idle")


if __name__ == "__main__":
    main()
