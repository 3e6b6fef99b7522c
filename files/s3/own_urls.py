"""Whether a request comes by a URL that this server signed itself."""

from __future__ import annotations

import hmac
import re
import time

from files.object_errors import InvalidArgument, SignatureDoesNotMatch
from files.s3.request import S3Request
from files.services.objects.own_url import OwnUrl

_SECONDS = re.compile(r"-?\d{1,18}", re.ASCII)


class OwnUrlRefused(SignatureDoesNotMatch):
    """The URL was not signed for this request, or its time is over."""

    default_message = "The request signature is invalid or expired"


class InvalidExpiry(InvalidArgument):
    default_message = "Invalid expires value"


def is_own_url(request: S3Request) -> bool:
    """Whether it carries both a signature and an expiry of this form. Raises InvalidURI."""
    return _one_of(request, "signature", "X-Amz-Signature") is not None and _expires(request) is not None


def require_own_url(request: S3Request) -> None:
    """Raise InvalidExpiry or OwnUrlRefused unless the URL was signed for this request and is still good."""
    signature, expires = _one_of(request, "signature", "X-Amz-Signature") or "", _expires(request) or ""
    if _SECONDS.fullmatch(expires) is None:
        raise InvalidExpiry
    signed = OwnUrl(
        method=request.method,
        bucket_name=request.bucket or "",
        key=request.key or "",
        expires=expires,
        content_type=_one_of(request, "content_type", "X-Amz-Content-Type"),
    )
    if not hmac.compare_digest(signed.signature().encode(), signature.encode()) or time.time() > int(expires):
        raise OwnUrlRefused


def _expires(request: S3Request) -> str | None:
    return _one_of(request, "expires", "X-Amz-Expires")


def _one_of(request: S3Request, name: str, alias: str) -> str | None:
    value = request.parameter(name)
    return request.parameter(alias) if value is None else value
