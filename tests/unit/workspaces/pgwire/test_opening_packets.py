"""Packets that open a connection: what they say, and that bad ones end it and nothing else."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.messages.opening import (
    CancelRequest,
    GSSENCRequest,
    SSLRequest,
    StartupMessage,
    decode_opening,
    opening_length,
)

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def packet(code: int, body: bytes = b"") -> bytes:
    return struct.pack("!II", len(body) + 8, code) + body


def startup(parameters: dict[str, str], *, version: int = 3 << 16) -> bytes:
    pairs = b"".join(name.encode() + b"\0" + value.encode() + b"\0" for name, value in parameters.items())
    return packet(version, pairs + b"\0")


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.integers(0, 0xFFFF))
def test_start_up_parameters_read_back(parameters: dict[str, str], minor: int) -> None:
    message = decode_opening(startup(parameters, version=3 << 16 | minor))
    assert message == StartupMessage(3, minor, parameters)


def test_requests_are_told_by_their_code() -> None:
    assert decode_opening(packet(80877103)) == SSLRequest()
    assert decode_opening(packet(80877104)) == GSSENCRequest()
    assert decode_opening(packet(80877102, struct.pack("!i", 7) + b"key!")) == CancelRequest(7, b"key!")


def test_another_protocol_is_told_by_its_number_only() -> None:
    assert decode_opening(packet(2 << 16, b"anything")) == StartupMessage(2, 0)


@pytest.mark.parametrize(
    "bad",
    [
        packet(3 << 16, b"user\0alice\0"),
        packet(3 << 16, b"user\0alice"),
        packet(3 << 16),
        packet(3 << 16, b"user\0al\xffce\0\0"),
        packet(3 << 16, b"user\0alice\0\0more"),
        packet(80877103, b"more"),
        packet(80877102, b"\0\0\0\7"),
        packet(80877102, b"\0\0\0\7" + b"k" * 257),
        b"\0\0\0\7\0\0\0",
    ],
)
def test_a_bad_packet_is_fatal(bad: bytes) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        decode_opening(bad)
    assert (caught.value.sqlstate, caught.value.is_fatal) == ("08P01", True)


@given(st.binary(max_size=200))
def test_random_packets_only_break_the_protocol(data: bytes) -> None:
    for candidate in (data, struct.pack("!I", len(data) + 4) + data):
        with contextlib.suppress(ProtocolViolation):
            decode_opening(candidate)


@pytest.mark.parametrize("length", [0, 7, 10_001, 0x16030100, 2**32 - 1])
def test_a_length_that_no_packet_has_is_fatal(length: int) -> None:
    with pytest.raises(ProtocolViolation):
        opening_length(struct.pack("!I", length))
