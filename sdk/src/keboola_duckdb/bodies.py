"""Answers that are no success, and connections that give none, as errors of ours."""

from __future__ import annotations

import datetime
import math
import ssl
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from keboola_duckdb.errors import (
    APIError,
    AuthenticationError,
    ConflictError,
    FieldError,
    NetworkError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ValidationError,
)

_BY_STATUS: dict[int, type[APIError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    429: RateLimitError,
}
#: Of an answer that is no JSON (a proxy's page) so much is shown.
_SHOWN_CHARACTERS = 200


def error_of(response: httpx.Response) -> APIError:
    """The error that a response means whose status is no success. Its body has to be read already."""
    body = _body_of(response)
    detail = body.get("detail", body) if isinstance(body, dict) else body
    known: dict[str, Any] = {
        "status_code": response.status_code,
        "request_id": _request_id(response, detail),
        "retry_after": retry_after_seconds(response.headers.get("Retry-After")),
        "body": body,
    }
    kind = _kind_of(response.status_code)
    if isinstance(detail, list) and kind is ValidationError:
        found = [_field_error(item) for item in detail if isinstance(item, dict)]
        known |= {"code": "validation_error"}
        return ValidationError(_told(found), field_errors=found, **known)
    if isinstance(detail, dict) and isinstance(detail.get("message"), str):
        details = detail.get("details")
        known |= {"code": str(detail.get("error") or ""), "details": details if isinstance(details, dict) else None}
        return kind(detail["message"], **known)
    return kind(_plain_message(response, detail), **known)


def redirect_error(response: httpx.Response) -> APIError:
    """The server wants us elsewhere: nothing is sent after it, as the key would go along."""
    target = response.headers.get("Location", "elsewhere")
    message = f"The server redirects to {target}: give the client the address that answers itself"
    return APIError(message, status_code=response.status_code, code="redirect", request_id=_header_id(response))


def unexpected_answer(response: httpx.Response, reason: str) -> APIError:
    """A success whose body is not what kbstore sends: the address is probably that of something else."""
    message = f"The answer is not what kbstore sends ({reason}); is {response.request.url.host} the right server?"
    return APIError(
        message, status_code=response.status_code, code="unexpected_answer", request_id=_header_id(response)
    )


def network_error(error: Exception, *, where: str, request_id: str) -> NetworkError:
    """What a connection ended with. A certificate that is not trusted will not be trusted soon: no retry."""
    found = NetworkError(f"{where}: {str(error) or type(error).__name__}", request_id=request_id)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            found.retryable = False
        cause = cause.__cause__ or cause.__context__
    return found


def retry_after_seconds(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which is a number or a date; None if it is neither."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (aware - datetime.datetime.now(datetime.UTC)).total_seconds())


def _kind_of(status: int) -> type[APIError]:
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, APIError)


def _body_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text


def _header_id(response: httpx.Response) -> str | None:
    told: str | None = response.headers.get("X-Request-ID") or response.request.headers.get("X-Request-ID")
    return told


def _request_id(response: httpx.Response, detail: Any) -> str | None:
    told = detail.get("request_id") if isinstance(detail, dict) else None
    return told if isinstance(told, str) else _header_id(response)


def _plain_message(response: httpx.Response, detail: Any) -> str:
    reason = response.reason_phrase or "error"
    is_page = "html" in response.headers.get("Content-Type", "")
    if isinstance(detail, str) and detail.strip() and not is_page:
        return detail.strip()[:_SHOWN_CHARACTERS]
    return f"The server answered {response.status_code} {reason}"


def _field_error(item: dict[str, Any]) -> FieldError:
    location = item.get("loc")
    path = ".".join(str(part) for part in location) if isinstance(location, list) else ""
    return FieldError(field=path, message=str(item.get("msg", "")), type=str(item.get("type", "")))


def _told(found: list[FieldError]) -> str:
    if not found:
        return "The request is not valid"
    told = "; ".join(f"{error.field}: {error.message}" for error in found[:5])
    return told if len(found) <= 5 else f"{told}; and {len(found) - 5} more"
