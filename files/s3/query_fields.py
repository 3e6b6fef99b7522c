"""Headers that clients move into the query when they sign a URL, so that whoever uses it need not send them."""

from __future__ import annotations

from dataclasses import replace

from files.s3.request import S3Request

_PREFIX = "x-amz-"
#: What the signature itself consists of.
_OF_SIGNATURE = frozenset({
    "x-amz-algorithm", "x-amz-content-sha256", "x-amz-credential", "x-amz-date", "x-amz-expires",
    "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders",
})  # fmt: skip
#: These decide what the request means, which has been decided without them.
_DECISIVE = "x-amz-copy-source"


def with_query_fields(request: S3Request) -> S3Request:
    """The same with `x-amz-*` parameters of its signed query among its headers; a header that was sent too wins."""
    moved = {
        name.lower(): value
        for name, value in request.query
        if name.lower().startswith(_PREFIX) and name.lower() not in _OF_SIGNATURE | request.header_names
    }
    fields = [
        (name.encode("ascii", "replace"), value.encode())
        for name, value in moved.items()
        if not name.startswith(_DECISIVE)
    ]
    return replace(request, headers=[*request.headers, *fields]) if fields else request
