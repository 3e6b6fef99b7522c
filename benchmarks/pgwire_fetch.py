"""A million rows through psycopg and asyncpg and by COPY, beside PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

import asyncpg

from benchmarks.pgwire_peers import ROWS, Peer, both, median_of
from benchmarks.report import Line, console, show

ROUNDS = 3
FIRST_ROW_BUDGET_MS = 50.0
COPY_IN_BUDGET = 0.7
QUERY = "SELECT * FROM data"
Work = Callable[[Peer], float]


def psycopg_fetch(peer: Peer, *, binary: bool) -> float:
    with peer.connect() as connection, connection.cursor(binary=binary) as cursor:
        began = time.perf_counter()
        cursor.execute(QUERY)
        cursor.fetchall()
        return time.perf_counter() - began


def asyncpg_fetch(peer: Peer) -> float:
    async def fetch() -> float:
        connection = await asyncpg.connect(**peer.options)
        await connection.fetch("SELECT 1")
        began = time.perf_counter()
        await connection.fetch(QUERY)
        seconds = time.perf_counter() - began
        await connection.close()
        return seconds

    return asyncio.run(fetch())


def first_row(peer: Peer) -> float:
    """A row at a time: how soon the first is there."""
    with peer.connect() as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        next(cursor.stream(QUERY))
        seconds = time.perf_counter() - began
        connection.cancel()
    return seconds


def copy_out(peer: Peer, *, options: str) -> float:
    with peer.connect() as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        with cursor.copy(f"COPY data TO STDOUT ({options})") as copy:
            for _ in copy:
                pass
        return time.perf_counter() - began


def copy_in(peer: Peer, *, options: str, parts: list[bytes]) -> float:
    with peer.connect() as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS loaded")
        cursor.execute("CREATE TABLE loaded AS SELECT * FROM data LIMIT 0")
        began = time.perf_counter()
        with cursor.copy(f"COPY loaded FROM STDIN ({options})") as copy:
            for part in parts:
                copy.write(part)
        return time.perf_counter() - began


def copied(peer: Peer, options: str) -> list[bytes]:
    with peer.connect() as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY data TO STDOUT ({options})") as copy:
            return [bytes(part) for part in copy]


def compared(what: str, work: Work, peers: tuple[Peer, Peer], *, budget: float = 1.0) -> Line:
    """Each in turn, so that a busy minute hits both; the value says how many times as fast kbstore is."""
    with console.status(what):
        rounds = [[work(peer) for peer in peers] for _ in range(ROUNDS)]
    ours, theirs = (median_of([each[position] for each in rounds]) for position in (0, 1))
    return Line(what, f"{ours:.2f} s", f"{theirs:.2f} s", theirs / ours, budget, "x as fast", at_least=True)


def lines(peers: tuple[Peer, Peer]) -> list[Line]:
    first = median_of([first_row(peers[0]) for _ in range(5)]) * 1000
    theirs = median_of([first_row(peers[1]) for _ in range(5)]) * 1000
    found = [
        compared("psycopg, text", partial(psycopg_fetch, binary=False), peers),
        compared("psycopg, binary", partial(psycopg_fetch, binary=True), peers),
        compared("asyncpg", asyncpg_fetch, peers),
        Line("first row, psycopg", f"{first:.1f} ms", f"{theirs:.1f} ms", first, FIRST_ROW_BUDGET_MS, "ms"),
    ]
    for form in ("csv", "text", "binary"):
        options = f"FORMAT {form}"
        found.append(compared(f"COPY TO STDOUT, {form}", partial(copy_out, options=options), peers))
        parts = copied(peers[1], options)
        loading = partial(copy_in, options=options, parts=parts)
        found.append(compared(f"COPY FROM STDIN, {form}", loading, peers, budget=COPY_IN_BUDGET))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.pgwire_fetch", description=__doc__)
    options.add_argument("--rows", type=int, default=ROWS)
    rows = options.parse_args(arguments).rows
    with both() as peers:
        if peers is not None:
            for peer in peers:
                peer.fill("data", rows)
            show(f"{rows:,} rows of 5 columns over the wire", lines(peers), compared="PostgreSQL 15")


if __name__ == "__main__":
    main()
