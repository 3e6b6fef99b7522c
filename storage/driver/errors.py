"""What the driver tells of an error: gRPC status, HTTP status of the bridge, and the number that hosts decide by."""

from __future__ import annotations

from dataclasses import dataclass

from kbstore.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    KbstoreError,
    Kind,
    NotFound,
    OperationCancelled,
    OperationTimeout,
    TooManyRequests,
)
from storage import errors as domain
from storage.idempotency.errors import IdempotencyConflict


@dataclass(frozen=True)
class Reason:
    """One line of the published list of error numbers."""

    number: int
    name: str
    retryable: bool = False


UNKNOWN = Reason(0, "ERR_UNKNOWN", retryable=True)
COMMAND_NOT_SUPPORTED = Reason(900, "ERR_DRIVER_COMMAND_NOT_SUPPORTED")
TIMEOUT = Reason(1000, "ERR_TIMEOUT", retryable=True)
CONNECTION = Reason(1001, "ERR_CONNECTION", retryable=True)
AUTH = Reason(1002, "ERR_AUTH")
DATABASE_MISMATCH = Reason(1003, "ERR_DATABASE_MISMATCH")
NOT_FOUND = Reason(2000, "ERR_NOT_FOUND")
UNKNOWN_OBJECT = Reason(2001, "ERR_UNKNOWN_OBJECT")
DATABASE_NOT_FOUND = Reason(2002, "ERR_DATABASE_NOT_FOUND")
SCHEMA_NOT_FOUND = Reason(2003, "ERR_SCHEMA_NOT_FOUND")
TABLE_NOT_FOUND = Reason(2004, "ERR_TABLE_NOT_FOUND")
COLUMN_NOT_FOUND = Reason(2005, "ERR_COLUMN_NOT_FOUND")
OBJECT_ALREADY_EXISTS = Reason(2006, "ERR_OBJECT_ALREADY_EXISTS")
RESOURCE_FULL = Reason(2006, "ERR_RESOURCE_FULL", retryable=True)
OBJECT_PERMISSION_DENIED = Reason(2007, "ERR_OBJECT_PERMISSION_DENIED")
VIEW_NOT_FOUND = Reason(2008, "ERR_VIEW_NOT_FOUND")
VALIDATION = Reason(3000, "ERR_VALIDATION")
UNKNOWN_IMPORT = Reason(4000, "ERR_UNKNOWN_IMPORT", retryable=True)
COLUMNS_COUNT_NOT_MATCH = Reason(4100, "ERR_COLUMNS_COUNT_NOT_MATCH")
INVALID_COLUMN_NAME = Reason(4101, "ERR_INVALID_COLUMN_NAME")
DUPLICATE_COLUMN_NAMES = Reason(4102, "ERR_DUPLICATE_COLUMN_NAMES")
NO_COLUMNS = Reason(4103, "ERR_NO_COLUMNS")
MANDATORY_INVALID_SOURCE_DATA = Reason(4200, "ERR_MANDATORY_INVALID_SOURCE_DATA")
MANDATORY_FILE_NOT_FOUND = Reason(4201, "ERR_MANDATORY_FILE_NOT_FOUND")
DATA_TYPE_MISMATCH = Reason(4202, "ERR_DATA_TYPE_MISMATCH")
INVALID_FILE_PARAMS = Reason(4203, "ERR_INVALID_FILE_PARAMS")
UNKNOWN_EXPORT = Reason(5000, "ERR_UNKNOWN_EXPORT", retryable=True)
UNKNOWN_SQL = Reason(6000, "ERR_UNKNOWN_SQL", retryable=True)
INVALID_SQL = Reason(6001, "ERR_INVALID_SQL")
QUERY_TIMEOUT = Reason(6002, "ERR_QUERY_TIMEOUT")
ROW_SIZE_TOO_LARGE = Reason(6003, "ERR_ROW_SIZE_TOO_LARGE")
VALUE_CONVERSION = Reason(6004, "ERR_VALUE_CONVERSION")


class InvalidParameter(InvalidRequest):
    """A parameter of the command is missing, malformed or asks for what cannot be; `reason` where it has its number."""

    code = "invalid_parameter"

    def __init__(self, message: str, *, reason: Reason = VALIDATION) -> None:
        super().__init__(message)
        self.reason = reason


class ObjectNotFound(NotFound):
    """Something that a command names is not there, in the words that clients of the driver look for."""

    def __init__(self, message: str, *, reason: Reason = NOT_FOUND) -> None:
        super().__init__(message)
        self.reason = reason


class ObjectExists(Conflict):
    code = "already_exists"

    def __init__(self, message: str, *, reason: Reason = OBJECT_ALREADY_EXISTS) -> None:
        super().__init__(message)
        self.reason = reason


class FailedPrecondition(Conflict):
    """The state of the object forbids it: a column of a key, something that others depend on."""

    code = "failed_precondition"
    reason = VALIDATION


class NotAllowed(Forbidden):
    """The key is good, and not for this command, project or branch."""

    reason = OBJECT_PERMISSION_DENIED


class WrongProject(NotAllowed):
    reason = DATABASE_MISMATCH


class UnsupportedCommand(KbstoreError):
    kind = Kind.NOT_SUPPORTED
    code = "unsupported_command"
    reason = COMMAND_NOT_SUPPORTED

    def __init__(self, name: str) -> None:
        super().__init__(f"Unsupported command: {name[:200]}")


@dataclass(frozen=True)
class Fault:
    """An error as both doors tell it. `status` is the name of a gRPC status."""

    status: str
    http_status: int
    reason: Reason
    message: str
    retry_after_seconds: int | None = None


#: The first line whose class fits counts. No status: that of the error's kind.
_BY_CLASS: tuple[tuple[type[KbstoreError] | tuple[type[KbstoreError], ...], str | None, Reason], ...] = (
    (FailedPrecondition, "FAILED_PRECONDITION", VALIDATION),
    ((domain.ColumnInPrimaryKey, domain.CannotDropLastColumn), "FAILED_PRECONDITION", VALIDATION),
    (domain.BucketIsLinked, "FAILED_PRECONDITION", VALIDATION),
    ((domain.BucketNotEmpty, domain.NoPrimaryKey, domain.PrimaryKeyExists), "INVALID_ARGUMENT", VALIDATION),
    ((domain.DuplicateKey, domain.PrimaryKeyViolation), "INVALID_ARGUMENT", MANDATORY_INVALID_SOURCE_DATA),
    (domain.DoesNotFit, "INVALID_ARGUMENT", DATA_TYPE_MISMATCH),
    ((domain.ProjectNotFound, domain.ProjectDatabaseNotFound), None, DATABASE_NOT_FOUND),
    (domain.BucketNotFound, None, SCHEMA_NOT_FOUND),
    ((domain.TableNotFound, domain.TableNotInMain, domain.TableNotInBranch), None, TABLE_NOT_FOUND),
    ((domain.ViewNotFound, domain.ViewSourceNotFound), None, VIEW_NOT_FOUND),
    (domain.ViewOutdated, "FAILED_PRECONDITION", VALIDATION),
    (domain.ColumnNotFound, None, COLUMN_NOT_FOUND),
    (domain.KeyColumnNotFound, "NOT_FOUND", COLUMN_NOT_FOUND),
    (domain.ProjectExists, "INVALID_ARGUMENT", OBJECT_ALREADY_EXISTS),
    (domain.InitFailed, "FAILED_PRECONDITION", CONNECTION),
    (IdempotencyConflict, "ABORTED", VALIDATION),
    (OperationTimeout, None, TIMEOUT),
    (OperationCancelled, "CANCELLED", UNKNOWN),
    (domain.ImportFailed, "INVALID_ARGUMENT", VALIDATION),
)

_BY_KIND: dict[Kind, Reason] = {
    Kind.UNAUTHENTICATED: AUTH,
    Kind.FORBIDDEN: OBJECT_PERMISSION_DENIED,
    Kind.NOT_FOUND: NOT_FOUND,
    Kind.CONFLICT: OBJECT_ALREADY_EXISTS,
    Kind.LOCKED: RESOURCE_FULL,
    Kind.TOO_MANY: RESOURCE_FULL,
    Kind.NO_SPACE: RESOURCE_FULL,
    Kind.UNAVAILABLE: CONNECTION,
    Kind.TIMEOUT: TIMEOUT,
    Kind.REQUEST_TIMEOUT: TIMEOUT,
    Kind.INTERNAL: UNKNOWN,
}

HTTP_STATUS = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "OUT_OF_RANGE": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 409,
    "ABORTED": 409,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "UNAUTHENTICATED": 401,
}


def fault_of(error: KbstoreError) -> Fault:
    """How both doors tell this error."""
    status, reason = _status_and_reason(error)
    http_status = 507 if error.kind is Kind.NO_SPACE else HTTP_STATUS[status]
    after = error.retry_after_seconds
    if after is None and status in ("UNAVAILABLE", "ABORTED", "RESOURCE_EXHAUSTED"):
        after = TooManyRequests.retry_after_seconds
    return Fault(status, http_status, reason, error.message, after)


def _status_and_reason(error: KbstoreError) -> tuple[str, Reason]:
    for classes, status, reason in _BY_CLASS:
        if isinstance(error, classes):
            return status or error.grpc_status, getattr(error, "reason", reason)
    status = "ABORTED" if error.kind is Kind.CONFLICT and error.retryable else error.grpc_status
    return status, getattr(error, "reason", _BY_KIND.get(error.kind, VALIDATION))
