"""Errors as S3 clients read them."""

from __future__ import annotations

from xml.sax.saxutils import escape

from files.errors import QuotaExceeded
from files.object_errors import InvalidObjectRange, ObjectError, ObjectQuotaExceeded, SlowDown
from files.s3.answers import Answer, xml
from files.s3.call import Operation
from files.s3.contract_errors import contract_answer
from files.s3.request import S3Request
from kbstore.errors import KbstoreError, Kind

_BUSY = (Kind.UNAVAILABLE, Kind.LOCKED, Kind.TOO_MANY, Kind.NO_SPACE)


def error_answer(error: KbstoreError, request: S3Request, operation: Operation | None) -> Answer:
    """The answer that the request's profile has for it."""
    fault = _as_object_error(error)
    if request.is_contract:
        answer = contract_answer(error, request, operation)
        if answer is not None:
            return answer
    return xml(error_document(fault, request), status=fault.http_status, headers=_headers(fault))


def error_document(fault: ObjectError, request: S3Request) -> bytes:
    """`Error` without a namespace, in either profile."""
    elements = {"Code": fault.s3_code, "Message": fault.message} | fault.elements
    elements |= {"Resource": _resource(request), "RequestId": request.request_id, "HostId": request.request_id}
    body = "".join(f"<{name}>{escape(_plain(value))}</{name}>" for name, value in elements.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{body}</Error>'.encode()


def _as_object_error(error: KbstoreError) -> ObjectError:
    if isinstance(error, ObjectError):
        return error
    if isinstance(error, QuotaExceeded):
        return ObjectQuotaExceeded(error.message)
    return SlowDown(error.message) if error.kind in _BUSY else ObjectError()


def _headers(fault: ObjectError) -> dict[str, str]:
    if isinstance(fault, InvalidObjectRange) and "ActualObjectSize" in fault.elements:
        return {"content-range": f"bytes */{fault.elements['ActualObjectSize']}"}
    return {"retry-after": "1"} if isinstance(fault, SlowDown) else {}


def _resource(request: S3Request) -> str:
    try:
        return request.resource
    except ObjectError:
        return request.raw_path.decode("ascii", "replace")


def _plain(text: str) -> str:
    """Without what XML 1.0 cannot carry."""
    return "".join(character if character >= " " or character in "\t\n\r" else "�" for character in text)
