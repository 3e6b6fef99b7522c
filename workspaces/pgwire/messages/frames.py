"""Bytes as they arrive, cut into frames, and the reader of one frame's content."""

from __future__ import annotations

import struct
from typing import Final

MAX_MESSAGE_BYTES: Final = 256 * 1024 * 1024
MAX_STARTUP_BYTES: Final = 10_000
_HEADER_BYTES: Final = 5
#: Below this the front of the buffer is not worth moving.
_COMPACT_BYTES: Final = 64 * 1024

_HEADER = struct.Struct("!BI")
_LENGTH = struct.Struct("!I")
_INT16 = struct.Struct("!h")
_UINT16 = struct.Struct("!H")
_INT32 = struct.Struct("!i")
_UINT32 = struct.Struct("!I")

#: Types that a client of protocol 3 may send after its start-up packet.
FRONTEND_TYPES: Final = frozenset(b"BCcdDEfFHPpQSX")


class ProtocolViolation(Exception):
    """The client broke the protocol. With `is_fatal` the stream cannot be followed any further: answer and close.

    Without it one message was bad but its end is known: answer as to any other error and read on. `message_type` is
    that message's type, None if there was none. The text is for the client and repeats none of its bytes.
    """

    def __init__(
        self, message: str, *, sqlstate: str = "08P01", is_fatal: bool = False, message_type: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.is_fatal = is_fatal
        self.message_type = message_type


class FrameBuffer:
    """Cuts what arrives into frames of a type and a payload; grows with what arrived, never with what was announced."""

    def __init__(self, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.max_message_bytes = max_message_bytes
        self._bytes = bytearray()
        self._start = 0

    def __len__(self) -> int:
        """Bytes that arrived and were not taken yet."""
        return len(self._bytes) - self._start

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        self._bytes += data

    def take(self, count: int) -> bytes | None:
        """The next `count` bytes, None while they have not all arrived."""
        if len(self) < count:
            return None
        taken = bytes(memoryview(self._bytes)[self._start : self._start + count])
        self._advance(count)
        return taken

    def has_frame(self) -> bool:
        """Whether `next_frame` would not return None: a whole frame, or a header that is bad, has arrived."""
        if len(self) < _HEADER_BYTES:
            return False
        try:
            _, length = self._header()
        except ProtocolViolation:
            return True
        return len(self) > length

    def next_frame(self) -> tuple[int, bytes] | None:
        """The next whole frame as (type, payload), None while it has not arrived. Raises a fatal ProtocolViolation."""
        arrived, start = self._bytes, self._start
        count = len(arrived) - start
        if count < _HEADER_BYTES:
            return None
        message_type, length = self._header()
        if count <= length:
            return None
        payload = bytes(memoryview(arrived)[start + _HEADER_BYTES : start + length + 1])
        self._advance(length + 1)
        return message_type, payload

    def take_run(self, message_type: int, limit: int) -> bytes | None:
        """The payloads of the whole frames of one type at the front, joined; about `limit` bytes of them at most.

        None if the next frame is of another type or has not arrived.
        """
        parts: list[bytes] = []
        with memoryview(self._bytes) as arrived:
            position, end = self._start, len(arrived)
            stop = position + limit
            while position < stop and position + _HEADER_BYTES <= end and arrived[position] == message_type:
                length = _LENGTH.unpack_from(arrived, position + 1)[0]
                if length < 4 or position + length >= end:
                    break
                parts.append(bytes(arrived[position + _HEADER_BYTES : position + length + 1]))
                position += length + 1
        if not parts:
            return None
        self._advance(position - self._start)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def clear(self) -> None:
        self._bytes.clear()
        self._start = 0

    def _header(self) -> tuple[int, int]:
        """Type and length of the frame at the front, the length counting itself but not the type."""
        message_type, length = _HEADER.unpack_from(self._bytes, self._start)
        if message_type not in FRONTEND_TYPES:
            raise ProtocolViolation(f"invalid frontend message type {message_type}", is_fatal=True)
        if length < 4:
            raise ProtocolViolation("invalid message length", is_fatal=True, message_type=message_type)
        if length + 1 > self.max_message_bytes:
            raise ProtocolViolation(
                f"message is larger than {self.max_message_bytes} bytes",
                sqlstate="54000",
                is_fatal=True,
                message_type=message_type,
            )
        return message_type, length

    def _advance(self, count: int) -> None:
        self._start += count
        if self._start == len(self._bytes):
            self.clear()
        elif self._start > _COMPACT_BYTES and self._start * 2 > len(self._bytes):
            del self._bytes[: self._start]
            self._start = 0


class PayloadReader:
    """Reads the fields of one payload from its front; every short or odd field is a ProtocolViolation."""

    def __init__(self, payload: bytes, *, message_type: int | None = None) -> None:
        self._payload = payload
        self._position = 0
        self._message_type = message_type

    def violation(self, message: str, *, sqlstate: str = "08P01") -> ProtocolViolation:
        return ProtocolViolation(message, sqlstate=sqlstate, message_type=self._message_type)

    def int16(self) -> int:
        return self._unpack(_INT16)

    def uint16(self) -> int:
        return self._unpack(_UINT16)

    def int32(self) -> int:
        return self._unpack(_INT32)

    def uint32(self) -> int:
        return self._unpack(_UINT32)

    def raw(self, count: int) -> bytes:
        end = self._position + count
        if count < 0 or end > len(self._payload):
            raise self.violation("insufficient data left in message")
        taken = self._payload[self._position : end]
        self._position = end
        return taken

    def byte(self) -> int:
        return self.raw(1)[0]

    def text(self) -> str:
        """A string up to its zero byte."""
        end = self._payload.find(b"\0", self._position)
        if end < 0:
            raise self.violation("invalid string in message")
        taken = self._payload[self._position : end]
        self._position = end + 1
        return self.decode(taken)

    def decode(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.violation('invalid byte sequence for encoding "UTF8"', sqlstate="22021") from error

    def many_uint32(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"!{count}I", self.raw(4 * count))

    def many_int16(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"!{count}h", self.raw(2 * count))

    def rest(self) -> bytes:
        return self.raw(len(self._payload) - self._position)

    def end(self) -> None:
        if self._position != len(self._payload):
            raise self.violation("invalid message format")

    def _unpack(self, form: struct.Struct) -> int:
        value: int = form.unpack(self.raw(form.size))[0]
        return value
