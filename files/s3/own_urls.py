"""URLs that this server signs itself: each opens one key of one bucket for one method until a moment."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings

from files.object_errors import InvalidArgument, SignatureDoesNotMatch
from files.s3.request import S3Request
from kbstore.encryption import fingerprint

_SECONDS = re.compile(r"-?\d{1,18}", re.ASCII)


class OwnUrlRefused(SignatureDoesNotMatch):
    """The URL was not signed for this request, or its time is over."""

    default_message = "The request signature is invalid or expired"


class InvalidExpiry(InvalidArgument):
    default_message = "Invalid expires value"


@dataclass(frozen=True)
class OwnUrl:
    """What such a URL is signed for. `expires` is in seconds since 1970, written as in the URL."""

    method: str
    #: As spelled in the URL: a project's bucket has two names.
    bucket_name: str
    key: str
    expires: str
    content_type: str | None = None

    def signature(self) -> str:
        """URL-safe base64 without padding."""
        fields = [self.method, self.bucket_name, self.key, self.expires]
        if self.content_type is not None:
            fields.append(self.content_type)
        digest = hmac.new(_signing_key(), "\n".join(fields).encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def address(self) -> str:
        """The whole URL, below BASE_URL."""
        query = {"signature": self.signature(), "expires": self.expires}
        if self.content_type is not None:
            query["content_type"] = self.content_type
        path = f"/s3/{quote(self.bucket_name, safe='')}/{quote(self.key, safe='/')}"
        return f"{settings.BASE_URL}{path}?{urlencode(query)}"


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


def _signing_key() -> bytes:
    """Without a key of its own it follows from the installation's: URLs outlive restarts and open on every worker."""
    return (settings.PRESIGN_SECRET_KEY or fingerprint("s3 pre-signed URLs", b"")).encode()
