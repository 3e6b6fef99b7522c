"""The packets that open a connection and carry no type: start-up, requests for encryption, requests to cancel."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from workspaces.pgwire.messages.frames import MAX_STARTUP_BYTES, PayloadReader, ProtocolViolation

CANCEL_REQUEST_CODE: Final = 80877102
SSL_REQUEST_CODE: Final = 80877103
GSSENC_REQUEST_CODE: Final = 80877104
#: Names of protocol extensions begin with this; what we do not know is reported, not refused.
EXTENSION_PREFIX: Final = "_pq_."
MAX_CANCEL_KEY_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class SSLRequest:
    pass


@dataclass(frozen=True, slots=True)
class GSSENCRequest:
    pass


@dataclass(frozen=True, slots=True)
class CancelRequest:
    process_id: int
    secret_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartupMessage:
    """`parameters` in the order they were sent, a later one replacing an earlier one of the same name."""

    major: int
    minor: int
    parameters: Mapping[str, str] = field(default_factory=dict)


OpeningPacket = SSLRequest | GSSENCRequest | CancelRequest | StartupMessage


def opening_length(prefix: bytes) -> int:
    """Bytes of the whole packet by its first four. Raises a fatal ProtocolViolation for a length no packet has."""
    length: int = struct.unpack("!I", prefix)[0]
    if not 8 <= length <= MAX_STARTUP_BYTES:
        raise ProtocolViolation("invalid length of startup packet", is_fatal=True)
    return length


def decode_opening(packet: bytes) -> OpeningPacket:
    """The packet, its length field included. Raises a fatal ProtocolViolation, and nothing else."""
    try:
        return _decode(packet)
    except ProtocolViolation as violation:
        raise ProtocolViolation(violation.message, is_fatal=True) from violation


def _decode(packet: bytes) -> OpeningPacket:
    reader = PayloadReader(packet)
    if reader.uint32() != len(packet):
        raise reader.violation("invalid length of startup packet")
    code = reader.uint32()
    if code == CANCEL_REQUEST_CODE:
        return _cancel(reader)
    if code in (SSL_REQUEST_CODE, GSSENC_REQUEST_CODE):
        reader.end()
        return SSLRequest() if code == SSL_REQUEST_CODE else GSSENCRequest()
    major, minor = code >> 16, code & 0xFFFF
    # What follows is known for protocol 3 only; another one is refused by its number.
    return StartupMessage(major, minor, _parameters(reader) if major == 3 else {})


def _cancel(reader: PayloadReader) -> CancelRequest:
    process_id = reader.int32()
    secret_key = reader.rest()
    if not 4 <= len(secret_key) <= MAX_CANCEL_KEY_BYTES:
        raise reader.violation("invalid length of cancel request packet")
    return CancelRequest(process_id, secret_key)


def _parameters(reader: PayloadReader) -> dict[str, str]:
    parameters: dict[str, str] = {}
    while name := reader.text():
        parameters[name] = reader.text()
    reader.end()
    return parameters
