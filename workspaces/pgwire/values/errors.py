"""The one exception of this package: a value that cannot travel, with PostgreSQL's code and words for it."""

from __future__ import annotations

INVALID_TEXT = "22P02"
INVALID_BINARY = "22P03"
OUT_OF_RANGE = "22003"
DATETIME_OVERFLOW = "22008"
INVALID_DATETIME = "22007"
INVALID_ZONE = "22023"
NOT_SUPPORTED = "0A000"
TOO_LARGE = "54000"
INVALID_ENCODING = "22021"
INVALID_HEXADECIMAL = "22023"


class WireValueError(Exception):
    """A value that has no form on this side of the wire; `sqlstate` and the message are what PostgreSQL would send."""

    def __init__(self, sqlstate: str, message: str) -> None:
        self.sqlstate = sqlstate
        self.message = message
        super().__init__(message)


def invalid_text(type_name: str, text: str) -> WireValueError:
    """The value of a parameter does not read as its type."""
    return WireValueError(INVALID_TEXT, f'invalid input syntax for type {type_name}: "{text}"')


def invalid_binary() -> WireValueError:
    """The bytes of a parameter are not what its type's binary form looks like; the door names the parameter."""
    return WireValueError(INVALID_BINARY, "incorrect binary data format")


def out_of_range(type_name: str, text: str) -> WireValueError:
    """A number reads well but does not fit."""
    return WireValueError(OUT_OF_RANGE, f'value "{text}" is out of range for type {type_name}')
