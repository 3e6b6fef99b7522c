"""Errors as existing clients of `/s3` read them: JSON for authentication and missing buckets."""

from __future__ import annotations

from typing import Any

from files.object_errors import (
    AuthorizationHeaderMalformed,
    InvalidAccessKeyId,
    InvalidURI,
    NoSuchBucket,
    ObjectAccessDenied,
    ObjectError,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
)
from files.s3.answers import Answer
from files.s3.call import Level, Operation
from files.s3.contract_forms import MissingAuthentication
from files.s3.own_urls import InvalidExpiry, OwnUrlRefused
from files.s3.request import S3Request
from files.s3.signature.claim import ALGORITHM, SignatureNotAccepted
from files.s3.signature.query_form import is_query_form
from kbstore.errors import KbstoreError
from kbstore.rest.errors import ValidationFailed, error_body
from kbstore.rest.responses import json_bytes

#: The operations on buckets that existing clients know; they have bodies of their own.
_OF_BUCKETS = frozenset({"ListObjects", "ListObjectsV2", "Presign"})
#: All the same to these clients: the signature is no good.
_OF_SIGNATURES = (
    AuthorizationHeaderMalformed,
    InvalidAccessKeyId,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
    SignatureNotAccepted,
)


def contract_answer(error: KbstoreError, request: S3Request, operation: Operation | None) -> Answer | None:
    """The JSON answer of the contract, None where it has XML."""
    if isinstance(error, ValidationFailed):
        return json_answer(error_body(error), status=error.http_status)
    if operation is None or operation.name == "PostObject" or not isinstance(error, ObjectError):
        return None
    if _is_aws_url(request):
        return None
    if isinstance(error, MissingAuthentication) and operation.level is not Level.OBJECT:
        return _without_key()
    if operation.name in _OF_BUCKETS:
        return _bucket_answer(error, request)
    return _object_answer(error)


def _is_aws_url(request: S3Request) -> bool:
    """No existing client signs URLs as AWS does, so their errors are those of AWS."""
    try:
        return is_query_form(request)
    except InvalidURI:
        return True


def _object_answer(error: ObjectError) -> Answer | None:
    if isinstance(error, MissingAuthentication):
        return _coded(401, "AccessDenied", "Missing authentication")
    if isinstance(error, OwnUrlRefused | InvalidExpiry):
        return _coded(error.http_status, error.s3_code, error.message)
    if isinstance(error, _OF_SIGNATURES):
        return _coded(403, SignatureDoesNotMatch.s3_code, SignatureDoesNotMatch.default_message)
    if isinstance(error, ObjectAccessDenied):
        return _coded(403, "AccessDenied", "Access denied to this bucket")
    if isinstance(error, NoSuchBucket):
        return _coded(404, NoSuchBucket.s3_code, NoSuchBucket.default_message)
    return None


def _bucket_answer(error: ObjectError, request: S3Request) -> Answer | None:
    if isinstance(error, _OF_SIGNATURES):
        return _named(401, "unauthorized", "Invalid AWS Signature V4")
    if isinstance(error, ObjectAccessDenied):
        return _named(403, "forbidden", f"Access denied to bucket {request.bucket}")
    if not isinstance(error, NoSuchBucket):
        return None
    if (request.header("authorization") or "").startswith(ALGORITHM):
        return _named(403, "forbidden", f"Bucket {request.bucket} does not exist")
    return _coded(404, NoSuchBucket.s3_code, NoSuchBucket.default_message)


def _without_key() -> Answer:
    text = "Missing API key. Use Authorization: Bearer, X-Api-Key, or x-amz-security-token header"
    answer = _named(401, "unauthorized", text)
    answer.headers["www-authenticate"] = "Bearer"
    return answer


def _coded(status: int, code: str, message: str) -> Answer:
    return json_answer({"detail": {"Code": code, "Message": message}}, status=status)


def _named(status: int, name: str, message: str) -> Answer:
    return json_answer({"detail": {"error": name, "message": message}}, status=status)


def json_answer(value: Any, *, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json_bytes(value))
