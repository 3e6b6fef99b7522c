"""From exceptions to the four error bodies of the contract (rest-core 2.5)."""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.response import Response

from kbstore import context
from kbstore.errors import ChangedMeanwhile, KbstoreError, Kind, NotAuthenticated, PayloadTooLarge, ServiceUnavailable
from kbstore.rest.endpoint_label import count_request_fault
from kbstore.rest.responses import json_bytes

log = structlog.get_logger(__name__)


class ValidationFailed(KbstoreError):
    """The request is malformed; `items` are the entries of the 422 body (rest-core 2.6)."""

    kind = Kind.UNPROCESSABLE
    code = "validation_error"

    def __init__(self, items: list[dict[str, Any]]) -> None:
        super().__init__("The request is not valid.")
        self.items = items


class UnreadableBody(KbstoreError):
    """The body is not UTF-8."""

    kind = Kind.INVALID
    code = "unreadable_body"

    def __init__(self) -> None:
        super().__init__("There was an error parsing the body")


class BodyTimeout(KbstoreError):
    """The sender of a body paused for too long."""

    kind = Kind.REQUEST_TIMEOUT
    code = "request_timeout"
    retryable = True

    def __init__(self) -> None:
        super().__init__("The request body did not arrive in time.")


def error_body(error: KbstoreError) -> dict[str, Any]:
    """The JSON body of an error: shape 1, 2 or 3; the request's id joins it for faults of ours."""
    if isinstance(error, ValidationFailed):
        return {"detail": error.items}
    if isinstance(error, UnreadableBody):
        return {"detail": error.message}
    if isinstance(error, NotAuthenticated) and error.message == "Not authenticated":
        return {"detail": error.message}
    body: dict[str, Any] = {"error": error.code, "message": error.message}
    if error.details is not None:
        body["details"] = error.details
    if error.kind is Kind.INTERNAL:
        body["request_id"] = context.request_id.get()
    return {"detail": body}


def error_headers(error: KbstoreError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, NotAuthenticated):  # other 401s ask for no bearer key
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    return headers


def uncaught_body(error: BaseException) -> dict[str, Any]:
    """Shape 4: what an unexpected fault looks like; its text only leaves the server in debug mode."""
    message = f"{type(error).__name__}: {error}" if settings.DEBUG else "An internal error occurred"
    return {"error": "internal_server_error", "message": message, "request_id": context.request_id.get()}


def as_kbstore_error(error: BaseException) -> KbstoreError | None:
    """The domain error behind an exception of the framework, None if it is an unexpected fault."""
    if isinstance(error, KbstoreError):
        return error
    if isinstance(error, RequestDataTooBig):
        return body_too_large()
    if isinstance(error, OperationalError) and _may_pass(error):
        return ServiceUnavailable("The catalog is busy. Try again.")
    if isinstance(error, IntegrityError):
        # Services check first, so only a change by somebody else lets the catalog's own rules refuse theirs.
        log.warning("refused by a rule of the catalog", exc_info=error)
        return ChangedMeanwhile()
    return None


def _may_pass(error: OperationalError) -> bool:
    """Whether the same statement may succeed later: the catalog was locked, out of reach or had to end a deadlock."""
    if "locked" in str(error):
        return True
    if not hasattr(error.__cause__, "sqlstate"):
        return False
    # PostgreSQL: no state at all means no connection; else the class is in the first two characters.
    return (error.__cause__.sqlstate or "08")[:2] in {"08", "40", "53", "55", "57"}


def body_too_large() -> PayloadTooLarge:
    limit = settings.MAX_BODY_BYTES
    return PayloadTooLarge(f"The request body exceeds {limit} bytes.", details={"max_body_bytes": limit})


def exception_handler(error: Exception, view_context: dict[str, Any]) -> Response:
    """The one handler of every REST view."""
    if isinstance(error, Http404):
        return Response({"detail": "Not Found"}, status=404)
    if isinstance(error, MethodNotAllowed):
        return Response({"detail": "Method Not Allowed"}, status=405)
    known = as_kbstore_error(error)
    if known is not None:
        if known.http_status >= 500:
            log.error("request failed", code=known.code, error=known.message, exc_info=error)
        return Response(error_body(known), status=known.http_status, headers=error_headers(known))
    if isinstance(error, APIException):
        return Response({"detail": str(error.detail)}, status=error.status_code)
    log.error("unexpected fault", exc_info=error)
    count_request_fault(view_context.get("request"), error)
    return Response(uncaught_body(error), status=500)


def json_response(value: Any, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """A JSON answer outside of a REST view."""
    return HttpResponse(json_bytes(value), status=status, headers=headers, content_type="application/json")


def json_error_response(error: KbstoreError) -> HttpResponse:
    """The same answer as `exception_handler` gives, outside of a REST view."""
    return json_response(error_body(error), error.http_status, error_headers(error))


def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return json_response({"detail": "Not Found"}, 404)


def server_error(_request: HttpRequest) -> HttpResponse:
    return json_response(uncaught_body(RuntimeError("unexpected fault")), 500)


def bad_request(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return json_response({"detail": "Bad Request"}, 400)
