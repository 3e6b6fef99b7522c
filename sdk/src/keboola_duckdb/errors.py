"""Everything that the SDK raises: one tree under StorageError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keboola_duckdb.models.jobs import Job


class StorageError(Exception):
    """Root of all errors of the SDK. `message` says what happened."""

    #: Whether the same call may succeed later without any change.
    retryable = False

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id


class ConfigurationError(StorageError):
    """The client was set up, or a method called, in a way that cannot work; nothing was sent."""


class NetworkError(StorageError):
    """The server could not be reached, or the connection broke."""

    retryable = True


class TimeoutError(NetworkError):  # noqa: A001 - the name of the contract; the builtin is not used in this package
    """The server did not answer in time. Whether it did what was asked is not known."""


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with a request: `field` is its dotted path, such as `body.columns.0.name`."""

    field: str
    message: str
    type: str


class APIError(StorageError):
    """The server refused the request or failed. `code` is stable, `message` is for people."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        code: str = "",
        details: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        body: Any = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.status_code = status_code
        self.code = code
        self.details: dict[str, Any] = dict(details or {})
        #: What the server sent, as JSON if it was JSON, else as text.
        self.body = body
        #: Seconds after which the server suggests to try again.
        self.retry_after = retry_after

    def __str__(self) -> str:
        known = ", ".join(part for part in (str(self.status_code), self.code) if part)
        suffix = f", request {self.request_id}" if self.request_id else ""
        return f"{self.message} ({known}{suffix})"


class AuthenticationError(APIError):
    """401: no key, or not the right kind of key."""


class PermissionDeniedError(APIError):
    """403: the key may not do this."""


class NotFoundError(APIError):
    """404: there is no such thing, or not for this key."""


class ConflictError(APIError):
    """409: it exists already, is in use, or was changed by somebody else."""


class ValidationError(APIError):
    """400 or 422: the request makes no sense to the server. `field_errors` says where, as far as it told."""

    def __init__(self, message: str, *, field_errors: Sequence[FieldError] = (), **known: Any) -> None:
        super().__init__(message, **known)
        self.field_errors: list[FieldError] = list(field_errors)


class RateLimitError(APIError):
    """429: too much at once. `retry_after` are the seconds to wait, if the server told."""

    retryable = True


class ServerError(APIError):
    """5xx: the server failed, or is not there behind its proxy."""

    #: An operation that ran out of time would do so again.
    _LASTING = ("operation_timeout",)

    @property
    def retryable(self) -> bool:  # type: ignore[override]
        return self.status_code in (502, 503, 504) and self.code not in self._LASTING


class JobFailedError(StorageError):
    """A job ended without success: it failed, or was cancelled. `job.error` says why."""

    def __init__(self, job: Job) -> None:
        reason = job.error.message if job.error is not None else f"the job is {job.state}"
        super().__init__(f"Job {job.id} ({job.type}): {reason}", request_id=job.request_id)
        self.job = job
