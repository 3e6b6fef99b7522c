"""An aggregation over ten million rows, beside PostgreSQL."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks.pgwire_peers import Peer, both, median_of
from benchmarks.report import Line, show

ROWS = 10_000_000
BUDGET = 5.0
ROUNDS = 3
ROW = "i::int8 AS id, (i % 1000)::int4 AS customer, (i % 977)::float8 AS price, (i % 365)::int4 AS day"
QUERIES = {
    "1,000 groups": "SELECT customer, count(*), sum(price), avg(price), max(day) FROM big GROUP BY customer",
    "one line of totals": "SELECT count(*), sum(price), avg(price), min(id), max(id) FROM big WHERE day < 300",
}


def seconds(peer: Peer, query: str) -> float:
    with peer.connect() as connection:
        began = time.perf_counter()
        connection.execute(query).fetchall()
        return time.perf_counter() - began


def lines(peers: tuple[Peer, Peer]) -> list[Line]:
    found = []
    for what, query in QUERIES.items():
        rounds = [[seconds(peer, query) for peer in peers] for _ in range(ROUNDS)]
        ours, theirs = (median_of([each[position] for each in rounds]) for position in (0, 1))
        ratio = theirs / ours
        found.append(Line(what, f"{ours:.3f} s", f"{theirs:.2f} s", ratio, BUDGET, "x as fast", at_least=True))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.pgwire_aggregate", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    rows = options.parse_args(arguments).rows
    with both() as peers:
        if peers is not None:
            for peer in peers:
                peer.fill("big", rows, row=ROW)
            show(f"Aggregations over {rows:,} rows", lines(peers), compared="PostgreSQL 15")


if __name__ == "__main__":
    main()
