"""How the end of a job is told: its error as JSON, and the errors that only jobs have."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, OperationalError

from kbstore.errors import ChangedMeanwhile, KbstoreError, ServiceUnavailable
from storage.engine.monitor import Monitor


class InterruptedByShutdown(ServiceUnavailable):
    code = "interrupted_by_shutdown"

    def __init__(self) -> None:
        super().__init__("The job was interrupted by a shutdown of the server. Nothing was changed; run it again.")


class WorkerLost(ServiceUnavailable):
    code = "worker_lost"

    def __init__(self) -> None:
        super().__init__("The process that ran this job died. Nothing was changed; run it again.")


class InternalFault(KbstoreError):
    """What the user hears of an unexpected fault; its text stays in the log."""

    def __init__(self) -> None:
        super().__init__("An internal error occurred")


def error_json(error: KbstoreError) -> dict[str, Any]:
    """`job.error`: the wire's error object, the HTTP status it maps to, and whether the same call may succeed later."""
    return {
        "error": error.code,
        "message": error.message,
        "details": error.details or {},
        "status": error.http_status,
        "retryable": error.retryable,
    }


def known_error(error: Exception, monitor: Monitor) -> KbstoreError:
    """What to tell the user: the error itself, why the work was stopped, or an internal fault."""
    return told_error(error, stopped_with=monitor.cancelled_with)


def told_error(error: Exception, *, stopped_with: KbstoreError | None) -> KbstoreError:
    """The same where there is no job: `stopped_with` is why the work was stopped, if it was."""
    if isinstance(error, KbstoreError):
        return error
    if stopped_with is not None:
        # An interrupted statement surfaces as whatever the interrupted library raises.
        return stopped_with
    if isinstance(error, OperationalError):
        return ServiceUnavailable("The catalog is busy. Try again.")
    if isinstance(error, IntegrityError):
        return ChangedMeanwhile()
    return InternalFault()
