"""POST and PUT .../files/upload/{key}: bytes into staging, as a form or as they are."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.files.conftest import FILES, MAX_FILE_BYTES
from tests.cast import Person, Server, error_of

Prepare = Callable[..., dict[str, Any]]
UNKNOWN = FILES + "/upload/00000000-0000-0000-0000-000000000000"
BLOCK = 1 << 20


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
@pytest.mark.parametrize("as_form", [True, False])
def test_the_receipt_tells_size_and_checksum(alice: Person, prepare: Prepare, size: int, as_form: bool) -> None:
    session, content = prepare("räw data.csv"), os.urandom(size)
    if as_form:
        reply = alice.post(session["upload_url"], files={"file": ("other name", content, "text/x-other")})
    else:
        reply = alice.put(session["upload_url"], content=content)
    assert (reply.status_code, reply.json()) == (
        200,
        {
            "upload_key": session["upload_key"],
            "staging_path": f"staging/{session['upload_key']}_räw data.csv",
            "size_bytes": size,
            "checksum_sha256": hashlib.sha256(content).hexdigest(),
        },
    )


def test_content_that_looks_like_a_boundary_arrives_unchanged(alice: Person, prepare: Prepare) -> None:
    content = b"\r\n--x\r\n--\r\n" * 200_000 + b"\r"
    reply = alice.post(prepare()["upload_url"], files={"file": content}, headers={})
    assert reply.json()["checksum_sha256"] == hashlib.sha256(content).hexdigest()


def test_a_body_of_unknown_length_arrives_whole(alice: Person, prepare: Prepare) -> None:
    def chunks() -> Iterator[bytes]:
        for number in range(5000):
            yield b"%d\n" % number

    reply = alice.put(prepare()["upload_url"], content=chunks())
    assert reply.json()["checksum_sha256"] == hashlib.sha256(b"".join(chunks())).hexdigest()


def test_uploading_again_replaces_the_bytes(alice: Person, prepare: Prepare) -> None:
    session = prepare()
    alice.put(session["upload_url"], content=b"a longer first version").raise_for_status()
    alice.put(session["upload_url"], content=b"second").raise_for_status()
    file = alice.post(FILES, json={"upload_key": session["upload_key"]}).json()
    assert alice.get(f"{FILES}/{file['id']}/download").content == b"second"


def test_a_form_without_the_file_is_422(alice: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    missing = {"detail": [{"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None}]}
    for options in (
        {"files": {"data": b"x"}},
        {"files": {"data": b"x" * 3_000_000}},
        {"content": b"", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"content": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"json": {}},
    ):
        reply = alice.post(url, **options)
        assert (reply.status_code, reply.json()) == (422, missing), options


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=b", b"no form at all"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut off'),
    ],
)
def test_a_broken_form_is_400(alice: Person, prepare: Prepare, content_type: str, content: bytes) -> None:
    reply = alice.post(prepare()["upload_url"], content=content, headers={"Content-Type": content_type})
    assert (reply.status_code, reply.json()) == (400, {"detail": "There was an error parsing the body"})


def test_a_form_holds_one_file(alice: Person, prepare: Prepare) -> None:
    reply = alice.post(prepare()["upload_url"], files=[("file", b"a"), ("file", b"b")])
    assert error_of(reply) == (400, "multiple_files")


def test_a_size_other_than_the_declared_one_is_refused(alice: Person, prepare: Prepare) -> None:
    session = prepare(size_bytes=5)
    for content in (b"1234", b"123456", b"x" * 4_000_000):
        assert error_of(alice.put(session["upload_url"], content=content)) == (400, "size_mismatch")
        assert error_of(alice.post(session["upload_url"], files={"file": content})) == (400, "size_mismatch")
    assert alice.put(session["upload_url"], content=b"12345").status_code == 200


def test_a_checksum_is_verified_from_header_or_form(alice: Person, prepare: Prepare) -> None:
    url, right, wrong = prepare()["upload_url"], hashlib.sha256(b"abc").hexdigest(), "0" * 64
    for expected, status in ((right, 200), (right.upper(), 200), (wrong, 400)):
        header = {"X-Checksum-Sha256": expected}
        assert alice.put(url, content=b"abc", headers=header).status_code == status
        assert alice.post(url, files={"file": b"abc"}, headers=header).status_code == status
        assert alice.put(url, content=b"abc", headers={"checksum_sha256": expected}).status_code == status
        reply = alice.post(url, files={"file": b"abc"}, data={"checksum_sha256": expected})
        assert reply.status_code == status
    assert reply.json()["detail"]["error"] == "checksum_mismatch"
    assert reply.json()["detail"]["details"]["actual_checksum_sha256"] == right
    malformed = alice.put(url, content=b"abc", headers={"X-Checksum-Sha256": "abc"})
    assert error_of(malformed) == (400, "invalid_checksum")


def test_a_refused_upload_keeps_the_bytes_of_the_one_before(alice: Person, prepare: Prepare) -> None:
    session = prepare()
    alice.put(session["upload_url"], content=b"good").raise_for_status()
    alice.put(session["upload_url"], content=b"bad", headers={"X-Checksum-Sha256": "0" * 64})
    file = alice.post(FILES, json={"upload_key": session["upload_key"]}).json()
    assert (file["size_bytes"], file["checksum_sha256"]) == (4, hashlib.sha256(b"good").hexdigest())


def test_who_may_upload(alice: Person, bob: Person, carol: Person, nobody: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    for method in ("POST", "PUT"):
        reply = nobody.request(method, url, content=b"x")
        assert (reply.status_code, reply.json()) == (401, {"detail": "Not authenticated"})
        assert reply.headers["WWW-Authenticate"] == "Bearer"
        for stranger in (bob, carol):
            reply = stranger.request(method, url, content=b"x")
            message = f"Access denied to project {alice.project_id}"
            expected = {"detail": {"error": "forbidden", "message": message}}
            assert (reply.status_code, reply.json()) == (403, expected)


def test_a_session_belongs_to_one_project(alice: Person, carol: Person, admin: Person, prepare: Prepare) -> None:
    key = prepare()["upload_key"]
    reply = carol.put(f"{FILES}/upload/{key}", content=b"x")
    assert error_of(reply) == (403, "upload_session_mismatch")
    assert reply.json()["detail"]["details"] == {"upload_key": key, "project_id": carol.project_id}
    assert error_of(alice.put(UNKNOWN, content=b"x")) == (404, "upload_session_not_found")
    assert error_of(alice.post(UNKNOWN, files={"file": b"x"})) == (404, "upload_session_not_found")
    assert error_of(admin.put(UNKNOWN, p="nowhere", content=b"x")) == (404, "project_not_found")


@pytest.mark.parametrize("path", [FILES + "/upload/a%00b", "/projects/a%00b/files/upload/x"])
def test_a_path_with_nul_leads_nowhere(alice: Person, path: str) -> None:
    for method in ("POST", "PUT"):
        reply = alice.request(method, path, content=b"x")
        assert (reply.status_code, reply.json()) == (404, {"detail": "Not Found"})


def test_an_expired_session_is_gone(alice: Person, prepare: Prepare, server: Server) -> None:
    session = prepare()
    server.execute(
        "UPDATE files_file SET expires_at = '2020-01-01 00:00:00' WHERE upload_key = ?", session["upload_key"]
    )
    assert error_of(alice.put(session["upload_url"], content=b"x")) == (410, "upload_session_expired")
    reply = alice.post(FILES, json={"upload_key": session["upload_key"]})
    assert error_of(reply) == (410, "upload_session_expired")


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405(alice: Person, method: str) -> None:
    reply = alice.request(method, UNKNOWN)
    assert (reply.status_code, reply.json()) == (405, {"detail": "Method Not Allowed"})
    assert reply.headers["Allow"] == "POST, PUT"


def test_answers_carry_request_id_and_cors_headers(alice: Person, prepare: Prepare) -> None:
    headers = {"X-Request-ID": "r-1", "Origin": "https://example.com"}
    for url in (prepare()["upload_url"], UNKNOWN):
        reply = alice.put(url, content=b"x", headers=headers)
        assert reply.headers["X-Request-ID"] == "r-1"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_more_than_the_limit_is_413_and_exactly_the_limit_is_fine(dora: Person) -> None:
    session = dora.post(FILES + "/prepare", json={"filename": "x"}).json()
    url, content = session["upload_url"], b"x" * MAX_FILE_BYTES
    for reply in (
        dora.put(url, content=content + b"x"),
        dora.put(url, content=iter([content, b"x"])),
        dora.post(url, files={"file": content + b"x"}),
        dora.post(url, files={"file": content * 3}),
    ):
        assert error_of(reply) == (413, "file_too_large")
        assert reply.json()["detail"]["message"] == f"File exceeds maximum size of {MAX_FILE_BYTES} bytes"
        assert reply.json()["detail"]["details"] == {"max_size_bytes": MAX_FILE_BYTES}
    assert dora.put(url, content=content).status_code == 200
    assert dora.post(url, files={"file": content}).status_code == 200
    assert [path for path in dora.server.data_dir.joinpath("_uploads").iterdir() if path.suffix == ".part"] == []


def test_a_broken_connection_leaves_nothing_behind(alice: Person, prepare: Prepare, server: Server) -> None:
    session, place = prepare(), urlsplit(server.url)
    head = f"PUT {session['upload_url']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice.key}\r\n"
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(f"{head}Content-Length: 5000000\r\n\r\n".encode() + b"x" * 2_000_000)
    assert error_of(alice.post(FILES, json={"upload_key": session["upload_key"]})) == (400, "file_not_uploaded")
    alice.put(session["upload_url"], content=b"whole").raise_for_status()
    assert alice.post(FILES, json={"upload_key": session["upload_key"]}).json()["size_bytes"] == 5


def test_a_large_body_to_a_refused_session_still_gets_its_answer(alice: Person) -> None:
    reply = alice.put(UNKNOWN, content=b"x" * 20_000_000)
    assert error_of(reply) == (404, "upload_session_not_found")
