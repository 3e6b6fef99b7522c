"""Connecting in a project of 1,000 tables, and the round trips of SELECT 1."""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import duckdb
import psycopg

from benchmarks.pgwire_peers import Peer, kbstore, median_of
from benchmarks.raw import THREADS
from benchmarks.report import Line, console, percentile, show

TABLE_COUNT = 1_000
CONNECTS = 40
CONNECT_BUDGET_MS = 50.0
ROUND_TRIP_BUDGET = 0.5
SECONDS = 3.0
ROUNDS = 3
CONNECTIONS = (8, 32)
CLIENT_PROCESSES = 4


def connect_ms(peer: Peer, *, tls: bool) -> list[float]:
    """Connect, prove the password, SELECT 1, leave."""
    dsn = peer.dsn.replace("sslmode=disable", "sslmode=require") if tls else peer.dsn
    found = []
    for _ in range(CONNECTS):
        began = time.perf_counter()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SELECT 1").fetchone()
        found.append((time.perf_counter() - began) * 1000)
    return found


def round_trips(dsn: str, seconds: float, *, prepare: bool) -> float:
    """SELECT 1 a second over one connection."""
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        count, deadline = 0, time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            cursor.execute("SELECT 1", prepare=prepare).fetchall()
            count += 1
        return count / seconds


def direct(seconds: float) -> float:
    """The same question to DuckDB in this process, with as many threads as the server gives it."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        count, deadline = 0, time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            connection.execute("SELECT 1").fetchall()
            count += 1
        return count / seconds


def _many(dsn: str, threads: int, seconds: float) -> float:
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: round_trips(dsn, seconds, prepare=True), range(threads)))


def concurrent(peer: Peer, connections: int) -> float:
    """All together; the clients share a few processes, so that they are not what is measured."""
    with multiprocessing.get_context("spawn").Pool(CLIENT_PROCESSES) as pool:
        share = connections // CLIENT_PROCESSES
        return sum(pool.starmap(_many, [(peer.dsn, share, SECONDS)] * CLIENT_PROCESSES))


def lines(peer: Peer, tables: int) -> list[Line]:
    found = []
    for name, tls in (("without TLS", False), ("with TLS", True)):
        latencies = connect_ms(peer, tls=tls)
        p50, p95 = median_of(latencies), percentile(latencies, 95)
        what = f"connect and SELECT 1, {tables:,} tables, {name}"
        found.append(Line(what, f"{p50:.1f} ms", f"p95 {p95:.1f} ms", p50, CONNECT_BUDGET_MS, "ms"))
    for name, prepare in (("simple", False), ("prepared", True)):
        rounds = [(round_trips(peer.dsn, SECONDS, prepare=prepare), direct(SECONDS)) for _ in range(ROUNDS)]
        ours, theirs = median_of([each[0] for each in rounds]), median_of([each[1] for each in rounds])
        what = f"SELECT 1, one connection, {name}"
        ratio = ours / theirs
        found.append(Line(what, f"{ours:,.0f}/s", f"{theirs:,.0f}/s", ratio, ROUND_TRIP_BUDGET, "x", at_least=True))
    for count in CONNECTIONS:
        found.append(Line(f"SELECT 1, {count} connections", f"{concurrent(peer, count):,.0f}/s", ""))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.pgwire_latency", description=__doc__)
    options.add_argument("--tables", type=int, default=TABLE_COUNT)
    count = options.parse_args(arguments).tables
    with kbstore() as peer:
        with console.status(f"Making {count:,} tables"), ThreadPoolExecutor(4) as pool:
            list(pool.map(peer.make_table, (f"table_{number:04d}" for number in range(count))))
        show("Latency of the SQL server", lines(peer, count), compared="DuckDB in process")


if __name__ == "__main__":
    main()
