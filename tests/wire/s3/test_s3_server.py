"""The port of the S3 endpoint as an operator meets it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from botocore.client import BaseClient

from tests.cast import Server, start_server
from tests.live_server import ROOT, manage, server_environment
from tests.s3_cast import boto_client, code_of
from tests.wire.jobs import until

STOP_SECONDS = 40
BODY = bytes(range(256)) * (64 << 10)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    server = start_server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop()


def client_of(port: int) -> BaseClient:
    return boto_client(f"http://127.0.0.1:{port}")


def test_serve_says_its_port_and_goes_on_where_it_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start_server(tmp_path, S3_LISTEN=str(port))
        log = (tmp_path / "server.log").read_text()
        assert server.s3_port == 0
        assert "S3 is served under /s3 only" in log
        assert "another process listens there" in log
        assert "KBSTORE_S3_PORT" not in log
        assert code_of(server.http.get("/s3/none/key", headers={"authorization": "AWS a:b"}))[0] == 400
        server.stop()


def test_it_can_be_switched_off(tmp_path):
    server = start_server(tmp_path, S3_ENABLED="false")
    assert server.s3_port == 0
    server.stop()


def test_a_certificate_that_cannot_be_read_stops_only_this_port(tmp_path):
    server = start_server(tmp_path, S3_TLS="on", S3_TLS_CERT=str(tmp_path / "none.crt"))
    assert server.s3_port == 0
    assert "S3_TLS_CERT" in (tmp_path / "server.log").read_text()
    server.stop()


def test_a_download_may_finish_after_sigterm(running):
    client = client_of(running.s3_port)
    client.create_bucket(Bucket="draining")
    client.put_object(Bucket="draining", Key="k", Body=BODY)
    body = client.get_object(Bucket="draining", Key="k")["Body"]
    received = body.read(1000)
    running.process.send_signal(signal.SIGTERM)
    until(lambda: not accepts(running.s3_port), "the port to be closed")
    assert received + body.read() == BODY
    assert running.process.wait(STOP_SECONDS) == 0


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_reader_that_never_reads_is_cut_off_after_the_grace(tmp_path):
    server = start_server(tmp_path, KBSTORE_SHUTDOWN_GRACE_SECONDS="0.5")
    client = client_of(server.s3_port)
    client.create_bucket(Bucket="draining")
    client.put_object(Bucket="draining", Key="k", Body=BODY)
    body = client.get_object(Bucket="draining", Key="k")["Body"]
    assert len(body.read(1000)) == 1000
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(STOP_SECONDS) == 0


@pytest.fixture
def s3server(running: Server, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`manage.py s3server` beside `serve` on the same data."""
    file = tmp_path / "s3server.port"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "s3server", "--host", "127.0.0.1", "--port", "0", "--port-file", str(file)],
        cwd=ROOT,
        env=server_environment(running.data_dir),
    )
    until(lambda: file.exists() or process.poll() is not None, "s3server to listen")
    yield process, int(file.read_text())
    process.kill()
    process.wait()


def test_a_process_of_its_own_shares_objects_with_serve(running, s3server):
    process, port = s3server
    here, there = client_of(running.s3_port), client_of(port)
    here.create_bucket(Bucket="shared")
    there.put_object(Bucket="shared", Key="k", Body=BODY)
    assert here.get_object(Bucket="shared", Key="k")["Body"].read() == BODY
    here.delete_object(Bucket="shared", Key="k")
    assert there.list_objects_v2(Bucket="shared")["KeyCount"] == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0


def test_overwrites_in_one_process_never_break_readers_of_the_other(running, s3server):
    writer, reader = client_of(running.s3_port), client_of(s3server[1])
    writer.create_bucket(Bucket="shared")
    writer.put_object(Bucket="shared", Key="k", Body=b"x" * 200_000)
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            assert len(reader.get_object(Bucket="shared", Key="k")["Body"].read()) == 200_000

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            writer.put_object(Bucket="shared", Key="k", Body=b"x" * 200_000)
        is_over.set()
        reading.result(30)


def test_a_taken_port_is_a_clear_error(running):
    ended = manage(running.data_dir, "s3server", "--host", "127.0.0.1", "--port", str(running.s3_port))
    assert ended.returncode == 1
    assert "another process listens there" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_requests_without_credentials_learn_nothing(running):
    for path in ("/", "/bucket", "/bucket/key"):
        assert code_of(httpx.get(f"http://127.0.0.1:{running.s3_port}{path}")) == (403, "AccessDenied")
