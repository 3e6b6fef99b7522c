"""Errors and notices on the wire: a severity, an SQLSTATE, a text and the fields that are known."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypedDict, Unpack

from workspaces.pgwire.messages.backend import c_string, frame


class Severity(Enum):
    ERROR = "ERROR"
    FATAL = "FATAL"
    PANIC = "PANIC"
    WARNING = "WARNING"
    NOTICE = "NOTICE"
    INFO = "INFO"
    LOG = "LOG"
    DEBUG = "DEBUG"


class FaultFields(TypedDict, total=False):
    """What an error or a notice may also say; None is left out. `position` counts characters from 1."""

    detail: str | None
    hint: str | None
    position: int | None
    schema: str | None
    table: str | None
    column: str | None
    constraint: str | None
    context: str | None


_CODES: Final = {
    "detail": b"D",
    "hint": b"H",
    "position": b"P",
    "schema": b"s",
    "table": b"t",
    "column": b"c",
    "constraint": b"n",
    "context": b"W",
}


def error_response(
    sqlstate: str, message: str, *, severity: Severity = Severity.ERROR, **fields: Unpack[FaultFields]
) -> bytes:
    """An ErrorResponse; FATAL ones are followed by the end of the connection."""
    return _fault(b"E", severity, sqlstate, message, fields)


def notice_response(
    sqlstate: str, message: str, *, severity: Severity = Severity.NOTICE, **fields: Unpack[FaultFields]
) -> bytes:
    return _fault(b"N", severity, sqlstate, message, fields)


def _fault(message_type: bytes, severity: Severity, sqlstate: str, message: str, fields: FaultFields) -> bytes:
    if unknown := fields.keys() - _CODES.keys():
        raise TypeError(f"unknown fields of an error: {sorted(unknown)}")
    label = severity.value
    parts = [b"S" + c_string(label), b"V" + c_string(label), b"C" + c_string(sqlstate), b"M" + c_string(message)]
    parts += [
        code + c_string(str(fields[name]))  # type: ignore[literal-required]
        for name, code in _CODES.items()
        if fields.get(name) is not None
    ]
    return frame(message_type, b"".join(parts) + b"\0")
