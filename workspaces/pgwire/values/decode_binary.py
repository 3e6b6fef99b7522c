"""Single values of parameters in PostgreSQL's binary forms."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from uuid import UUID

from workspaces.pgwire.values import decode_times
from workspaces.pgwire.values.decode_intervals import interval_from_parts
from workspaces.pgwire.values.decode_numbers import numeric_from_binary
from workspaces.pgwire.values.decode_text import Scalar, utf8
from workspaces.pgwire.values.errors import (
    DATETIME_OVERFLOW,
    INVALID_BINARY,
    NOT_SUPPORTED,
    WireValueError,
    invalid_binary,
)
from workspaces.pgwire.values.types import BY_OID, TEXT, UNKNOWN


def read_binary(data: bytes, oid: int) -> Scalar:
    """The value of these bytes. Raises WireValueError: 22P03 for other bytes than the type has, 0A000 for others."""
    decode = _BINARY.get(oid)
    if decode is None:
        name = BY_OID[oid].name if oid in BY_OID else str(oid)
        raise WireValueError(NOT_SUPPORTED, f"binary input of type {name} is not supported")
    return decode(data)


def _unpacked(layout: str) -> Callable[[bytes], Scalar]:
    packed = struct.Struct(layout)

    def decode(data: bytes) -> Scalar:
        if len(data) != packed.size:
            raise invalid_binary()
        return packed.unpack(data)[0]

    return decode


def _fields(layout: str, data: bytes) -> tuple[int, ...]:
    if len(data) != struct.calcsize(layout):
        raise invalid_binary()
    return struct.unpack(layout, data)


def _binary_bool(data: bytes) -> bool:
    return _fields(">B", data)[0] != 0


def _binary_date(data: bytes) -> str:
    days = _fields(">i", data)[0]
    if days in (2**31 - 1, -(2**31)):
        return "infinity" if days > 0 else "-infinity"
    return decode_times.date_from_days(days + decode_times.EPOCH_DAYS)


def _binary_timestamp(data: bytes, *, suffix: str = "") -> str:
    microseconds = _fields(">q", data)[0]
    if microseconds in (2**63 - 1, -(2**63)):
        return "infinity" if microseconds > 0 else "-infinity"
    return decode_times.timestamp_from_parts(decode_times.EPOCH_DAYS, microseconds) + suffix


def _binary_time(data: bytes) -> str:
    return decode_times.clock_text(_day_microseconds(_fields(">q", data)[0]))


def _binary_timetz(data: bytes) -> str:
    microseconds, west = _fields(">qi", data)
    return decode_times.clock_text(_day_microseconds(microseconds)) + decode_times.offset_text(-west)


def _day_microseconds(microseconds: int) -> int:
    if not 0 <= microseconds <= decode_times.DAY_MICROSECONDS:
        raise WireValueError(DATETIME_OVERFLOW, "time out of range")
    return microseconds


def _binary_interval(data: bytes) -> str:
    microseconds, days, months = _fields(">qii", data)
    return interval_from_parts(months, days, microseconds)


def _binary_uuid(data: bytes) -> str:
    if len(data) != 16:
        raise invalid_binary()
    return str(UUID(bytes=data))


def _binary_bits(data: bytes) -> str:
    if len(data) < 4:
        raise invalid_binary()
    count = int.from_bytes(data[:4], "big", signed=True)
    if count < 0 or len(data) - 4 != -(-count // 8):
        raise invalid_binary()
    return "".join(f"{byte:08b}" for byte in data[4:])[:count]


def _binary_jsonb(data: bytes) -> str:
    if data[:1] != b"\x01":
        raise WireValueError(INVALID_BINARY, f"unsupported jsonb version number {data[0] if data else 0}")
    return utf8(data[1:])


_UNSIGNED = (26, 28, 29)
_TEXTUAL = (18, 19, TEXT.oid, UNKNOWN.oid, 1042, 1043, 114, 142)
_BINARY: dict[int, Callable[[bytes], Scalar]] = {
    16: _binary_bool,
    17: bytes,
    20: _unpacked(">q"),
    21: _unpacked(">h"),
    23: _unpacked(">i"),
    700: _unpacked(">f"),
    701: _unpacked(">d"),
    1082: _binary_date,
    1083: _binary_time,
    1114: _binary_timestamp,
    1184: partial(_binary_timestamp, suffix="+00"),
    1186: _binary_interval,
    1266: _binary_timetz,
    1560: _binary_bits,
    1562: _binary_bits,
    1700: numeric_from_binary,
    2950: _binary_uuid,
    3802: _binary_jsonb,
}
_BINARY |= dict.fromkeys(_UNSIGNED, _unpacked(">I")) | dict.fromkeys(_TEXTUAL, utf8)
