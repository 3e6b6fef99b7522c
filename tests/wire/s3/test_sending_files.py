"""Large objects on their way out, over raw sockets: slow readers, those that leave, connections that are kept."""

from __future__ import annotations

import os
import re
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.cast import Server
from tests.s3_cast import boto_client
from tests.wire.jobs import until

SIZE_BYTES = 32 << 20
BODY = bytes(range(256)) * (SIZE_BYTES // 256)


@pytest.fixture(scope="module")
def target(server: Server) -> Iterator[tuple[str, str]]:
    """Host and pre-signed path of an object of 32 MiB."""
    client = boto_client(f"http://127.0.0.1:{server.s3_port}")
    bucket = f"test-{uuid.uuid4().hex[:16]}"
    client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key="large", Body=BODY)
    url = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "large"}))
    yield url.netloc, f"{url.path}?{url.query}"
    client.delete_object(Bucket=bucket, Key="large")
    client.delete_bucket(Bucket=bucket)


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.s3_port), timeout=30)


def ask(connection: socket.socket, target: tuple[str, str], *headers: str) -> None:
    host, path = target
    lines = [f"GET {path} HTTP/1.1", f"host: {host}", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode())


def read_answer(stream: object) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().strip()) != b"":
        found = re.fullmatch(rb"content-length: (\d+)", line)
        length = int(found[1]) if found else length
    return status, stream.read(length)


def test_a_kept_connection_serves_one_large_object_after_the_other(server, target):
    with connect(server) as connection, connection.makefile("rb") as stream:
        for first in (0, 1, 12345):
            ask(connection, target, f"range: bytes={first}-")
            status, body = read_answer(stream)
            assert (status, body) == (206, BODY[first:])


def test_requests_that_were_sent_ahead_are_answered_in_order(server, target):
    with connect(server) as connection, connection.makefile("rb") as stream:
        for last in (SIZE_BYTES - 1, 9, 300_000):
            ask(connection, target, f"range: bytes=0-{last}")
        for last in (SIZE_BYTES - 1, 9, 300_000):
            assert read_answer(stream) == (206, BODY[: last + 1])


def test_a_connection_that_shall_be_closed_is_closed_after_the_last_byte(server, target):
    with connect(server) as connection, connection.makefile("rb") as stream:
        ask(connection, target, "connection: close")
        assert read_answer(stream) == (200, BODY)
        assert stream.read() == b""


def test_readers_that_do_not_read_cost_others_nothing(server, target):
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    idle = [connect(server) for _ in range(30)]
    try:
        for connection in idle:
            ask(connection, target)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        with connect(server) as connection, connection.makefile("rb") as stream:
            ask(connection, target)
            assert read_answer(stream) == (200, BODY)
        assert process.memory_info().rss - before < SIZE_BYTES, "bytes wait on the disk, not in memory"
    finally:
        for connection in idle:
            connection.close()


def test_those_who_leave_in_the_middle_leave_nothing_behind(server, target):
    for _ in range(10):
        with connect(server) as connection:
            ask(connection, target)
            connection.recv(1000)
            # Reset instead of a polite end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    for _ in range(10):
        with connect(server) as connection:
            ask(connection, target)
            connection.recv(1000)
    until(lambda: not open_objects(server), "the object to be closed")
    with connect(server) as connection, connection.makefile("rb") as stream:
        ask(connection, target, "range: bytes=-5")
        assert read_answer(stream) == (206, BODY[-5:])


def open_objects(server: Server) -> list[str]:
    home = str(server.data_dir / "files" / "objects")
    links = Path(f"/proc/{server.process.pid}/fd").iterdir()
    return [found for link in links if (found := _target(link)).startswith(home)]


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def test_bytes_that_the_system_has_to_fetch_from_the_disk_are_the_same(server, target):
    for path in (server.data_dir / "files" / "objects").rglob("*"):
        if path.is_file() and path.stat().st_size == SIZE_BYTES:
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with connect(server) as connection, connection.makefile("rb") as stream:
        ask(connection, target, "range: bytes=12345-")
        assert read_answer(stream) == (206, BODY[12345:])


def test_a_slow_reader_gets_every_byte(server, target):
    with connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        ask(connection, target, "range: bytes=0-3999999")
        received, started = bytearray(), time.monotonic()
        while b"\r\n\r\n" not in received or len(received.partition(b"\r\n\r\n")[2]) < 4_000_000:
            block = connection.recv(50_000)
            assert block
            received += block
            if time.monotonic() - started < 1:
                time.sleep(0.02)
        assert received.partition(b"\r\n\r\n")[2] == BODY[:4_000_000]
