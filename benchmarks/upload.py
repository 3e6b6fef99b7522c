"""Upload of a 2 GB file against the same ASGI server that discards it, and the server's peak memory."""

from __future__ import annotations

import argparse
import http.client
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.generate import make_large
from benchmarks.report import Line, console, show
from benchmarks.served import MEMORY_LIMIT, PROJECT, Served, serve

ROUNDS = 3
LEAST_MB_PER_SECOND, LEAST_SHARE = 200.0, 0.5
MEMORY_ALLOWANCE = 200_000_000
BOUNDARY = "kbstore-benchmark-boundary"
FRAME = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n".encode(),
    f"\r\n--{BOUNDARY}--\r\n".encode(),
)


def send_file(url: str, path: Path, *, key: str, multipart: bool) -> float:
    """Seconds for one upload; the kernel sends the file, so the client costs next to nothing."""
    place = urlsplit(url)
    before, after = FRAME if multipart else (b"", b"")
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)
    started = time.perf_counter()
    connection.putrequest("POST" if multipart else "PUT", place.path)
    kind = f"multipart/form-data; boundary={BOUNDARY}" if multipart else "application/octet-stream"
    for name, value in (
        ("Authorization", f"Bearer {key}"),
        ("Content-Type", kind),
        ("Content-Length", str(len(before) + path.stat().st_size + len(after))),
    ):
        connection.putheader(name, value)
    connection.endheaders(before or None)
    with path.open("rb") as file:
        _socket(connection).sendfile(file)
    if after:
        connection.send(after)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"The upload was answered with {response.status}: {answer[:200]!r}")
    return time.perf_counter() - started


def _socket(connection: http.client.HTTPConnection) -> socket.socket:
    if connection.sock is None:
        connection.connect()
    return connection.sock


@contextmanager
def discarding() -> Iterator[str]:
    """The same ASGI server and HTTP parser with an application that forgets the body."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", str(port), "--http", "httptools", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", "benchmarks.discard:application", *options]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The discarding server did not start.")


def new_session(served: Served) -> str:
    ticket = served.api.call("POST", f"/projects/{PROJECT}/files/prepare", {"filename": "large.csv"})
    return str(ticket["upload_url"])


def rates(path: Path, send: Callable[[], float], rounds: int) -> list[float]:
    """Megabytes a second of each round."""
    return [path.stat().st_size / 1e6 / send() for _ in range(rounds)]


def speed(served: Served, discard_url: str, path: Path, *, multipart: bool, rounds: int) -> list[Line]:
    what = "multipart POST" if multipart else "raw PUT"
    session = f"{served.url}{new_session(served)}"  # uploading again replaces the bytes
    with console.status(what):
        key = served.api.key
        ours = statistics.median(rates(path, lambda: send_file(session, path, key=key, multipart=multipart), rounds))
        bare = statistics.median(rates(path, lambda: send_file(discard_url, path, key="", multipart=multipart), rounds))
    shown = f"{ours:.0f} MB/s", f"{bare:.0f} MB/s"
    # One of the two is asked for: the share of what the server can take, or the absolute speed.
    if ours >= LEAST_MB_PER_SECOND:
        return [Line(what, *shown, ours, LEAST_MB_PER_SECOND, "MB/s", at_least=True)]
    return [Line(what, *shown, ours / bare, LEAST_SHARE, "x", at_least=True)]


def memory(served: Served, path: Path) -> list[Line]:
    """The peak while a file goes up, and while it is imported."""
    served.forget_peak()
    idle = served.peak_bytes()
    session = new_session(served)
    send_file(f"{served.url}{session}", path, key=served.api.key, multipart=True)
    upload_peak = served.peak_bytes()
    upload_key = session.rpartition("/")[2]
    file_id = served.api.call("POST", f"/projects/{PROJECT}/files", {"upload_key": upload_key})["id"]
    served.make_table("large")
    with console.status("import of the large file"):
        seconds = served.wait(served.start_import("large", file_id))
    peak, allowed = served.peak_bytes(), MEMORY_LIMIT + MEMORY_ALLOWANCE
    return [
        Line("peak memory, upload", f"{upload_peak / 1e6:.0f} MB", f"({idle / 1e6:.0f} MB idle)"),
        Line(f"peak memory, import ({seconds:.0f} s)", f"{peak / 1e6:.0f} MB", "", peak / 1e6, allowed / 1e6, "MB"),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.upload", description=__doc__)
    options.add_argument("--bytes", type=int, default=2_000_000_000)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args(arguments)
    path = make_large(chosen.bytes)
    with serve() as served, discarding() as discard_url:
        lines = speed(served, discard_url, path, multipart=False, rounds=chosen.rounds)
        lines += speed(served, discard_url, path, multipart=True, rounds=chosen.rounds)
        lines += memory(served, path)
    title = f"Upload of {path.stat().st_size / 1e9:.1f} GB, median of {chosen.rounds}"
    show(title, lines, compared="discarding")


if __name__ == "__main__":
    main()
