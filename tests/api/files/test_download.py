"""GET and HEAD .../files/{id}/download: all bytes, some bytes, or none because the client has them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.files.conftest import FILES
from tests.cast import Person, Server, error_of
from tests.endpoint_contract import EndpointContract

Register = Callable[..., dict[str, Any]]
DOWNLOAD = FILES + "/{file_id}/download"
CONTENT = os.urandom(700_000)


class TestDownloadContract(EndpointContract):
    path, method, needs = DOWNLOAD, "GET", "files"
    names = {"file_id": "00000000-0000-0000-0000-000000000000"}


@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_the_bytes_are_those_that_were_uploaded(alice: Person, register: Register, content: bytes) -> None:
    file = register(content)
    reply = alice.get(DOWNLOAD, file_id=file["id"])
    assert (reply.status_code, reply.content) == (200, content)
    assert reply.headers["Content-Length"] == str(len(content))
    assert reply.headers["ETag"] == f'"{file["checksum_sha256"]}"'
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["Last-Modified"].endswith(" GMT")
    assert "Content-Encoding" not in reply.headers


def test_head_tells_the_same_without_a_body(alice: Person, register: Register) -> None:
    file_id = register(CONTENT)["id"]
    got, head = alice.get(DOWNLOAD, file_id=file_id), alice.request("HEAD", DOWNLOAD, file_id=file_id)
    assert (head.status_code, head.content) == (200, b"")
    own = ("date", "x-request-id")
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in got.headers.items() if k not in own
    }


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (None, "application/octet-stream"),
        ("", "application/octet-stream"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv; charset=latin-1", "text/csv; charset=latin-1"),
        ("application/x-parquet", "application/x-parquet"),
    ],
)
def test_the_content_type_is_the_stored_one(alice: Person, register: Register, stored: str | None, shown: str) -> None:
    file = register(b"x", content_type=stored)
    assert alice.get(DOWNLOAD, file_id=file["id"]).headers["Content-Type"] == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("data.csv", 'attachment; filename="data.csv"'),
        ('a "b".csv', 'attachment; filename="a \\"b\\".csv"'),
        ("née.csv", "attachment; filename*=utf-8''n%C3%A9e.csv"),
    ],
)
def test_the_browser_is_told_the_name(alice: Person, register: Register, name: str, shown: str) -> None:
    file = register(b"x", name)
    assert alice.get(DOWNLOAD, file_id=file["id"]).headers["Content-Disposition"] == shown


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=699990-", 699_990, 699_999),
        ("bytes=-5", 699_995, 699_999),
        ("bytes=0-9999999", 0, 699_999),
        ("bytes=-9999999", 0, 699_999),
        ("bytes=100-500000", 100, 500_000),
    ],
)
def test_a_range_is_206(alice: Person, register: Register, header: str, first: int, last: int) -> None:
    reply = alice.get(DOWNLOAD, file_id=register(CONTENT)["id"], headers={"Range": header})
    assert (reply.status_code, reply.content) == (206, CONTENT[first : last + 1])
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert reply.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("header", ["bytes=5-1", "bytes=a-b", "bytes=-", "lines=0-1", "bytes=0-1,5-6"])
def test_a_range_that_cannot_be_read_is_ignored(alice: Person, register: Register, header: str) -> None:
    reply = alice.get(DOWNLOAD, file_id=register(b"0123456789")["id"], headers={"Range": header})
    assert (reply.status_code, reply.content) == (200, b"0123456789")


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(alice: Person, register: Register, header: str) -> None:
    reply = alice.get(DOWNLOAD, file_id=register(b"0123456789")["id"], headers={"Range": header})
    assert error_of(reply) == (416, "range_not_satisfiable")
    assert reply.headers["Content-Range"] == "bytes */10"


def test_a_known_copy_is_304(alice: Person, register: Register) -> None:
    file = register(b"0123456789")
    first = alice.get(DOWNLOAD, file_id=file["id"]).headers
    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-None-Match": f'"other", {first["ETag"]}'},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        reply = alice.get(DOWNLOAD, file_id=file["id"], headers=headers)
        assert (reply.status_code, reply.content, reply.headers["ETag"]) == (304, b"", first["ETag"])
        assert "Content-Length" not in reply.headers
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If-None-Match": '"other"', "If-Modified-Since": first["Last-Modified"]},
    ):
        assert alice.get(DOWNLOAD, file_id=file["id"], headers=headers).status_code == 200


def test_if_range_gives_a_part_only_of_the_same_content(alice: Person, register: Register) -> None:
    file = register(b"0123456789")
    known = alice.get(DOWNLOAD, file_id=file["id"]).headers
    for condition, status in (
        (known["ETag"], 206),
        (known["Last-Modified"], 206),
        ('"other"', 200),
        ("W/" + known["ETag"], 200),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 200),
        ("nonsense", 200),
    ):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        assert alice.get(DOWNLOAD, file_id=file["id"], headers=headers).status_code == status, condition


def test_a_client_that_leaves_early_keeps_no_file_open(alice: Person, register: Register, server: Server) -> None:
    file, place = register(os.urandom(20_000_000)), urlsplit(server.url)
    stored = server.data_dir / "files" / file["path"]
    path = DOWNLOAD.format(p=alice.project_id, file_id=file["id"])
    for _ in range(3):
        with socket.create_connection((place.hostname, place.port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice.key}\r\n\r\n".encode())
            connection.recv(1000)
    for _ in range(200):
        if not any(_is_open(descriptor, stored) for descriptor in os.scandir(f"/proc/{server.process.pid}/fd")):
            return
        alice.get("/health")
    raise AssertionError("the file is still open")


def _is_open(descriptor: os.DirEntry[str], path: os.PathLike[str]) -> bool:
    try:
        return os.readlink(descriptor.path) == os.fspath(path)
    except FileNotFoundError:
        return False
