"""What the server sends: one function a message, each giving the bytes of the whole frame."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

_INT16 = struct.Struct("!h")
_UINT16 = struct.Struct("!H")
_INT32 = struct.Struct("!i")
_LENGTH = struct.Struct("!I")
_FIELD = struct.Struct("!IhIhih")
_NULL: Final = b"\xff\xff\xff\xff"

#: Answers to SSLRequest and GSSENCRequest: one byte, no frame.
ENCRYPTION_ACCEPTED: Final = b"S"
ENCRYPTION_REFUSED: Final = b"N"


class TransactionStatus(Enum):
    IDLE = b"I"
    IN_BLOCK = b"T"
    FAILED = b"E"


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One column of a result. `type_size` is -1 for a length that varies; `type_modifier` is -1 for none."""

    name: str
    type_oid: int
    type_size: int = -1
    type_modifier: int = -1
    format: int = 0
    table_oid: int = 0
    column_number: int = 0


def frame(message_type: bytes, payload: bytes = b"") -> bytes:
    return message_type + _LENGTH.pack(len(payload) + 4) + payload


def c_string(text: str) -> bytes:
    """Text with its end; a zero byte inside would end it early and is left out."""
    return text.replace("\0", "").encode("utf-8", "replace") + b"\0"


def authentication_ok() -> bytes:
    return frame(b"R", _INT32.pack(0))


def authentication_cleartext_password() -> bytes:
    return frame(b"R", _INT32.pack(3))


def authentication_sasl(mechanisms: Iterable[str]) -> bytes:
    """Mechanisms in the order the server prefers them."""
    return frame(b"R", _INT32.pack(10) + b"".join(map(c_string, mechanisms)) + b"\0")


def authentication_sasl_continue(data: bytes) -> bytes:
    return frame(b"R", _INT32.pack(11) + data)


def authentication_sasl_final(data: bytes) -> bytes:
    return frame(b"R", _INT32.pack(12) + data)


def negotiate_protocol_version(*, newest_minor: int, unrecognised: Sequence[str]) -> bytes:
    """The newest minor version of protocol 3 that the server speaks, and the options it does not know."""
    payload = _INT32.pack(3 << 16 | newest_minor) + _INT32.pack(len(unrecognised))
    return frame(b"v", payload + b"".join(map(c_string, unrecognised)))


def parameter_status(name: str, value: str) -> bytes:
    return frame(b"S", c_string(name) + c_string(value))


def backend_key_data(process_id: int, secret_key: bytes) -> bytes:
    return frame(b"K", _INT32.pack(process_id) + secret_key)


def ready_for_query(status: TransactionStatus) -> bytes:
    return frame(b"Z", status.value)


def row_description(fields: Sequence[FieldDescription]) -> bytes:
    parts = [_UINT16.pack(len(fields))]
    for column in fields:
        parts.append(c_string(column.name))
        parts.append(
            _FIELD.pack(
                column.table_oid,
                column.column_number,
                column.type_oid,
                column.type_size,
                column.type_modifier,
                column.format,
            )
        )
    return frame(b"T", b"".join(parts))


def data_row(values: Sequence[bytes | None]) -> bytes:
    """One row. For many rows encode by columns instead: this costs a call for each."""
    parts = [_UINT16.pack(len(values))]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts.append(_LENGTH.pack(len(value)))
            parts.append(value)
    return frame(b"D", b"".join(parts))


def command_complete(tag: str) -> bytes:
    return frame(b"C", c_string(tag))


def parameter_description(type_oids: Sequence[int]) -> bytes:
    return frame(b"t", struct.pack(f"!H{len(type_oids)}I", len(type_oids), *type_oids))


def copy_in_response(*, overall_format: int, column_formats: Sequence[int]) -> bytes:
    return _copy_response(b"G", overall_format, column_formats)


def copy_out_response(*, overall_format: int, column_formats: Sequence[int]) -> bytes:
    return _copy_response(b"H", overall_format, column_formats)


def copy_both_response(*, overall_format: int, column_formats: Sequence[int]) -> bytes:
    return _copy_response(b"W", overall_format, column_formats)


def _copy_response(message_type: bytes, overall_format: int, column_formats: Sequence[int]) -> bytes:
    count = len(column_formats)
    return frame(message_type, struct.pack(f"!bH{count}h", overall_format, count, *column_formats))


def copy_data(data: bytes) -> bytes:
    return frame(b"d", data)


def function_call_response(value: bytes | None) -> bytes:
    return frame(b"V", _NULL if value is None else _LENGTH.pack(len(value)) + value)


def notification_response(*, process_id: int, channel: str, payload: str) -> bytes:
    return frame(b"A", _INT32.pack(process_id) + c_string(channel) + c_string(payload))


PARSE_COMPLETE: Final = frame(b"1")
BIND_COMPLETE: Final = frame(b"2")
CLOSE_COMPLETE: Final = frame(b"3")
NO_DATA: Final = frame(b"n")
EMPTY_QUERY_RESPONSE: Final = frame(b"I")
PORTAL_SUSPENDED: Final = frame(b"s")
COPY_DONE: Final = frame(b"c")
