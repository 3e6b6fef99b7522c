"""Objects on their way in over raw sockets: signed chunks, lies about lengths, those that wait, dawdle or leave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import socket
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from botocore.client import BaseClient

from tests.cast import Server, start_server
from tests.chunked_bodies import Signer, framed
from tests.live_server import ADMIN_KEY
from tests.s3_cast import GLOBAL_PAIR, REGION, SignedHttp, boto_client, code_of
from tests.wire.jobs import until

SIGNED, SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
PATIENCE_SECONDS = 2.0
CHUNKS = [b"a" * 65536] * 40 + [b"the end"]
CONTENT = b"".join(CHUNKS)
CRC = {"x-amz-checksum-crc32": base64.b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()}


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Has little patience with senders."""
    running = start_server(tmp_path_factory.mktemp("s3"), S3_BODY_PATIENCE_SECONDS=str(PATIENCE_SECONDS))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(s3_server: Server) -> BaseClient:
    return boto_client(f"http://127.0.0.1:{s3_server.s3_port}")


@pytest.fixture(scope="module")
def raw(s3_server: Server) -> Iterator[SignedHttp]:
    signed = SignedHttp(f"http://127.0.0.1:{s3_server.s3_port}")
    yield signed
    signed.close()


@pytest.fixture
def bucket(client: BaseClient) -> str:
    name = f"test-{uuid.uuid4().hex[:16]}"
    client.create_bucket(Bucket=name)
    return name


def contents_on_disk(server: Server) -> set[Path]:
    return {path for path in (server.data_dir / "files" / "objects").rglob("*") if path.is_file()}


class Sender:
    """One PUT on a connection of its own, sent as the test says."""

    def __init__(self, raw: SignedHttp, path: str, headers: Mapping[str, str]) -> None:
        fields = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"} | dict(headers)
        host = raw.endpoint.removeprefix("http://")
        # What says how the body travels is not signed.
        hop = {name: fields.pop(name) for name in ("content-length", "transfer-encoding", "expect") if name in fields}
        self.headers = raw.sign("PUT", f"{raw.endpoint}/{path}", fields) | hop
        address, _, port = host.partition(":")
        self.connection = socket.create_connection((address, int(port)), timeout=30)
        lines = [
            f"PUT /{path} HTTP/1.1",
            f"host: {host}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> Sender:
        self.connection.sendall(data)
        return self

    def answer(self) -> tuple[int, str]:
        """Status, and the code of an error."""
        with closing(self.connection), self.connection.makefile("rb") as stream:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                assert line, "the connection was closed without an answer"
                head += line
            length = re.search(rb"content-length: (\d+)", head)
            body = stream.read(int(length[1])) if length else b""
        return int(head.split()[1]), body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()

    def signer(self) -> Signer:
        """For the chunks of its body."""
        date = self.headers["X-Amz-Date"]
        scope = f"{date[:8]}/{REGION}/s3/aws4_request"
        key = f"AWS4{GLOBAL_PAIR[1]}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return Signer(key, date, scope, self.headers["Authorization"].rpartition("Signature=")[2])


def streaming(raw: SignedHttp, path: str, payload: str, length: int, trailers: Mapping[str, str] = {}) -> Sender:
    """Framed; the outer body has no length either, as boto3 sends it."""
    headers = {"x-amz-content-sha256": payload, "x-amz-decoded-content-length": str(length)}
    headers |= {"transfer-encoding": "chunked"} | ({"x-amz-trailer": ",".join(trailers)} if trailers else {})
    return Sender(raw, path, headers)


def outer(body: bytes, size: int = 50_000) -> bytes:
    """In the chunks of HTTP, which do not end where those inside do."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@pytest.mark.parametrize("payload", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_every_form_of_chunks_arrives(raw: SignedHttp, bucket: str, payload: str) -> None:
    trailers = None if payload == SIGNED else CRC
    sender = streaming(raw, f"{bucket}/k", payload, len(CONTENT), trailers or {})
    signer = None if payload == UNSIGNED_TRAILER else sender.signer()
    assert sender.send(outer(framed(CHUNKS, trailers, signer))).answer() == (200, "")
    assert raw.get(f"{bucket}/k").content == CONTENT


def test_a_wrong_signature_in_the_middle_stores_nothing(s3_server: Server, raw: SignedHttp, bucket: str) -> None:
    before = contents_on_disk(s3_server)
    sender = streaming(raw, f"{bucket}/k", SIGNED, len(CONTENT))
    body = bytearray(framed(CHUNKS, None, sender.signer()))
    middle = len(body) // 2
    body[middle] = ord("b") if body[middle] == ord("a") else ord("a")
    assert sender.send(outer(bytes(body))).answer() == (403, "SignatureDoesNotMatch")
    assert raw.head(f"{bucket}/k").status_code == 404
    assert contents_on_disk(s3_server) == before


def test_chunks_of_another_request_cannot_be_replayed(raw: SignedHttp, bucket: str) -> None:
    first = streaming(raw, f"{bucket}/one", SIGNED, len(CONTENT))
    body = outer(framed(CHUNKS, None, first.signer()))
    assert first.send(body).answer() == (200, "")
    second = streaming(raw, f"{bucket}/two", SIGNED, len(CONTENT))
    assert second.send(body).answer() == (403, "SignatureDoesNotMatch")


def test_chunks_cannot_change_places(raw: SignedHttp, bucket: str) -> None:
    chunks = [b"first chunk", b"other chunk"]
    sender = streaming(raw, f"{bucket}/k", SIGNED, 22)
    body = framed(chunks, None, sender.signer())
    size = len(body.partition(b"first chunk\r\n")[0]) + len(b"first chunk\r\n")
    swapped = body[size : 2 * size] + body[:size] + body[2 * size :]
    assert sender.send(outer(swapped)).answer() == (403, "SignatureDoesNotMatch")


def test_a_trailer_with_another_value_than_the_signed_one_is_refused(raw: SignedHttp, bucket: str) -> None:
    sender = streaming(raw, f"{bucket}/k", SIGNED_TRAILER, len(CONTENT), CRC)
    body = framed(CHUNKS, CRC, sender.signer()).replace(CRC["x-amz-checksum-crc32"].encode(), b"AAAAAA==")
    assert sender.send(outer(body)).answer() == (403, "SignatureDoesNotMatch")


def test_a_plain_body_in_chunks_of_http_arrives(raw: SignedHttp, bucket: str) -> None:
    assert Sender(raw, f"{bucket}/k", {"transfer-encoding": "chunked"}).send(outer(CONTENT)).answer() == (200, "")
    assert raw.get(f"{bucket}/k").content == CONTENT


def test_a_body_without_any_length_is_refused(raw: SignedHttp, bucket: str) -> None:
    assert Sender(raw, f"{bucket}/k", {}).answer() == (411, "MissingContentLength")


@pytest.mark.parametrize("length", ["-1", "abc", "1 2", "0x10"])
def test_a_length_that_is_none_is_refused(raw: SignedHttp, bucket: str, length: str) -> None:
    status, _ = Sender(raw, f"{bucket}/k", {"content-length": length}).answer()
    assert status == 400


def test_a_client_that_leaves_early_leaves_nothing(s3_server: Server, raw: SignedHttp, bucket: str) -> None:
    before = contents_on_disk(s3_server)
    raw.put(f"{bucket}/k", content=b"old").raise_for_status()
    with_old = contents_on_disk(s3_server)
    sender = Sender(raw, f"{bucket}/k", {"content-length": str(len(CONTENT) + 1)}).send(CONTENT)
    until(lambda: len(contents_on_disk(s3_server)) > len(with_old), "its bytes arrive")
    sender.connection.close()
    until(lambda: contents_on_disk(s3_server) == with_old, "its bytes are gone")
    assert len(with_old) == len(before) + 1
    assert raw.get(f"{bucket}/k").content == b"old"


def test_a_sender_that_pauses_too_long_is_told_so(s3_server: Server, raw: SignedHttp, bucket: str) -> None:
    before = contents_on_disk(s3_server)
    for sent in (b"", CONTENT):
        sender = Sender(raw, f"{bucket}/k", {"content-length": str(len(CONTENT) + 1)}).send(sent)
        assert sender.answer() == (400, "RequestTimeout")
    assert contents_on_disk(s3_server) == before


def test_too_large_an_object_is_refused_before_it_travels(raw: SignedHttp, bucket: str) -> None:
    for headers in (
        {"content-length": str(6 << 30)},
        {
            "content-length": "100",
            "x-amz-content-sha256": UNSIGNED_TRAILER,
            "x-amz-decoded-content-length": str(6 << 30),
        },
    ):
        assert Sender(raw, f"{bucket}/k", headers | {"expect": "100-continue"}).answer() == (400, "EntityTooLarge")


def test_leave_to_send_is_given_after_the_headers_were_found_good(raw: SignedHttp, bucket: str) -> None:
    waits = {"content-length": "5", "expect": "100-continue"}
    sender = Sender(raw, f"{bucket}/k", waits)
    assert sender.connection.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert sender.send(b"hello").answer() == (200, "")
    assert Sender(raw, "no-such-bucket/k", waits).answer() == (404, "NoSuchBucket")
    assert Sender(raw, f"{bucket}/k", waits | {"if-none-match": "*"}).answer() == (412, "PreconditionFailed")
    assert Sender(raw, f"{bucket}/k", waits | {"content-md5": "bad"}).answer() == (400, "InvalidDigest")
    stranger = SignedHttp(raw.endpoint, (GLOBAL_PAIR[0], ADMIN_KEY + "x"))
    assert Sender(stranger, f"{bucket}/k", waits).answer() == (403, "SignatureDoesNotMatch")
    stranger.close()


@pytest.mark.parametrize("expect", ["", "something-else", "200"])
def test_other_expectations_are_ignored(raw: SignedHttp, bucket: str, expect: str) -> None:
    sender = Sender(raw, f"{bucket}/k", {"content-length": "5", "expect": expect})
    assert sender.send(b"hello").answer() == (200, "")


def test_a_refusal_reaches_a_client_that_is_still_sending(raw: SignedHttp, bucket: str) -> None:
    large = b"x" * (8 << 20)
    wrong = {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert code_of(raw.put("no-such-bucket/k", content=large)) == (404, "NoSuchBucket")
    assert code_of(raw.put(f"{bucket}/k", content=large, headers=wrong)) == (400, "BadDigest")


def test_content_that_was_replaced_or_deleted_leaves_the_disk(
    s3_server: Server, client: BaseClient, bucket: str
) -> None:
    before = contents_on_disk(s3_server)
    for content in (b"one", b"two"):
        client.put_object(Bucket=bucket, Key="k", Body=content)
    until(lambda: len(contents_on_disk(s3_server) - before) == 1, "the first content is removed")
    client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    client.delete_object(Bucket=bucket, Key="k")
    assert client.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"two"
    client.delete_object(Bucket=bucket, Key="copy")
    until(lambda: contents_on_disk(s3_server) == before, "the second content is removed")


def test_a_reader_keeps_what_is_replaced_under_it(raw: SignedHttp, client: BaseClient, bucket: str) -> None:
    old, new = b"o" * (16 << 20), b"n" * 10
    client.put_object(Bucket=bucket, Key="k", Body=old)
    body = client.get_object(Bucket=bucket, Key="k")["Body"]
    first = body.read(1000)
    client.put_object(Bucket=bucket, Key="k", Body=new)
    assert first + body.read() == old
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == new
