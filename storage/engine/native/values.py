"""Python values as values of DuckDB, for parameters.

| Python | DuckDB |
| --- | --- |
| None | NULL |
| bool | BOOLEAN |
| int | BIGINT, HUGEINT or UHUGEINT, the first that holds it; beyond these VARCHAR |
| float | DOUBLE |
| Decimal | DECIMAL of its digits; beyond 38 digits VARCHAR |
| str | VARCHAR |
| bytes | BLOB |
| UUID | UUID |
| date, time, datetime | DATE, TIME (aware: TIME WITH TIME ZONE), TIMESTAMP (aware: TIMESTAMP WITH TIME ZONE) |
| timedelta | INTERVAL of days and microseconds |
| Date, Time, TimeTz, Timestamp, TimestampTz, Interval, Bit | the same, also infinity and months |
| ListOf | a list of one element type |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import addressof, byref, c_char, c_void_p
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from storage.engine.native.errors import ErrorKind, NativeError
from storage.engine.native.library import BitString, DecimalNumber, HugeInt, IntervalParts, UHugeInt, library
from storage.engine.native.types import make_type, owned_type

_EPOCH = datetime(1970, 1, 1)
_MAX_DECIMAL_DIGITS = 38
# TIME WITH TIME ZONE: 40 bits of microseconds, then 24 bits that fall as the offset rises, so that values sort by UTC.
_TIME_TZ_OFFSET_BITS = 24
_TIME_TZ_MAX_OFFSET = 16 * 60 * 60 - 1


@dataclass(frozen=True)
class Date:
    """Days since 1970-01-01; infinity and -infinity are 2**31 - 1 and its negative."""

    days: int


@dataclass(frozen=True)
class Time:
    """Microseconds since midnight."""

    micros: int


@dataclass(frozen=True)
class TimeTz:
    """Local microseconds since midnight and the offset of that place, in seconds east of UTC."""

    micros: int
    offset_seconds: int


@dataclass(frozen=True)
class Timestamp:
    """Microseconds since 1970-01-01; infinity and -infinity are 2**63 - 1 and its negative."""

    micros: int


@dataclass(frozen=True)
class TimestampTz:
    """Microseconds since 1970-01-01 UTC; infinity as in Timestamp."""

    micros: int


@dataclass(frozen=True)
class Interval:
    months: int
    days: int
    micros: int


@dataclass(frozen=True)
class Bit:
    """A bit string as its digits, at least one."""

    digits: str


@dataclass(frozen=True)
class ListOf:
    """A list; each value is cast to `element_type`, spelled as DuckDB does: a scalar, a decimal or a list of these."""

    element_type: str
    values: Sequence[Any]


@contextmanager
def owned_value(handle: int | None) -> Iterator[int]:
    """Destroy a value at the end. Raises NativeError for no handle: DuckDB could not make the value."""
    if not handle:
        raise NativeError(ErrorKind.CONVERSION, "The value of a parameter does not fit its type.")
    try:
        yield handle
    finally:
        library.destroy_value(byref(c_void_p(handle)))


def make_value(value: Any) -> int | None:
    """A handle that the caller destroys. Raises TypeError for a Python type that has no counterpart."""
    maker = _MAKERS.get(type(value))
    if maker is None:
        raise TypeError(f"{type(value).__name__} cannot be the value of a parameter.")
    return maker(value)


def cast_value(value: Any, type_handle: int) -> int | None:
    """As `make_value`, cast to a type; None where the cast fails. The session's settings play no part."""
    with owned_value(_list_value(type_handle, [value])) as single:
        return library.get_list_child(single, 0)


def _list_value(type_handle: int, values: Sequence[Any]) -> int | None:
    # Making a list casts its elements: the only cast of single values that the C API has.
    handles: list[int | None] = []
    try:
        handles.extend(make_value(value) for value in values)
        return library.create_list_value(type_handle, (c_void_p * max(1, len(handles)))(*handles), len(handles))
    finally:
        for handle in handles:
            library.destroy_value(byref(c_void_p(handle)))


def _list_of(value: ListOf) -> int | None:
    with owned_type(make_type(value.element_type)) as type_handle:
        if type_handle is None:
            raise NativeError(ErrorKind.NOT_IMPLEMENTED, f"Lists of {value.element_type} cannot be parameters.")
        return _list_value(type_handle, value.values)


def _integer(value: int) -> int | None:
    if -(1 << 63) <= value < 1 << 63:
        return library.create_int64(value)
    if -(1 << 127) <= value < 1 << 127:
        return library.create_hugeint(HugeInt(value & 0xFFFFFFFFFFFFFFFF, value >> 64))
    if 0 <= value < 1 << 128:
        return library.create_uhugeint(UHugeInt(value & 0xFFFFFFFFFFFFFFFF, value >> 64))
    return _text(str(value))


def _decimal(value: Decimal) -> int | None:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return _text(str(value))
    scale = max(0, -exponent)
    width = max(len(digits) + max(0, exponent), scale + 1)
    if width > _MAX_DECIMAL_DIGITS:
        return _text(format(value, "f"))
    unscaled = int("".join(map(str, digits))) * 10 ** max(0, exponent) * (-1 if sign else 1)
    number = HugeInt(unscaled & 0xFFFFFFFFFFFFFFFF, unscaled >> 64)
    return library.create_decimal(DecimalNumber(width, scale, number))


def _text(value: str) -> int | None:
    try:
        encoded = value.encode()
    except UnicodeEncodeError as error:
        raise NativeError(ErrorKind.INVALID_INPUT, "A text holds characters that UTF-8 cannot.") from error
    return library.create_varchar_length(encoded, len(encoded))


def _uuid(value: UUID) -> int | None:
    return library.create_uuid(UHugeInt(value.int & 0xFFFFFFFFFFFFFFFF, value.int >> 64))


def _micros(delta: timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _time_micros(value: time) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _time(value: time) -> int | None:
    offset = value.utcoffset()
    if offset is None:
        return library.create_time(_time_micros(value))
    return _time_tz(TimeTz(_time_micros(value), int(offset.total_seconds())))


def _time_tz(value: TimeTz) -> int | None:
    return library.create_time_tz_value(
        value.micros << _TIME_TZ_OFFSET_BITS | (_TIME_TZ_MAX_OFFSET - value.offset_seconds)
    )


def _datetime(value: datetime) -> int | None:
    if value.tzinfo is None:
        return library.create_timestamp(_micros(value - _EPOCH))
    return library.create_timestamp_tz(_micros(value.astimezone(UTC).replace(tzinfo=None) - _EPOCH))


def _bit(value: Bit) -> int | None:
    if not value.digits or set(value.digits) - {"0", "1"}:
        raise NativeError(ErrorKind.CONVERSION, "A bit string holds the digits 0 and 1, and at least one of them.")
    padding = -len(value.digits) % 8
    # DuckDB's form: the number of padding bits, then the bits, with ones for padding in front.
    bits = int("1" * padding + value.digits, 2).to_bytes((len(value.digits) + padding) // 8, "big")
    data = (c_char * (1 + len(bits))).from_buffer_copy(bytes([padding]) + bits)
    return library.create_bit(BitString(addressof(data), len(data)))


_MAKERS: dict[type, Callable[[Any], int | None]] = {
    type(None): lambda _: library.create_null_value(),
    bool: lambda value: library.create_bool(value),
    int: _integer,
    float: lambda value: library.create_double(value),
    Decimal: _decimal,
    str: _text,
    bytes: lambda value: library.create_blob(value, len(value)),
    UUID: _uuid,
    date: lambda value: library.create_date((value - _EPOCH.date()).days),
    time: _time,
    datetime: _datetime,
    timedelta: lambda value: library.create_interval(
        IntervalParts(0, value.days, _micros(value) - value.days * 86_400_000_000)
    ),
    Date: lambda value: library.create_date(value.days),
    Time: lambda value: library.create_time(value.micros),
    TimeTz: _time_tz,
    Timestamp: lambda value: library.create_timestamp(value.micros),
    TimestampTz: lambda value: library.create_timestamp_tz(value.micros),
    Interval: lambda value: library.create_interval(IntervalParts(value.months, value.days, value.micros)),
    Bit: _bit,
    ListOf: _list_of,
}
