"""Access lists that clients send along: there are none here, so they are ignored or refused, never pretended."""

from __future__ import annotations

from django.conf import settings

from files.object_errors import InvalidArgument, NotSupportedByServer
from files.s3.request import S3Request

PRIVATE = "private"
#: They say what holds here anyway.
_HARMLESS = frozenset({PRIVATE, "bucket-owner-full-control"})
CANNED = _HARMLESS | {
    "authenticated-read", "aws-exec-read", "bucket-owner-read", "log-delivery-write", "public-read",
    "public-read-write",
}  # fmt: skip
_GRANT = "x-amz-grant-"


def canned_acl(request: S3Request) -> str | None:
    """The name of a ready-made access list. Raises InvalidArgument for one that AWS does not know either."""
    name = request.header("x-amz-acl")
    if name is not None and name not in CANNED:
        raise InvalidArgument(ArgumentName="x-amz-acl", ArgumentValue=name)
    return name


def check_acl_headers(request: S3Request) -> None:
    """For requests that make something. Raises InvalidArgument, and NotSupportedByServer where it is strict."""
    name = canned_acl(request)
    if not settings.S3_STRICT_ACL:
        return
    grants = any(header.startswith(_GRANT) for header in request.header_names)
    if grants or (name is not None and name not in _HARMLESS):
        raise NotSupportedByServer("Access lists are not supported: buckets belong to projects.")
