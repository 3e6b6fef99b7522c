"""Leave to send a body: after the headers were found good, and also for a body of nothing."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from botocore.client import BaseClient


def _send_headers(url: str, *, length: int) -> socket.socket:
    place = urlsplit(url)
    connection = socket.create_connection((place.hostname, place.port), timeout=20)
    connection.sendall(
        f"PUT {place.path}?{place.query} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    return connection


@pytest.mark.parametrize("body", [b"", b"some bytes"])
def test_an_accepted_request_gets_leave(s3_root: BaseClient, bucket: str, body: bytes) -> None:
    url = s3_root.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    with _send_headers(url, length=len(body)) as connection, connection.makefile("rb") as answers:
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        connection.sendall(body)
        assert answers.readline() == b"\r\n"
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
    assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == body


@pytest.mark.parametrize("length", [0, 10])
def test_a_refused_request_gets_none_and_loses_its_connection(s3_root: BaseClient, bucket: str, length: int) -> None:
    url = s3_root.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    with (
        _send_headers(url.replace("/k?", "/other?"), length=length) as connection,
        connection.makefile("rb") as answers,
    ):
        assert answers.readline() == b"HTTP/1.1 403 Forbidden\r\n"
        assert b"connection: close\r\n" in iter(answers.readline, b"\r\n")
