"""Clients that dawdle and jobs that wait: what they must not hold up."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from filelock import FileLock

from tests.cast import TABLE, Person, Server, new_project, start_server
from tests.live_server import ADMIN_KEY
from tests.wire.jobs import ASYNC, until, wait_until

BODY_TO_COME = (
    b"POST /projects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{" % (2 << 20)
)


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Answers two requests at a time."""
    running = start_server(tmp_path_factory.mktemp("small"), KBSTORE_MAX_RUNNING_REQUESTS="2")
    yield running
    running.stop()


@pytest.fixture
def erin(small_server: Server) -> Iterator[Person]:
    with new_project(small_server) as owner:
        yield owner


def address(server: Server) -> tuple[str, int]:
    return server.http.base_url.host, server.http.base_url.port or 0


def test_slow_senders_of_bodies_hold_up_nobody(erin: Person) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            slow = stack.enter_context(closing(socket.create_connection(address(erin.server))))
            slow.sendall(BODY_TO_COME)
        for _ in range(3):
            assert erin.get("/projects/{p}", timeout=10).status_code == 200


def test_a_body_arrives_whole_however_it_is_cut(erin: Person) -> None:
    large = b'{"settings": {"note": "' + b"x" * 200_000 + b'"}, "padding": "' + b"y" * (3 << 20) + b'"}'
    assert erin.put("/projects/{p}", content=(large[i : i + 50_001] for i in range(0, len(large), 50_001))).is_success
    assert len(erin.get("/projects/{p}").json()["settings"]["note"]) == 200_000


def test_an_upload_that_outlasts_the_grace_of_a_stop_is_503(tmp_path: Path) -> None:
    server = start_server(tmp_path, KBSTORE_SHUTDOWN_GRACE_SECONDS="0")
    admin = Person(server, key=ADMIN_KEY, project_id="p")
    admin.post("/projects", json={"id": "p"}).raise_for_status()
    try:
        url = admin.post("/projects/{p}/files/prepare", json={"filename": "x.csv"}).json()["upload_url"]
        request = f"PUT {url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_KEY}\r\nContent-Length: 9\r\n\r\nid"
        with closing(socket.create_connection(address(server), timeout=30)) as slow:
            slow.sendall(request.encode())
            until(lambda: list((server.data_dir / "_uploads").iterdir()), "the upload to begin")
            server.process.terminate()
            answer = slow.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 "), answer
        assert server.process.wait(30) == 0
    finally:
        server.stop()


def test_a_load_that_waits_for_its_table_is_cancelled_at_once(erin: Person) -> None:
    erin.make_table(erin.make_bucket(), "orders", {"id": "INTEGER"}, [])
    file_id = erin.upload("id\n1\n")
    assert erin.load("id\n", "orders").is_success  # makes the lock file of the table
    table_id = erin.server.execute("SELECT max(id) FROM storage_table")[0][0]
    name = hashlib.sha256(f"table-{table_id}".encode()).hexdigest()[:32] + ".lock"
    assert (erin.server.data_dir / "_locks" / name).exists()
    with FileLock(erin.server.data_dir / "_locks" / name):
        body = {"file_id": file_id}
        job = erin.post(TABLE + "/import/file", bucket="in.c-sales", table="orders", json=body, headers=ASYNC).json()
        wait_until(erin, job["id"], "processing")
        begin = time.monotonic()
        assert erin.post("/jobs/{job}/cancel", job=job["id"]).is_success
        assert wait_until(erin, job["id"], "cancelled", "success", "error")["state"] == "cancelled"
        assert time.monotonic() - begin < 5
    assert until(lambda: erin.rows("orders") == [], "an unchanged table")
