"""The end of a connection that the client is told of: an SQLSTATE and a text."""

from __future__ import annotations

from typing import Unpack

from workspaces.pgwire.messages.faults import FaultFields, Severity, error_response
from workspaces.pgwire.messages.frames import ProtocolViolation


class Refusal(Exception):
    """Raised wherever a connection has to end with a FATAL error; whoever serves it sends `encoded()` and closes."""

    def __init__(self, sqlstate: str, message: str, **fields: Unpack[FaultFields]) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.fields = fields

    @classmethod
    def of(cls, violation: ProtocolViolation) -> Refusal:
        return cls(violation.sqlstate, violation.message)

    def encoded(self) -> bytes:
        return error_response(self.sqlstate, self.message, severity=Severity.FATAL, **self.fields)


def terminated_by_administrator() -> Refusal:
    return Refusal("57P01", "terminating connection due to administrator command")


def shutting_down() -> Refusal:
    return Refusal("57P03", "the database system is shutting down")
