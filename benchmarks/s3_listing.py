"""Pages of 1,000 keys out of a million, beside `rclone serve s3` over as many empty files."""

from __future__ import annotations

import argparse
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.generate import WORK
from benchmarks.report import Line, console, show
from benchmarks.s3_peers import S3Peer, ask, rclone, timed
from benchmarks.served import PROJECT, serve

KEYS = 1_000_000
PAGE = 1_000
ROUNDS = 5


def key_of(number: int) -> str:
    return f"many/{number:07d}"


def fill_catalog(catalog: Path, keys: int) -> None:
    """As many rows like the one that is there, under keys of their own."""
    with closing(sqlite3.connect(catalog, timeout=60)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(files_storedobject)")]
        others = ", ".join(column for column in columns if column not in ("id", "key"))
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "  # noqa: S608
            f"INSERT INTO files_storedobject (key, {others}) "
            f"SELECT printf('many/%07d', i), {others} FROM n, (SELECT * FROM files_storedobject WHERE key = 'seed')",
            [keys],
        )


def fill_directory(directory: Path, keys: int) -> None:
    directory.mkdir(parents=True)
    for number in range(keys):
        (directory / f"{number:07d}").touch()


def page(peer: S3Peer, *, after: str = "") -> Callable[[], object]:
    query = f"list-type=2&max-keys={PAGE}&prefix=many%2F"
    if after:
        query += f"&start-after={after.replace('/', '%2F')}"
    target = peer.target("GET", "", query)

    def run() -> None:
        found = ask(peer.connect(), "GET", target).count(b"<Contents>")
        if found != PAGE:
            raise RuntimeError(f"{peer.name} listed {found} keys, not {PAGE}.")

    return run


def beside(what: str, works: Sequence[Callable[[], object]], *, rounds: int) -> Line:
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for index, work in enumerate(works):
            times[index].append(timed(work))
    ours, theirs = (statistics.median(each) for each in times)
    compared = f"rclone {theirs * 1000:.0f} ms"
    return Line(what, f"{ours * 1000:.0f} ms", compared, theirs / ours, 1.0, "x as fast", at_least=True)


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.s3_listing", description=__doc__)
    options.add_argument("--keys", type=int, default=KEYS)
    chosen = options.parse_args(arguments)
    with ExitStack() as stack:
        served = stack.enter_context(serve(S3_ENABLED="true", S3_LISTEN="0", KBSTORE_MAX_PROJECT_FILES="10000000"))
        ours = S3Peer("kbstore", f"http://127.0.0.1:{served.s3_port}", f"project_{PROJECT}", served.process.pid)
        theirs = stack.enter_context(rclone())
        with console.status(f"{chosen.keys:,} keys each"):
            ask(ours.connect(), "PUT", ours.target("PUT", "seed"), b"")
            fill_catalog(served.data_dir / "catalog.sqlite3", chosen.keys)
            fill_directory(WORK / "rclone" / theirs.bucket / "many", chosen.keys)
        peers, middle = (ours, theirs), key_of(chosen.keys // 2)
        lines = [
            beside("the first page", [page(peer) for peer in peers], rounds=ROUNDS),
            beside("a page from the middle", [page(peer, after=middle) for peer in peers], rounds=ROUNDS),
        ]
    show(f"S3, pages of {PAGE:,} of {chosen.keys:,} keys, median of {ROUNDS}", lines, compared="compared")


if __name__ == "__main__":
    main()
