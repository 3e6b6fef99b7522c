"""PUT .../files/upload/{key} with Content-Range: a file in several requests."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.files.conftest import FILES, MAX_FILE_BYTES
from tests.cast import Person, Server, error_of

Prepare = Callable[..., dict[str, Any]]
CONTENT = os.urandom(3_000_000)


def send(
    person: Person, url: str, first: int, last: int, total: int | str = len(CONTENT), **more: Any
) -> httpx.Response:
    headers = {"Content-Range": f"bytes {first}-{last}/{total}"} | more.pop("headers", {})
    return person.put(url, content=CONTENT[first : last + 1], headers=headers, **more)


def ask(person: Person, url: str) -> httpx.Response:
    return person.put(url, headers={"Content-Range": f"bytes */{len(CONTENT)}"})


def test_parts_make_a_file(alice: Person, prepare: Prepare) -> None:
    session, last = prepare(size_bytes=len(CONTENT)), len(CONTENT) - 1
    assert (ask(alice, session["upload_url"]).status_code, "Range" in ask(alice, session["upload_url"]).headers) == (
        308,
        False,
    )
    for first, end in ((0, 999_999), (1_000_000, 1_000_000), (1_000_001, 2_000_000)):
        reply = send(alice, session["upload_url"], first, end)
        assert (reply.status_code, reply.headers["Range"]) == (308, f"bytes=0-{end}")
        assert reply.json() == {"upload_key": session["upload_key"], "received_bytes": end + 1}
        assert ask(alice, session["upload_url"]).headers["Range"] == f"bytes=0-{end}"
    checksum = hashlib.sha256(CONTENT).hexdigest()
    reply = send(alice, session["upload_url"], 2_000_001, last, headers={"X-Checksum-Sha256": checksum})
    assert (reply.status_code, reply.json()["checksum_sha256"]) == (200, checksum)
    assert ask(alice, session["upload_url"]).json() == reply.json()
    file = alice.post(FILES, json={"upload_key": session["upload_key"]}).json()
    assert alice.get(f"{FILES}/{file['id']}/download").content == CONTENT


def test_one_part_may_be_the_whole_file(alice: Person, prepare: Prepare) -> None:
    reply = send(alice, prepare()["upload_url"], 0, len(CONTENT) - 1)
    assert reply.json()["checksum_sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_the_total_may_be_unknown_until_the_last_part(alice: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    assert send(alice, url, 0, 99, "*").status_code == 308
    assert send(alice, url, 100, 199, 200).json()["size_bytes"] == 200


def test_a_gap_is_416_and_tells_where_to_go_on(alice: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    send(alice, url, 0, 99)
    for first in (50, 101):
        reply = send(alice, url, first, 200)
        assert error_of(reply) == (416, "upload_offset_mismatch")
        assert reply.headers["Range"] == "bytes=0-99"
        assert reply.json()["detail"]["details"] == {"received_bytes": 100, "offset": first}


def test_a_part_at_zero_starts_again(alice: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    send(alice, url, 0, 99)
    assert send(alice, url, 0, 9).headers["Range"] == "bytes=0-9"


def test_bytes_before_a_broken_connection_are_kept(alice: Person, prepare: Prepare, server: Server) -> None:
    session, place, last = prepare(), urlsplit(server.url), len(CONTENT) - 1
    head = (
        f"PUT {session['upload_url']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice.key}\r\n"
        f"Content-Range: bytes 0-{last}/{len(CONTENT)}\r\nContent-Length: {len(CONTENT)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(head.encode() + CONTENT[:1_500_000])
    received, deadline = 0, time.monotonic() + 20
    while received != 1_500_000 and time.monotonic() < deadline:
        received = ask(alice, session["upload_url"]).json()["received_bytes"]
    deadline = time.monotonic() + 20
    while (reply := send(alice, session["upload_url"], received, last)).status_code == 409:
        assert time.monotonic() < deadline  # the first request still lets go of the file
    assert reply.json()["checksum_sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_a_wrong_checksum_of_the_whole_discards_all_parts(alice: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    send(alice, url, 0, 99, 200)
    assert error_of(send(alice, url, 100, 199, 200, headers={"X-Checksum-Sha256": "0" * 64})) == (
        400,
        "checksum_mismatch",
    )
    assert ask(alice, url).json()["received_bytes"] == 0


@pytest.mark.parametrize(
    "value", ["bytes", "bytes 5-3/10", "bytes 0-10/10", "bytes 0-9", "items 0-9/10", "bytes -5/10"]
)
def test_a_malformed_range_is_400(alice: Person, prepare: Prepare, value: str) -> None:
    reply = alice.put(prepare()["upload_url"], content=b"0123456789", headers={"Content-Range": value})
    assert error_of(reply) == (400, "invalid_content_range")


def test_a_range_that_differs_from_the_body_is_400(alice: Person, prepare: Prepare) -> None:
    url = prepare()["upload_url"]
    for content in (b"123", b"12345", iter([b"123", b"45"])):
        reply = alice.put(url, content=content, headers={"Content-Range": "bytes 0-3/10"})
        assert error_of(reply) == (400, "invalid_content_range")


def test_a_total_other_than_the_declared_size_is_refused(alice: Person, prepare: Prepare) -> None:
    assert error_of(send(alice, prepare(size_bytes=5)["upload_url"], 0, 3, 4)) == (400, "size_mismatch")


def test_the_limit_holds_for_the_whole_file(dora: Person) -> None:
    url = dora.post(FILES + "/prepare", json={"filename": "x"}).json()["upload_url"]
    assert error_of(send(dora, url, 0, 9, MAX_FILE_BYTES + 1)) == (413, "file_too_large")
    reply = dora.put(url, content=b"x", headers={"Content-Range": f"bytes {MAX_FILE_BYTES}-{MAX_FILE_BYTES}/*"})
    assert error_of(reply) == (413, "file_too_large")
