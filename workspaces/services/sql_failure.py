"""From a fault of SQL, as PostgreSQL's clients are told, to the error tree of all other doors."""

from __future__ import annotations

from typing import Any, Final

from kbstore.errors import KbstoreError, OperationCancelled, OperationTimeout
from workspaces.pgwire.sqlstate import INTERRUPTED, SqlFault
from workspaces.sql_errors import (
    QueryBroke,
    QueryConflict,
    QueryFailed,
    QueryOutOfSpace,
    QueryRefused,
    QueryStopped,
    QueryTooLarge,
)

#: By SQLSTATE, or by its class.
_ERRORS: Final[dict[str, type[QueryFailed]]] = {
    "42501": QueryRefused,
    "25006": QueryRefused,
    "40001": QueryConflict,
    "53100": QueryOutOfSpace,
    "53200": QueryOutOfSpace,
    "54": QueryTooLarge,
    "58": QueryBroke,
    "XX": QueryBroke,
}


def failure_of(fault: SqlFault, reason: KbstoreError | None = None) -> KbstoreError:
    """`reason` is why the statement was stopped, if it was. The position counts characters from 1."""
    if reason is not None:
        # Whatever it fails with then: an interrupt that falls between two steps shows as what the next one makes of it.
        return reason
    cause: BaseException | None = fault
    # A fault may be told as one that is itself.
    while isinstance(cause, SqlFault) and cause.__cause__ is not cause:
        cause = cause.__cause__
    if isinstance(cause, KbstoreError):
        return cause
    if fault.sqlstate == "57P01":
        return QueryStopped()
    details: dict[str, Any] = {"sqlstate": fault.sqlstate}
    if fault.position is not None:
        details["position"] = fault.position + 1
    details |= {name: text for name, text in (("detail", fault.detail), ("hint", fault.hint)) if text}
    error = _ERRORS.get(fault.sqlstate) or _ERRORS.get(fault.sqlstate[:2], QueryFailed)
    return error(fault.message, details=details)


def sqlstate_of(error: KbstoreError) -> str:
    """PostgreSQL's code for it: that of the fault behind it, else that of its kind."""
    if isinstance(error, OperationCancelled):
        return INTERRUPTED
    if isinstance(error, QueryStopped):
        return "57P01"
    return str((error.details or {}).get("sqlstate") or error.sqlstate)


def too_late(seconds: float) -> OperationTimeout:
    """Why a query that takes longer is stopped."""
    return OperationTimeout(
        f"The query took longer than {seconds:g} seconds and was stopped.", details={"timeout_seconds": seconds}
    )
