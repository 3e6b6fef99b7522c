"""What comes out of a framed body does not depend on how it was cut, and nothing malformed comes out at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.object_errors import (
    IncompleteBody,
    InvalidObjectRequest,
    MalformedTrailerError,
    ObjectError,
    SignatureDoesNotMatch,
)
from files.s3.body.framing import MAX_CHUNK_BYTES, MAX_LINE_BYTES, AwsChunked
from files.s3.call import Form, Proof
from files.s3.signature.chunks import ChunkSignatures
from tests.chunked_bodies import Signer, framed

CRC = "x-amz-checksum-crc32"
TRAILERS = {CRC: "y/Q5Jg=="}
KEY, TIMESTAMP, SCOPE, SEED = b"signing key", "20260101T000000Z", "20260101/local/s3/aws4_request", "0" * 64
CHUNKS = [b"first chunk", b"second", b"\r\n0\r\n\r\n"]
CONTENT = b"".join(CHUNKS)


def signer() -> Signer:
    return Signer(KEY, TIMESTAMP, SCOPE, SEED)


def signatures() -> ChunkSignatures:
    return ChunkSignatures(Proof(Form.HEADER, "", KEY, SCOPE, TIMESTAMP, SEED))


def decoder(size: int, trailers: Mapping[str, str] | None, *, is_signed: bool) -> AwsChunked:
    return AwsChunked(
        size_bytes=size,
        announced=frozenset(trailers or {}),
        has_trailers=trailers is not None,
        signatures=signatures() if is_signed else None,
    )


def decode(framing: AwsChunked, pieces: Sequence[bytes]) -> tuple[bytes, dict[str, str]]:
    content = b"".join(bytes(block) for piece in pieces for block in framing.feed(piece))
    return content, framing.finish()


def cut(body: bytes, positions: list[int]) -> list[bytes]:
    ends = [*sorted({position % (len(body) + 1) for position in positions}), len(body)]
    return [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]


FORMS = pytest.mark.parametrize(
    ("trailers", "is_signed"),
    [(TRAILERS, False), ({}, False), (None, True), (TRAILERS, True), ({}, True)],
    ids=["unsigned", "unsigned, no trailer", "signed", "signed trailer", "signed, no trailer"],
)


@FORMS
@given(chunks=st.lists(st.binary(min_size=1, max_size=300), max_size=6), positions=st.lists(st.integers(0, 4000)))
def test_any_cut_of_the_bytes_gives_the_same(
    trailers: Mapping[str, str] | None, is_signed: bool, chunks: list[bytes], positions: list[int]
) -> None:
    content = b"".join(chunks)
    body = framed(chunks, trailers, signer() if is_signed else None)
    framing = decoder(len(content), trailers, is_signed=is_signed)
    assert decode(framing, cut(body, positions)) == (content, dict(trailers or {}))


@FORMS
def test_bytes_one_by_one_give_the_same(trailers: Mapping[str, str] | None, is_signed: bool) -> None:
    body = framed(CHUNKS, trailers, signer() if is_signed else None)
    framing = decoder(len(CONTENT), trailers, is_signed=is_signed)
    assert decode(framing, [body[i : i + 1] for i in range(len(body))]) == (CONTENT, dict(trailers or {}))


@FORMS
@given(data=st.data())
def test_a_shortened_body_is_refused(trailers: Mapping[str, str] | None, is_signed: bool, data: st.DataObject) -> None:
    body = framed(CHUNKS, trailers, signer() if is_signed else None)
    end = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(ObjectError):
        decode(decoder(len(CONTENT), trailers, is_signed=is_signed), [body[:end]])


@given(position=st.integers(min_value=0), byte=st.integers(0, 255))
def test_one_changed_byte_of_a_signed_body_is_never_let_through(position: int, byte: int) -> None:
    body = bytearray(framed(CHUNKS, TRAILERS, signer()))
    position %= len(body)
    body[position] = byte
    framing = decoder(len(CONTENT), TRAILERS, is_signed=True)
    try:
        assert decode(framing, [bytes(body)]) == (CONTENT, TRAILERS)
    except ObjectError:
        pass


@given(garbage=st.binary(max_size=400), size=st.integers(0, 100))
def test_garbage_raises_nothing_but_errors_of_objects(garbage: bytes, size: int) -> None:
    try:
        content, _ = decode(decoder(size, TRAILERS, is_signed=False), [garbage])
    except ObjectError:
        return
    assert len(content) == size


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(b"", IncompleteBody, id="nothing"),
        pytest.param(b"5\r\nhello\r\n", IncompleteBody, id="no last chunk"),
        pytest.param(b"5\r\nhello\r\n0\r\n", IncompleteBody, id="no end of trailers"),
        pytest.param(b"4\r\nhell\r\n0\r\n\r\n", IncompleteBody, id="fewer bytes than declared"),
        pytest.param(b"6\r\nhello!\r\n0\r\n\r\n", IncompleteBody, id="more bytes than declared"),
        pytest.param(b"5\r\nhelloX\r\n0\r\n\r\n", InvalidObjectRequest, id="chunk longer than its head says"),
        pytest.param(b"5\r\nhello0\r\n\r\n", InvalidObjectRequest, id="no line break after a chunk"),
        pytest.param(b"5\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="head without CR"),
        pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="negative size"),
        pytest.param(b"0x5\r\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="size with a prefix"),
        pytest.param(b" 5\r\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="blank before the size"),
        pytest.param(b"\r\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="no size"),
        pytest.param(b"5;name=value\r\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="unknown extension"),
        pytest.param(
            b"5;chunk-signature=" + b"a" * 64 + b"\r\nhello\r\n0\r\n\r\n", InvalidObjectRequest, id="signed, unasked"
        ),
        pytest.param(b"%x\r\n" % (MAX_CHUNK_BYTES + 1), InvalidObjectRequest, id="chunk too large"),
        pytest.param(b"f" * 16 + b"\r\n", InvalidObjectRequest, id="chunk of exabytes"),
        pytest.param(b"0" * (MAX_LINE_BYTES + 1), InvalidObjectRequest, id="endless head"),
        pytest.param(b"5\r\nhello\r\n0\r\n" + b"a" * 9000, InvalidObjectRequest, id="endless trailers"),
        pytest.param(b"5\r\nhello\r\n0\r\n\r\n\r\n", MalformedTrailerError, id="two ends"),
        pytest.param(b"5\r\nhello\r\n0\r\n\r\nmore", MalformedTrailerError, id="more after the end"),
        pytest.param(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\n", MalformedTrailerError, id="unannounced"),
        pytest.param(b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", MalformedTrailerError, id="no colon"),
        pytest.param(b"5\r\nhello\r\n0\r\n: y\r\n\r\n", MalformedTrailerError, id="no name"),
    ],
)
def test_malformed_framing_is_refused(body: bytes, error: type[ObjectError]) -> None:
    with pytest.raises(error):
        decode(decoder(5, {}, is_signed=False), [body])


@pytest.mark.parametrize(
    "tail",
    [
        b"\r\n",
        b"x-amz-checksum-crc32:y/Q5Jg==\r\n",
        b"x-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
        b"x-amz-checksum-crc32c:y/Q5Jg==\r\n\r\n",
        b"\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
        b"x-amz-checksum-crc32 y/Q5Jg==\r\n\r\n",
    ],
    ids=["missing", "unended", "twice", "another one", "after an empty line", "no colon"],
)
def test_a_trailer_that_was_announced_must_come_well_formed(tail: bytes) -> None:
    with pytest.raises(MalformedTrailerError):
        decode(decoder(5, TRAILERS, is_signed=False), [b"5\r\nhello\r\n0\r\n" + tail])


@pytest.mark.parametrize("tail", [b"X-Amz-Checksum-CRC32: y/Q5Jg== \r\n\r\n", b"x-amz-checksum-crc32:y/Q5Jg==\n\n"])
def test_trailers_may_have_capitals_blanks_and_bare_line_feeds(tail: bytes) -> None:
    assert decode(decoder(5, TRAILERS, is_signed=False), [b"5\r\nhello\r\n0\r\n" + tail]) == (b"hello", TRAILERS)


def test_an_empty_line_may_come_before_the_signature_of_the_trailers() -> None:
    body = framed(CHUNKS, TRAILERS, signer()).replace(b"\r\nx-amz-trailer-s", b"\n\r\nx-amz-trailer-s")
    assert decode(decoder(len(CONTENT), TRAILERS, is_signed=True), [body]) == (CONTENT, TRAILERS)


def test_a_wrong_signature_of_any_chunk_is_refused() -> None:
    for number in range(len(CHUNKS) + 1):
        one = signer()
        pieces = []
        for index, chunk in enumerate([*CHUNKS, b""]):
            head = framed([], None, one) if not chunk else None
            if head is None:
                head = f"{len(chunk):x};chunk-signature={one.chunk(chunk)}\r\n".encode() + chunk + b"\r\n"
            if index == number:
                start = head.index(b"=") + 1
                head = head[:start] + bytes(b"1" if head[start : start + 1] == b"0" else b"0") + head[start + 1 :]
            pieces.append(head)
        with pytest.raises(SignatureDoesNotMatch):
            decode(decoder(len(CONTENT), None, is_signed=True), pieces)


def test_unsigned_chunks_are_refused_where_signed_ones_were_announced() -> None:
    with pytest.raises(InvalidObjectRequest):
        decode(decoder(len(CONTENT), None, is_signed=True), [framed(CHUNKS, {})])


@pytest.mark.parametrize("change", ["unsigned", "wrong", "of other values"])
def test_trailers_of_signed_chunks_must_be_signed(change: str) -> None:
    body = framed(CHUNKS, TRAILERS, signer())
    start = body.index(b"x-amz-trailer-signature:")
    if change == "unsigned":
        body = body[:start] + b"\r\n"
    elif change == "wrong":
        body = body[:start] + b"x-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n"
    else:
        body = body.replace(b"y/Q5Jg==", b"AAAAAA==")
    with pytest.raises((SignatureDoesNotMatch, MalformedTrailerError)):
        decode(decoder(len(CONTENT), TRAILERS, is_signed=True), [body])
