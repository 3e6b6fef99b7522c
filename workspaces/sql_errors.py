"""What is wrong with SQL that was sent over REST, with PostgreSQL's code for it."""

from __future__ import annotations

from typing import Any

from kbstore.errors import Conflict, KbstoreError, Kind, TooManyRequests


class QueryFailed(KbstoreError):
    """The database refused or could not do what a statement says; `sqlstate` in the details says what it was."""

    kind = Kind.INVALID
    code = "query_failed"

    def __init__(self, message: str, *, details: dict[str, Any]) -> None:
        super().__init__(message, details=details)


class QueryRefused(QueryFailed):
    """Nobody, or not this caller, may run such a statement in a workspace."""

    kind = Kind.FORBIDDEN
    code = "query_refused"


class QueryConflict(QueryFailed):
    """Another transaction changed the same rows or objects."""

    kind = Kind.CONFLICT
    code = "query_conflict"
    retryable = True


class QueryTooLarge(QueryFailed):
    """A limit of the statement or of its result."""

    kind = Kind.TOO_LARGE
    code = "query_too_large"


class QueryOutOfSpace(QueryFailed):
    """The workspace is full, or has no memory or disk left for this query."""

    kind = Kind.NO_SPACE
    code = "query_out_of_space"


class QueryBroke(QueryFailed):
    """A fault of ours or of the engine."""

    kind = Kind.INTERNAL
    code = "query_broke"


class QueryStopped(Conflict):
    """Somebody disconnected the session of the query."""

    code = "query_stopped"

    def __init__(self) -> None:
        super().__init__("The query was stopped. Nothing was changed.")


class TooManyQueries(TooManyRequests):
    """The server runs as many queries of REST clients as it can while it answers other requests."""

    code = "too_many_queries"
    retryable = True
    retry_after_seconds = 1

    def __init__(self, limit: int) -> None:
        super().__init__(f"The server runs {limit} queries already. Try again.", details={"limit": limit})


class UnwritableResult(KbstoreError):
    """The format has no place for the type of a column."""

    kind = Kind.INVALID
    code = "unwritable_result"

    def __init__(self, file_format: str, reason: str) -> None:
        super().__init__(
            f"The result cannot be written as {file_format}: {reason}. Cast the column to text.",
            details={"format": file_format},
        )
