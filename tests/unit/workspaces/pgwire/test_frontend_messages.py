"""What clients send: every message reads back as it was written, and no bytes do worse than break the protocol."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.pgwire.messages.frames import FRONTEND_TYPES, FrameBuffer, ProtocolViolation
from workspaces.pgwire.messages.frontend import (
    AuthenticationResponse,
    Bind,
    ClosePortal,
    CloseStatement,
    CopyData,
    CopyDone,
    CopyFail,
    DescribePortal,
    DescribeStatement,
    Execute,
    Flush,
    FrontendMessage,
    FunctionCall,
    Parse,
    Query,
    Sync,
    Terminate,
    decode_message,
)


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def formats(codes: tuple[int, ...]) -> bytes:
    return struct.pack(f"!H{len(codes)}h", len(codes), *codes)


def parameter(value: bytes | None) -> bytes:
    return struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value


def bind_payload(message: Bind) -> bytes:
    parameters = struct.pack("!H", len(message.parameters)) + b"".join(map(parameter, message.parameters))
    names = text(message.portal) + text(message.statement)
    return names + formats(message.parameter_formats) + parameters + formats(message.result_formats)


def parse_payload(message: Parse) -> bytes:
    oids = message.parameter_oids
    return text(message.statement) + text(message.sql) + struct.pack(f"!H{len(oids)}I", len(oids), *oids)


ENCODERS = {
    Query: (b"Q", lambda m: text(m.sql)),
    Parse: (b"P", parse_payload),
    Bind: (b"B", bind_payload),
    DescribeStatement: (b"D", lambda m: b"S" + text(m.name)),
    DescribePortal: (b"D", lambda m: b"P" + text(m.name)),
    Execute: (b"E", lambda m: text(m.portal) + struct.pack("!i", m.max_rows)),
    CloseStatement: (b"C", lambda m: b"S" + text(m.name)),
    ClosePortal: (b"C", lambda m: b"P" + text(m.name)),
    Flush: (b"H", lambda m: b""),
    Sync: (b"S", lambda m: b""),
    Terminate: (b"X", lambda m: b""),
    CopyData: (b"d", lambda m: m.data),
    CopyDone: (b"c", lambda m: b""),
    CopyFail: (b"f", lambda m: text(m.reason)),
    FunctionCall: (b"F", lambda m: m.payload),
    AuthenticationResponse: (b"p", lambda m: m.payload),
}

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)
OIDS = st.lists(st.integers(0, 2**32 - 1), max_size=8).map(tuple)
FORMATS = st.lists(st.sampled_from([0, 1]), max_size=4).map(tuple)


@st.composite
def binds(draw: st.DrawFn) -> Bind:
    values = tuple(draw(st.lists(st.none() | st.binary(max_size=40), max_size=6)))
    codes = draw(st.sampled_from([(), (0,), (1,), tuple(i % 2 for i in range(len(values)))]))
    return Bind(draw(TEXTS), draw(TEXTS), codes, values, draw(FORMATS))


MESSAGES: st.SearchStrategy[FrontendMessage] = st.one_of(
    st.builds(Query, TEXTS),
    st.builds(Parse, TEXTS, TEXTS, OIDS),
    binds(),
    st.builds(DescribeStatement, TEXTS),
    st.builds(DescribePortal, TEXTS),
    st.builds(Execute, TEXTS, st.integers(0, 2**31 - 1)),
    st.builds(CloseStatement, TEXTS),
    st.builds(ClosePortal, TEXTS),
    st.sampled_from([Flush(), Sync(), Terminate(), CopyDone()]),
    st.builds(CopyData, st.binary(max_size=200)),
    st.builds(CopyFail, TEXTS),
    st.builds(FunctionCall, st.binary(max_size=50)),
    st.builds(AuthenticationResponse, st.binary(max_size=50)),
)


def encode(message: FrontendMessage) -> bytes:
    message_type, payload_of = ENCODERS[type(message)]
    payload = payload_of(message)
    return message_type + struct.pack("!I", len(payload) + 4) + payload


def violation_of(call: Callable[[], object]) -> ProtocolViolation | None:
    """How the call broke the protocol; whatever else it raises fails the test."""
    try:
        call()
    except ProtocolViolation as violation:
        return violation
    return None


def decode_all(buffer: FrameBuffer) -> list[FrontendMessage]:
    decoded = []
    while (frame := buffer.next_frame()) is not None:
        decoded.append(decode_message(*frame))
    return decoded


@given(st.lists(MESSAGES, max_size=6), st.integers(1, 17))
def test_messages_read_back_however_they_are_cut(messages: list[FrontendMessage], step: int) -> None:
    stream, buffer, decoded = b"".join(map(encode, messages)), FrameBuffer(), []
    for start in range(0, len(stream), step):
        buffer.feed(stream[start : start + step])
        decoded += decode_all(buffer)
    assert decoded == messages
    assert len(buffer) == 0


@given(st.binary(max_size=300))
def test_random_bytes_only_break_the_protocol(data: bytes) -> None:
    buffer = FrameBuffer()
    buffer.feed(data)
    violation = violation_of(lambda: decode_all(buffer))
    assert violation is None or violation.sqlstate in {"08P01", "22021", "22023", "54000"}


@given(st.sampled_from(sorted(FRONTEND_TYPES)), st.binary(max_size=120))
def test_random_payloads_only_break_the_protocol_and_are_not_fatal(message_type: int, payload: bytes) -> None:
    violation = violation_of(lambda: decode_message(message_type, payload))
    assert violation is None or (violation.is_fatal, violation.message_type) == (False, message_type)


@given(binds(), st.data())
def test_a_bind_with_a_changed_byte_only_breaks_the_protocol(message: Bind, data: st.DataObject) -> None:
    payload = bytearray(bind_payload(message))
    payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    violation = violation_of(lambda: decode_message(ord("B"), bytes(payload)))
    assert violation is None or not violation.is_fatal


@given(st.binary(max_size=80))
def test_random_authentication_payloads_only_break_the_protocol(payload: bytes) -> None:
    for read in (AuthenticationResponse(payload).password, AuthenticationResponse(payload).sasl_initial):
        violation = violation_of(read)
        assert violation is None or not violation.is_fatal


def test_bad_utf8_names_its_own_error() -> None:
    with pytest.raises(ProtocolViolation) as caught:
        decode_message(ord("Q"), b"select '\xff'\0")
    assert (caught.value.sqlstate, caught.value.is_fatal) == ("22021", False)


@pytest.mark.parametrize("head", [b"z\0\0\0\4", b"\0\0\0\0\4", b"Q\0\0\0\3", b"Q\0\0\0\0"])
def test_a_header_that_cannot_be_is_fatal(head: bytes) -> None:
    buffer = FrameBuffer()
    buffer.feed(head)
    assert buffer.has_frame()
    with pytest.raises(ProtocolViolation) as caught:
        buffer.next_frame()
    assert caught.value.is_fatal


def test_a_huge_length_is_refused_from_its_header() -> None:
    buffer = FrameBuffer()
    buffer.feed(b"Q" + struct.pack("!I", 2**32 - 1))
    with pytest.raises(ProtocolViolation) as caught:
        buffer.next_frame()
    assert (caught.value.sqlstate, caught.value.is_fatal) == ("54000", True)


def test_an_announced_length_allocates_nothing() -> None:
    tracemalloc.start()
    buffer = FrameBuffer()
    buffer.feed(b"Q" + struct.pack("!I", 200_000_000))
    assert buffer.next_frame() is None
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_a_frame_of_just_the_limit_passes() -> None:
    buffer = FrameBuffer(max_message_bytes=100)
    buffer.feed(b"Q" + struct.pack("!I", 99) + b"x" * 94 + b"\0")
    assert decode_all(buffer) == [Query("x" * 94)]


def test_secrets_stay_out_of_representations() -> None:
    assert "hunter2" not in repr(AuthenticationResponse(b"hunter2\0"))
    assert "hunter2" not in repr(Bind("", "", parameters=(b"hunter2",)))
