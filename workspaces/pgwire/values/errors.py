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


class WireValueError(Exception):
    """A value that has no form on this side of the wire; `sqlstate` and the message are what PostgreSQL would send."""

    def __init__(self, sqlstate: str, message: str) -> None:
        self.sqlstate = sqlstate
        self.message = message
        super().__init__(message)
