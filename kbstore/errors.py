"""The exception tree that every layer raises and every front end maps.

A class says what went wrong by its `kind`; the kind carries the status of each protocol, so a door never invents one.
"""

from __future__ import annotations

from enum import Enum
from typing import Any


class Kind(Enum):
    """What went wrong, with its status on each protocol: (name, HTTP status, SQLSTATE, gRPC status name)."""

    INVALID = ("invalid", 400, "22023", "INVALID_ARGUMENT")
    UNAUTHENTICATED = ("unauthenticated", 401, "28000", "UNAUTHENTICATED")
    FORBIDDEN = ("forbidden", 403, "42501", "PERMISSION_DENIED")
    NOT_FOUND = ("not_found", 404, "42P01", "NOT_FOUND")
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, "0A000", "UNIMPLEMENTED")
    REQUEST_TIMEOUT = ("request_timeout", 408, "57014", "DEADLINE_EXCEEDED")
    CONFLICT = ("conflict", 409, "23505", "ALREADY_EXISTS")
    GONE = ("gone", 410, "55000", "FAILED_PRECONDITION")
    LENGTH_REQUIRED = ("length_required", 411, "22023", "INVALID_ARGUMENT")
    PRECONDITION_FAILED = ("precondition_failed", 412, "40001", "FAILED_PRECONDITION")
    TOO_LARGE = ("too_large", 413, "54000", "RESOURCE_EXHAUSTED")
    RANGE_NOT_SATISFIABLE = ("range_not_satisfiable", 416, "22003", "OUT_OF_RANGE")
    UNPROCESSABLE = ("unprocessable", 422, "22023", "INVALID_ARGUMENT")
    LOCKED = ("locked", 423, "55P03", "ABORTED")
    TOO_MANY = ("too_many", 429, "53400", "RESOURCE_EXHAUSTED")
    INTERNAL = ("internal", 500, "XX000", "INTERNAL")
    NOT_SUPPORTED = ("not_supported", 501, "0A000", "UNIMPLEMENTED")
    UNAVAILABLE = ("unavailable", 503, "57P03", "UNAVAILABLE")
    TIMEOUT = ("timeout", 504, "57014", "DEADLINE_EXCEEDED")
    NO_SPACE = ("no_space", 507, "53100", "RESOURCE_EXHAUSTED")

    def __init__(self, label: str, http_status: int, sqlstate: str, grpc_status: str) -> None:
        self.label = label
        self.http_status = http_status
        self.sqlstate = sqlstate
        self.grpc_status = grpc_status


class KbstoreError(Exception):
    """Base of all errors that a user may see.

    `code` is stable and machine-readable, the message is for people and never holds a server path, our SQL or a
    secret. `details` is None where the contract wants no such member. `retryable` is believed by the job runner and
    by clients: true only if the same call may succeed later without any change.
    """

    kind: Kind = Kind.INTERNAL
    code: str = "internal_server_error"
    retryable: bool = False
    retry_after_seconds: int | None = None

    def __init__(self, message: str, *, details: dict[str, Any] | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] | None = {} if details is None else details
        if code is not None:
            self.code = code

    @property
    def http_status(self) -> int:
        return self.kind.http_status

    @property
    def sqlstate(self) -> str:
        return self.kind.sqlstate

    @property
    def grpc_status(self) -> str:
        return self.kind.grpc_status


class InvalidRequest(KbstoreError):
    kind = Kind.INVALID
    code = "invalid_request"


class NotAuthenticated(KbstoreError):
    """No usable credentials were sent: the caller has to send some."""

    kind = Kind.UNAUTHENTICATED
    code = "unauthorized"

    def __init__(self, message: str = "Not authenticated") -> None:
        super().__init__(message)
        self.details = None


class Forbidden(KbstoreError):
    """The credentials are no good here; the wire carries no `details` for it."""

    kind = Kind.FORBIDDEN
    code = "forbidden"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.details = None


class NotFound(KbstoreError):
    kind = Kind.NOT_FOUND
    code = "not_found"


class Conflict(KbstoreError):
    kind = Kind.CONFLICT
    code = "conflict"


class ChangedMeanwhile(Conflict):
    """Something that the call refers to went away, or its like was made, between its check and its change."""

    code = "changed_meanwhile"
    retryable = True

    def __init__(self) -> None:
        super().__init__("Something this call refers to was changed or deleted at the same time. Please try again.")


class Locked(KbstoreError):
    """Somebody else writes; the same call may succeed later."""

    kind = Kind.LOCKED
    code = "table_locked"
    retryable = True
    retry_after_seconds = 5


class OperationTimeout(KbstoreError):
    kind = Kind.TIMEOUT
    code = "operation_timeout"


class OperationCancelled(KbstoreError):
    """The user cancelled the work; nothing was changed."""

    kind = Kind.CONFLICT
    code = "cancelled"

    def __init__(self, message: str = "The operation was cancelled. Nothing was changed.") -> None:
        super().__init__(message)


class NoSpace(KbstoreError):
    """The disk is full; nothing was changed."""

    kind = Kind.NO_SPACE
    code = "insufficient_storage"
    retryable = True
    retry_after_seconds = 60


class PayloadTooLarge(KbstoreError):
    kind = Kind.TOO_LARGE
    code = "payload_too_large"


class TooManyRequests(KbstoreError):
    kind = Kind.TOO_MANY
    code = "too_many_requests"
    retryable = True
    retry_after_seconds = 5


class ServiceUnavailable(KbstoreError):
    kind = Kind.UNAVAILABLE
    code = "service_unavailable"
    retryable = True
    retry_after_seconds = 5
