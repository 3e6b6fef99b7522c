"""Whom the S3 benchmarks talk to: kbstore, `rclone serve s3` over the same disk, and the bare ASGI server."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.generate import WORK
from benchmarks.served import ADMIN_KEY, PROJECT, ROOT, serve

ACCESS_KEY = "duckdb"
BLOCK_BYTES = 1 << 20
START_SECONDS = 30
LIFETIME_SECONDS = 7200


@dataclass(frozen=True)
class S3Peer:
    """An S3 server with one bucket. Requests are signed in their URL before they are timed."""

    name: str
    url: str
    bucket: str
    pid: int
    is_signed: bool = True

    def target(self, method: str, key: str = "", query: str = "") -> str:
        """Path and query of a request, signed if the server wants that."""
        address = f"{self.url}/{self.bucket}{'/' + quote(key) if key else ''}{'?' + query if query else ''}"
        if self.is_signed:
            request = AWSRequest(method, address, headers={"host": urlsplit(self.url).netloc})
            signer = S3SigV4QueryAuth(Credentials(ACCESS_KEY, ADMIN_KEY), "s3", "local", expires=LIFETIME_SECONDS)
            signer.add_auth(request)
            address = request.prepare().url
        place = urlsplit(address)
        return f"{place.path}?{place.query}" if place.query else place.path

    def connect(self) -> http.client.HTTPConnection:
        place = urlsplit(self.url)
        return http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)


def ask(connection: http.client.HTTPConnection, method: str, target: str, body: bytes | None = None) -> bytes:
    """The body of the answer. Raises RuntimeError for anything but a success."""
    connection.request(method, target, body=body)
    response = connection.getresponse()
    answer = response.read()
    if response.status >= 300:
        raise RuntimeError(f"{method} {target.partition('?')[0]}: {response.status} {answer[:300]!r}")
    return answer


def put_file(peer: S3Peer, target: str, path: Path, *, offset: int = 0, length: int | None = None) -> str:
    """The ETag. The kernel sends the file, so the client costs next to nothing."""
    count = path.stat().st_size if length is None else length
    connection = peer.connect()
    connection.putrequest("PUT", target)
    connection.putheader("Content-Length", str(count))
    connection.endheaders()
    with path.open("rb") as file:
        connection.sock.sendfile(file, offset, count)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"PUT was answered with {response.status}: {answer[:300]!r}")
    return response.headers["ETag"] or ""


def get_bytes(peer: S3Peer, target: str, *, first: int | None = None, last: int | None = None) -> int:
    """How many bytes came; they are forgotten."""
    connection = peer.connect()
    connection.request("GET", target, headers={} if first is None else {"Range": f"bytes={first}-{last}"})
    response = connection.getresponse()
    if response.status not in (200, 206):
        raise RuntimeError(f"GET was answered with {response.status}: {response.read()[:300]!r}")
    buffer = memoryview(bytearray(BLOCK_BYTES))
    count = 0
    while got := response.readinto(buffer):
        count += got
    connection.close()
    return count


def timed(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def kbstore() -> Iterator[S3Peer]:
    with serve(S3_ENABLED="true", S3_LISTEN="0", KBSTORE_MAX_PROJECT_FILES="10000000") as served:
        yield S3Peer("kbstore", f"http://127.0.0.1:{served.s3_port}", f"project_{PROJECT}", served.process.pid)


@contextmanager
def rclone() -> Iterator[S3Peer]:
    """Over a directory beside kbstore's data; without keys, which spares it the check of signatures."""
    home = WORK / "rclone"
    shutil.rmtree(home, ignore_errors=True)
    # It cannot make one directory for several objects at once.
    (home / "bench" / "small").mkdir(parents=True)
    port = _free_port()
    command = [Path(sys.executable).with_name("rclone"), "serve", "s3", home, "--addr", f"127.0.0.1:{port}"]
    with _running([*map(str, command), "--vfs-cache-mode", "off", "-q"], port) as process:
        yield S3Peer("rclone", f"http://127.0.0.1:{port}", "bench", process.pid, is_signed=False)
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def bare(application: str) -> Iterator[S3Peer]:
    """The same ASGI server and HTTP parser with an application of the benchmarks."""
    port = _free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--http", "httptools", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.{application}:application", *options]
    with _running(command, port) as process:
        yield S3Peer(application, f"http://127.0.0.1:{port}", "bench", process.pid, is_signed=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        _wait_for(port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The server did not start.")
