"""The S3 endpoint beside `rclone serve s3` over the same disk, plain file copies and the bare ASGI server."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.generate import WORK
from benchmarks.report import Line, console, show
from benchmarks.s3_peers import S3Peer, ask, bare, get_bytes, kbstore, put_file, rclone, timed

SIZE_BYTES = 1 << 30
PART_BYTES = 16 << 20
THREADS = 8
SMALL_OBJECTS, SMALL_BYTES = 2_000, 4096
ROUNDS = 3
LEAST_SHARE = 0.7
MEMORY_BUDGET_MB = 300.0


def make_file(size_bytes: int) -> Path:
    """Bytes that do not compress."""
    WORK.mkdir(exist_ok=True)
    path = WORK / "object"
    if not path.exists() or path.stat().st_size != size_bytes:
        with path.open("wb") as file:
            for _ in range(size_bytes >> 20):
                file.write(os.urandom(1 << 20))
    return path


def put_whole(peer: S3Peer, path: Path, key: str = "whole") -> Callable[[], object]:
    target = peer.target("PUT", key)
    return lambda: put_file(peer, target, path)


def get_whole(peer: S3Peer) -> Callable[[], object]:
    target = peer.target("GET", "whole")
    return lambda: get_bytes(peer, target)


def put_in_parts(peer: S3Peer, path: Path) -> Callable[[], object]:
    """As the SDKs do it: create, parts by some threads, complete."""
    count = -(-path.stat().st_size // PART_BYTES)

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            created = ask(peer.connect(), "POST", peer.target("POST", "parts", "uploads="))
            upload = re.search(rb"<UploadId>([^<]+)</UploadId>", created)[1].decode()  # type: ignore[index]

            def put_part(number: int) -> str:
                start = (number - 1) * PART_BYTES
                length = min(PART_BYTES, path.stat().st_size - start)
                target = peer.target("PUT", "parts", f"partNumber={number}&uploadId={upload}")
                return put_file(peer, target, path, offset=start, length=length)

            etags = list(pool.map(put_part, range(1, count + 1)))
            parts = "".join(
                f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
                for number, etag in enumerate(etags, start=1)
            )
            body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
            ask(peer.connect(), "POST", peer.target("POST", "parts", f"uploadId={upload}"), body)

    return run


def get_in_ranges(peer: S3Peer, size_bytes: int) -> Callable[[], object]:
    target = peer.target("GET", "parts")

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            starts = range(0, size_bytes, PART_BYTES)
            ends = [min(start + PART_BYTES, size_bytes) - 1 for start in starts]
            got = pool.map(
                lambda pair: get_bytes(peer, target, first=pair[0], last=pair[1]), zip(starts, ends, strict=True)
            )
            if sum(got) != size_bytes:
                raise RuntimeError("The ranges do not make up the object.")

    return run


def _each(peer: S3Peer, method: str, body: bytes | None) -> Callable[[], object]:
    """One request for each small object, by some threads over kept connections."""
    targets = [peer.target(method, f"small/{number:05d}") for number in range(SMALL_OBJECTS)]

    def some(first: int) -> None:
        connection = peer.connect()
        for target in targets[first::THREADS]:
            ask(connection, method, target, body)
        connection.close()

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(some, range(THREADS)))

    return run


def list_small(peer: S3Peer) -> Callable[[], object]:
    """All of them, page by page."""

    def run() -> None:
        connection, token, found = peer.connect(), "", 0
        while True:
            query = (
                f"continuation-token={token}&list-type=2&prefix=small%2F" if token else "list-type=2&prefix=small%2F"
            )
            page = ask(connection, "GET", peer.target("GET", "", query))
            found += page.count(b"<Contents>")
            following = re.search(rb"<NextContinuationToken>([^<]+)<", page)
            if following is None:
                break
            token = following[1].decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        if found != SMALL_OBJECTS:
            raise RuntimeError(f"{found} of {SMALL_OBJECTS} objects are in the list.")

    return run


def beside(
    what: str, works: Sequence[Callable[[], object]], *, rounds: int, share: tuple[float, str] | None = None
) -> list[Line]:
    """kbstore's median against rclone's, both by turns; `share` is what the bare server takes, and its name."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for index, work in enumerate(works):
            with console.status(what):
                times[index].append(timed(work))
    ours, theirs = (statistics.median(each) for each in times)
    lines = [Line(what, f"{ours:.2f} s", f"rclone {theirs:.2f} s", theirs / ours, 1.0, "x as fast", at_least=True)]
    if share is not None:
        alone, name = share
        lines.append(Line("", f"{ours:.2f} s", f"{name} {alone:.2f} s", alone / ours, LEAST_SHARE, at_least=True))
    return lines


def plain_copy(path: Path) -> float:
    """Seconds to copy the file and have it on the disk."""
    target = WORK / "copy"

    def run() -> None:
        shutil.copyfile(path, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())

    seconds = timed(run)
    target.unlink()
    return seconds


def memory(peer: S3Peer, path: Path) -> Line:
    """The server's peak while several large objects arrive at once."""
    Path(f"/proc/{peer.pid}/clear_refs").write_text("5", encoding="ascii")
    targets = [peer.target("PUT", f"many/{number}") for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool, console.status("uploads side by side"):
        seconds = timed(lambda: list(pool.map(lambda target: put_file(peer, target, path), targets)))
    status = Path(f"/proc/{peer.pid}/status").read_text(encoding="ascii")
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]
    what = f"peak memory, {THREADS} objects at once"
    return Line(what, f"{peak:.0f} MB", f"{seconds:.1f} s", peak, MEMORY_BUDGET_MB, "MB")


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.s3", description=__doc__)
    options.add_argument("--bytes", type=int, default=SIZE_BYTES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args(arguments)
    path, rounds = make_file(chosen.bytes), chosen.rounds
    with ExitStack() as stack:
        peers = [stack.enter_context(kbstore()), stack.enter_context(rclone())]
        discarding, sending = (stack.enter_context(bare(name)) for name in ("discard", "sending"))
        discarded = statistics.median(timed(put_whole(discarding, path)) for _ in range(rounds))
        sent = statistics.median(timed(get_whole(sending)) for _ in range(rounds))
        small = os.urandom(SMALL_BYTES)
        lines = beside("PUT", [put_whole(peer, path) for peer in peers], rounds=rounds, share=(discarded, "discarding"))
        lines += beside("GET", [get_whole(peer) for peer in peers], rounds=rounds, share=(sent, "sending"))
        lines += beside(f"PUT, {THREADS} threads", [put_in_parts(peer, path) for peer in peers], rounds=rounds)
        lines += beside(f"GET, {THREADS} threads", [get_in_ranges(peer, chosen.bytes) for peer in peers], rounds=rounds)
        for name, method, body in (("PUT", "PUT", small), ("GET", "GET", None)):
            lines += beside(
                f"{SMALL_OBJECTS:,} x 4 KiB {name}", [_each(each, method, body) for each in peers], rounds=rounds
            )
            if method == "PUT":
                lines += beside(
                    f"{SMALL_OBJECTS:,} x 4 KiB listed", [list_small(each) for each in peers], rounds=rounds
                )
        lines.append(memory(peers[0], path))
        lines.append(Line("plain copy to the disk", f"{plain_copy(path):.2f} s", ""))
    show(f"S3, objects of {chosen.bytes / 2**30:.2f} GiB, median of {rounds}", lines, compared="compared")


if __name__ == "__main__":
    main()
