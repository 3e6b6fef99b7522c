"""Rest-core 2.8: the same request sent twice under one X-Idempotency-Key is executed once."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from kbstore import liveness
from storage.jobs.identity import host_name
from tests.cast import ADMIN_KEY, BUCKET, BUCKETS, TABLE, TABLES, Person, Server, start_server
from tests.live_server import LiveServer

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TABLE_BODY = {"name": "orders", "columns": [{"name": "id", "type": "INTEGER"}]}


@pytest.fixture
def key() -> dict[str, str]:
    """The header, with a key nobody has used."""
    return {"X-Idempotency-Key": f"test-{uuid.uuid4()}"}


def conflict(message: str) -> tuple[int, dict[str, str]]:
    return 409, {"error": "idempotency_conflict", "message": f"Idempotency key was used {message}"}


def seen(reply: httpx.Response) -> tuple[int, Any]:
    return reply.status_code, reply.json()


def is_replay(reply: httpx.Response) -> bool:
    return reply.headers.get("X-Idempotency-Replay") == "true"


# --- replays


def test_the_second_request_gets_the_first_answer(alice: Person, key: dict[str, str]) -> None:
    first = alice.post(BUCKETS, json={"name": "b"}, headers=key)
    again = alice.post(BUCKETS, json={"name": "b"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "X-Idempotency-Key" not in first.headers
    assert not is_replay(first)
    assert is_replay(again)
    assert again.headers["X-Idempotency-Key"] == key["X-Idempotency-Key"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Content-Length"] == str(len(again.content))


def test_without_a_key_nothing_is_replayed(alice: Person) -> None:
    replies = [alice.post(BUCKETS, json={"name": "b"}, headers={"X-Idempotency-Key": ""}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 409]


def test_a_replay_has_a_request_id_of_its_own_and_cors_headers(alice: Person, key: dict[str, str]) -> None:
    headers = key | {"Origin": "https://example.org"}
    first, again = (alice.post(BUCKETS, json={"name": "b"}, headers=headers) for _ in range(2))
    assert is_replay(again)
    assert UUID4.fullmatch(again.headers["X-Request-ID"])
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_a_replay_of_204_has_no_body(alice: Person, bucket: str, key: dict[str, str]) -> None:
    first, again = (alice.delete(BUCKET, bucket=bucket, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (204, 204)
    assert is_replay(again)
    assert again.content == b""
    assert "Content-Length" not in again.headers


def test_put_is_replayed(alice: Person, key: dict[str, str]) -> None:
    first = alice.put("/projects/{p}", json={"name": "One"}, headers=key)
    alice.put("/projects/{p}", json={"name": "Two"}).raise_for_status()
    again = alice.put("/projects/{p}", json={"name": "One"}, headers=key)
    assert is_replay(again)
    assert again.content == first.content
    assert alice.get("/projects/{p}").json()["name"] == "Two"


def test_a_created_project_shows_its_key_again(admin: Person, key: dict[str, str]) -> None:
    body = {"id": f"test_{uuid.uuid4().hex[:12]}"}
    first, again = (admin.post("/projects", json=body, headers=key) for _ in range(2))
    assert is_replay(again)
    assert again.json()["api_key"] == first.json()["api_key"]
    admin.delete("/projects/{p}", p=body["id"])


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        (BUCKETS, b'{"name": "..."}', 400),
        ("/nope", b"{}", 404),
        ("/projects/{p}/branches/nope/buckets", b'{"name": "b"}', 404),
        (BUCKETS, b"{", 422),
        (BUCKETS, b'{"name": 5}', 422),
    ],
)
def test_refusals_are_replayed(alice: Person, key: dict[str, str], path: str, content: bytes, status: int) -> None:
    first, again = (alice.post(path, content=content, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (status, status)
    assert is_replay(again)
    assert again.content == first.content


def test_a_conflict_of_the_first_request_is_replayed(alice: Person, bucket: str, key: dict[str, str]) -> None:
    assert alice.post(BUCKETS, json={"name": bucket}, headers=key).status_code == 409
    alice.delete(BUCKET, bucket=bucket).raise_for_status()
    again = alice.post(BUCKETS, json={"name": bucket}, headers=key)
    assert again.json()["detail"]["error"] == "bucket_exists"
    assert is_replay(again)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "OPTIONS"])
def test_other_methods_ignore_the_key(alice: Person, key: dict[str, str], method: str) -> None:
    for _ in range(2):
        assert not is_replay(alice.request(method, "/projects/{p}", headers=key))
    assert alice.put("/projects/{p}", json={"name": "n"}, headers=key).status_code == 200


def test_an_accepted_job_is_replayed_and_runs_once(alice: Person, orders: dict[str, Any], key: dict[str, str]) -> None:
    body = {"file_id": alice.upload("id,amount\n1,2\n")}
    headers = key | {"Prefer": "respond-async"}
    place = {"bucket": "in.c-sales", "table": "orders"}
    first, again = (alice.post(TABLE + "/import/file", json=body, headers=headers, **place) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert is_replay(again)
    assert first.json()["id"] == again.json()["id"]
    assert alice.get("/projects/{p}/jobs").json()["total"] == 1


# --- conflicts


def test_another_method_is_a_conflict_whatever_else_differs(alice: Person, key: dict[str, str]) -> None:
    alice.post(BUCKETS, json={"name": "b"}, headers=key)
    assert seen(alice.delete(BUCKET, bucket="b", headers=key)) == conflict("with POST, not DELETE")


def test_another_path_is_a_conflict_before_another_body(alice: Person, key: dict[str, str]) -> None:
    alice.post(BUCKETS, json={"name": "b"}, headers=key)
    reply = alice.post(TABLES, bucket="b", json=TABLE_BODY, headers=key)
    assert seen(reply) == conflict("with different endpoint")
    assert "X-Idempotency-Key" not in reply.headers


@pytest.mark.parametrize("content", [b'{"name": "c"}', b'{ "name": "b"}'])
def test_other_bytes_are_a_conflict(alice: Person, key: dict[str, str], content: bytes) -> None:
    alice.post(BUCKETS, content=b'{"name": "b"}', headers=key)
    assert seen(alice.post(BUCKETS, content=content, headers=key)) == conflict("with different request body")


def test_an_empty_body_matches_any_and_the_query_does_not_count(alice: Person, key: dict[str, str]) -> None:
    alice.post(BUCKETS, json={"name": "b"}, headers=key)
    again = alice.post(BUCKETS + "?x=1", headers=key)
    assert again.status_code == 201
    assert is_replay(again)


def test_another_caller_never_gets_the_answer(alice: Person, admin: Person, key: dict[str, str]) -> None:
    path = BUCKETS.format(p=alice.project_id, br="default")
    alice.post(path, json={"name": "b"}, headers=key)
    assert seen(admin.post(path, json={"name": "b"}, headers=key)) == conflict("by a different caller")


def test_conflicts_are_found_across_callers(alice: Person, carol: Person, admin: Person, key: dict[str, str]) -> None:
    admin.put("/projects/{p}", p=alice.project_id, json={"name": "x"}, headers=key)
    assert seen(carol.put("/projects/{p}", json={"name": "x"}, headers=key)) == conflict("with different endpoint")


def test_the_scheme_of_the_credential_may_change_its_case(alice: Person, key: dict[str, str]) -> None:
    alice.post(BUCKETS, json={"name": "b"}, headers=key)
    headers = key | {"Authorization": f"bearer {alice.key}"}
    assert is_replay(alice.post(BUCKETS, json={"name": "b"}, headers=headers))


# --- who may ask


def test_whoever_is_refused_leaves_no_trace(alice: Person, carol: Person, nobody: Person, key: dict[str, str]) -> None:
    path = BUCKETS.format(p=alice.project_id, br="default")
    stranger = Person(alice.server, key="proj_unknown", project_id=alice.project_id)
    for caller, status in ((nobody, 401), (stranger, 403), (carol, 403)):
        assert caller.post(path, json={"name": "b"}, headers=key).status_code == status
    assert stranger.post("/nope", headers=key).status_code == 404
    assert carol.post("/projects", json={"id": "x"}, headers=key).status_code == 401
    assert alice.post(path, json={"name": "b"}, headers=key).status_code == 201


def test_knowing_a_key_string_opens_no_door(alice: Person, carol: Person, nobody: Person, key: dict[str, str]) -> None:
    path = BUCKETS.format(p=alice.project_id, br="default")
    alice.post(path, json={"name": "b"}, headers=key)
    assert nobody.post(path, json={"name": "b"}, headers=key).status_code == 401
    assert carol.post(path, json={"name": "b"}, headers=key).status_code == 403
    stranger = Person(alice.server, key=f"{alice.key}x", project_id=alice.project_id)
    assert stranger.post(path, json={"name": "b"}, headers=key).status_code == 403


def test_a_project_key_may_repeat_the_deletion_of_its_project(admin: Person, key: dict[str, str]) -> None:
    made = admin.post("/projects", json={"id": f"test_{uuid.uuid4().hex[:12]}"}).json()
    owner = Person(admin.server, key=made["api_key"], project_id=made["id"])
    assert owner.delete("/projects/{p}", headers=key).status_code == 204
    assert owner.get("/projects/{p}").status_code == 403
    again = owner.delete("/projects/{p}", headers=key)
    assert again.status_code == 204
    assert is_replay(again)


def test_a_key_may_have_1024_characters(alice: Person) -> None:
    longest = "é" * 1024
    for _ in range(2):
        reply = alice.post(BUCKETS, json={"name": "b"}, headers={"X-Idempotency-Key": longest.encode()})
        assert reply.status_code == 201


def test_a_longer_key_is_refused(alice: Person) -> None:
    reply = alice.post(BUCKETS, json={"name": "b"}, headers={"X-Idempotency-Key": "k" * 1025})
    assert reply.status_code == 400
    assert reply.json()["detail"]["error"] == "invalid_idempotency_key"


# --- what is kept


def row_of(server: Server, project_id: str) -> list[tuple[Any, ...]]:
    return server.execute(
        "SELECT status, length(body) FROM storage_idempotentrequest WHERE path LIKE ?", f"/projects/{project_id}%"
    )


def test_an_answer_above_1_mib_is_not_kept(alice: Person, key: dict[str, str]) -> None:
    long_text = "x" * (2**20)
    for name in ("One", "Two"):
        body = {"name": "n", "settings": {"text": long_text, "name": name}}
        reply = alice.put("/projects/{p}", json=body, headers=key)
        assert (reply.status_code, is_replay(reply)) == (200, False)
    assert row_of(alice.server, alice.project_id) == []


def test_after_its_time_a_key_is_as_if_never_used(alice: Person, key: dict[str, str]) -> None:
    alice.post(BUCKETS, json={"name": "b"}, headers=key)
    alice.server.execute(
        "UPDATE storage_idempotentrequest SET expires_at = '2020-01-01 00:00:00' WHERE path LIKE ?",
        f"/projects/{alice.project_id}/%",
    )
    assert alice.post(BUCKETS, json={"name": "c"}, headers=key).status_code == 201
    assert is_replay(alice.post(BUCKETS, json={"name": "c"}, headers=key))


@pytest.mark.skipif("KBSTORE_TEST_POSTGRES" in os.environ, reason="looks into the file of SQLite")
def test_answers_are_encrypted_at_rest(admin: Person, key: dict[str, str]) -> None:
    made = admin.post("/projects", json={"id": f"test_{uuid.uuid4().hex[:12]}"}, headers=key).json()
    assert len(row_of_path(admin.server, "/projects")) > 0
    stored = b"".join(path.read_bytes() for path in admin.server.data_dir.glob("catalog.sqlite3*"))
    assert made["id"].encode() in stored
    assert made["api_key"].encode() not in stored
    assert made["api_key"].rpartition("_")[2].encode() not in stored
    assert ADMIN_KEY.encode() not in stored
    assert key["X-Idempotency-Key"].encode() not in stored


def row_of_path(server: Server, path: str) -> list[tuple[Any, ...]]:
    return server.execute("SELECT status FROM storage_idempotentrequest WHERE path = ?", path)


def test_an_answer_that_says_not_now_is_not_kept(alice: Person, key: dict[str, str]) -> None:
    """A failure of ours: the retry, when the storage is back, succeeds."""
    directory = alice.server.data_dir / "files"
    hidden = directory.with_name("files-hidden")
    directory.rename(hidden)
    admin = Person(alice.server, key=ADMIN_KEY)
    try:
        directory.write_text("not a directory")
        first = admin.post("/backend/init", headers=key)
    finally:
        directory.unlink()
        hidden.rename(directory)
    assert first.status_code >= 500
    again = admin.post("/backend/init", headers=key)
    assert (again.status_code, is_replay(again)) == (200, False)


# --- at the same time


def test_20_equal_requests_at_once_make_one_project(admin: Person, key: dict[str, str]) -> None:
    project_id = f"test_{uuid.uuid4().hex[:12]}"
    replies = at_once(20, lambda: admin.post("/projects", json={"id": project_id}, headers=key))
    assert {reply.status_code for reply in replies} == {201}
    assert sorted(is_replay(reply) for reply in replies) == [False] + 19 * [True]
    assert len({reply.json()["api_key"] for reply in replies}) == 1
    events = [event for event in admin.server.events(project_id) if event[0] == "create_project"]
    assert len(events) == 1
    admin.delete("/projects/{p}", p=project_id)


def test_20_equal_requests_at_once_make_one_table(alice: Person, bucket: str, key: dict[str, str]) -> None:
    replies = at_once(20, lambda: alice.post(TABLES, bucket=bucket, json=TABLE_BODY, headers=key))
    assert {reply.status_code for reply in replies} == {201}
    assert sorted(is_replay(reply) for reply in replies) == [False] + 19 * [True]


def test_different_requests_at_once_under_one_key_are_not_both_executed(alice: Person, key: dict[str, str]) -> None:
    names = iter([f"b{number}" for number in range(10)])
    lock = threading.Lock()

    def ask() -> httpx.Response:
        with lock:
            name = next(names)
        return alice.post(BUCKETS, json={"name": name}, headers=key)

    replies = at_once(10, ask)
    assert sorted(reply.status_code for reply in replies) == [201] + 9 * [409]
    assert alice.get(BUCKETS).json()["total"] == 1


def at_once(count: int, ask: Any) -> list[httpx.Response]:
    barrier = threading.Barrier(count)

    def call(_: int) -> httpx.Response:
        barrier.wait()
        return ask()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def test_a_client_that_hangs_up_finds_its_answer_later(alice: Person, bucket: str, key: dict[str, str]) -> None:
    """The case the header is for: the work was done, the answer got lost."""
    content = b'{"name":"orders","columns":[{"name":"id","type":"INTEGER"}]}'
    path = TABLES.format(p=alice.project_id, br="default", bucket=bucket)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice.key}\r\n"
        f"X-Idempotency-Key: {key['X-Idempotency-Key']}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", alice.server.http.base_url.port), timeout=10) as connection:
        connection.sendall(head.encode() + content)
    deadline = time.monotonic() + 20
    while alice.get(TABLE, bucket=bucket, table="orders").status_code != 200:
        assert time.monotonic() < deadline
    again = alice.post(path, content=content, headers=key)
    assert (again.status_code, is_replay(again)) == (201, True)


# --- settings and crashes, on servers of their own


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Server]:
    """Keeps answers for no time at all and does not wait for requests that run."""
    running = start_server(tmp_path, IDEMPOTENCY_TTL="0", KBSTORE_IDEMPOTENCY_WAIT="0.2", LOCK_TIMEOUT="20")
    yield running
    running.stop()


def test_no_time_to_live_keeps_nothing_but_still_tells_that_a_request_runs(
    impatient: Server, key: dict[str, str]
) -> None:
    admin = Person(impatient, key=ADMIN_KEY, project_id="p")
    for status in (201, 409):
        reply = admin.post("/projects", json={"id": "p"}, headers=key)
        assert (reply.status_code, is_replay(reply)) == (status, False)
    running = {"X-Idempotency-Key": "running"}
    mark_as_running(impatient, running["X-Idempotency-Key"], admin)
    reply = admin.put("/projects/{p}", json={"name": "n"}, headers=running)
    message = "Request with this idempotency key is still in progress"
    assert seen(reply) == (409, {"error": "idempotency_conflict", "message": message})


def mark_as_running(server: Server, key: str, person: Person) -> None:
    """As if another process, which lives, executed it: its lock is held by this test."""
    worker = f"{host_name()}.1.{uuid.uuid4().hex[:12]}"
    liveness.hold(server.data_dir / "_locks" / "workers" / f"{worker}.lock")
    person.put("/projects/{p}", json={"name": "n"}, headers={"X-Idempotency-Key": key}).raise_for_status()
    server.execute(
        "UPDATE storage_idempotentrequest SET status = NULL, request_id = '', worker = ?, expires_at = '2099-01-01' "
        "WHERE key_hash = ?",
        worker,
        hashlib.sha256(key.encode()).hexdigest(),
    )


def test_of_equal_requests_to_two_servers_one_is_executed(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as first, LiveServer(tmp_path / "data") as second:
        admins = [Person(Server.of(live), key=ADMIN_KEY) for live in (first, second)]
        for number in range(3):
            turns = iter(10 * admins)
            body, headers = {"id": f"p{number}"}, {"X-Idempotency-Key": f"key-{number}"}
            replies = at_once(
                20,
                lambda body=body, headers=headers, turns=turns: next(turns).post(
                    "/projects", json=body, headers=headers
                ),
            )
            assert {reply.status_code for reply in replies} == {201}
            assert len({reply.json()["api_key"] for reply in replies}) == 1
            assert sorted(is_replay(reply) for reply in replies) == [False] + 19 * [True]


def test_a_request_whose_process_died_does_not_block_its_retry(tmp_path: Path, key: dict[str, str]) -> None:
    data_dir = tmp_path / "data"
    with LiveServer(data_dir, KBSTORE_FAULT_POINT="publish.before_commit") as live:
        person = Person(Server.of(live), key=ADMIN_KEY, project_id="p")
        person.post("/projects", json={"id": "p"}).raise_for_status()
        person.make_bucket("b")
        with pytest.raises(httpx.TransportError):
            person.post(TABLES, bucket="b", json=TABLE_BODY, headers=key)
        assert live.wait_until_dead() == -9
    with LiveServer(data_dir) as live:
        server = Server.of(live)
        person = Person(server, key=ADMIN_KEY, project_id="p")
        path = TABLES.format(p="p", br="default", bucket="b")
        assert row_of_path(server, path) == [(None,)]
        first, again = (person.post(path, json=TABLE_BODY, headers=key) for _ in range(2))
        assert (first.status_code, is_replay(first)) == (201, False)
        assert (again.status_code, is_replay(again)) == (201, True)


def test_a_change_whose_answer_was_lost_is_not_made_again(tmp_path: Path, key: dict[str, str]) -> None:
    data_dir = tmp_path / "data"
    with LiveServer(data_dir, KBSTORE_FAULT_POINT="publish.committed") as live:
        person = Person(Server.of(live), key=ADMIN_KEY, project_id="p")
        person.post("/projects", json={"id": "p"}).raise_for_status()
        person.make_bucket("b")
        with pytest.raises(httpx.TransportError):
            person.post(TABLES, bucket="b", json=TABLE_BODY, headers=key)
        assert live.wait_until_dead() == -9
    with LiveServer(data_dir) as live:
        person = Person(Server.of(live), key=ADMIN_KEY, project_id="p")
        path = TABLES.format(p="p", br="default", bucket="b")
        reply = person.post(path, json=TABLE_BODY, headers=key)
        assert (reply.status_code, reply.json()["error"]) == (409, "idempotency_conflict")
        assert "was executed" in reply.json()["message"]
        assert person.get(path).json()["total"] == 1
