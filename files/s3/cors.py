"""Cross-origin requests of browsers, for pre-signed URLs."""

from __future__ import annotations

from django.conf import settings

from files.s3.answers import Answer
from files.s3.request import S3Request

_METHODS = "GET, HEAD, PUT, POST, DELETE"
_EXPOSED = "ETag, x-amz-request-id, x-amz-version-id, x-amz-checksum-crc32, x-amz-checksum-crc64nvme"


def preflight(request: S3Request) -> Answer | None:
    """The answer to a browser that asks whether it may; None for any other request."""
    if request.method != "OPTIONS" or request.header("access-control-request-method") is None:
        return None
    allowed = _allowed(request)
    if allowed is None:
        return Answer(403)
    fields = {"access-control-allow-methods": _METHODS, "access-control-max-age": "600"}
    asked = request.header("access-control-request-headers")
    if asked is not None:
        fields["access-control-allow-headers"] = asked
    return Answer(200, fields)


def headers(request: S3Request) -> dict[str, str]:
    """What every answer to a cross-origin request carries."""
    allowed = _allowed(request)
    if allowed is None:
        return {}
    fields = {"access-control-allow-origin": allowed, "access-control-expose-headers": _EXPOSED}
    return fields if allowed == "*" else fields | {"vary": "Origin"}


def _allowed(request: S3Request) -> str | None:
    origin = request.header("origin")
    if origin is None:
        return None
    if "*" in settings.S3_CORS_ORIGINS:
        return "*"
    return origin if origin in settings.S3_CORS_ORIGINS else None
