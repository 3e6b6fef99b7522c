"""The headers that describe an object: read from a request that makes one, written to answers that show it."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header

from django.conf import settings

from files.models.stored_object import Described
from files.object_errors import InvalidStorageClass, MetadataTooLarge, NotSupportedByServer
from files.s3.request import S3Request
from files.services.objects.publish_object import Description

METADATA = "x-amz-meta-"
MAX_METADATA_BYTES = 2 << 10
DEFAULT_TYPE = "binary/octet-stream"
#: Come back as they were sent.
_KEPT = ("cache-control", "content-disposition", "content-encoding", "content-language", "expires")
#: Never pretend to encrypt, to lock or to redirect.
_REFUSED = (
    "x-amz-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-website-redirect-location",
    "x-amz-tagging",
)
_PRIVATE_ACLS = ("private", "bucket-owner-full-control")


def read_description(request: S3Request) -> Description:
    """What PUT, Create and a replacing Copy say of the object.

    Raises NotSupportedByServer, InvalidStorageClass, MetadataTooLarge.
    """
    _refuse_what_is_not_done(request)
    headers = {name: value for name in _KEPT if (value := request.header(name))}
    encoding = _without_framing(headers.pop("content-encoding", ""))
    if encoding:
        headers["content-encoding"] = encoding
    return Description(content_type=_content_type(request), headers=headers, metadata=_metadata(request))


def description_headers(described: Described) -> dict[str, str]:
    """The same for the answers to GET and HEAD."""
    metadata = {f"{METADATA}{name}": _sent_text(value) for name, value in described.metadata.items()}
    return {"content-type": described.content_type or DEFAULT_TYPE, **described.headers, **metadata}


def _refuse_what_is_not_done(request: S3Request) -> None:
    for name in request.header_names:
        if name.startswith(_REFUSED):
            raise NotSupportedByServer
        if name.startswith("x-amz-grant-") and settings.S3_STRICT_ACL:
            raise NotSupportedByServer
    acl = request.header("x-amz-acl")
    if acl is not None and acl not in _PRIVATE_ACLS and settings.S3_STRICT_ACL:
        raise NotSupportedByServer
    if request.header("x-amz-storage-class") not in (None, "STANDARD"):
        raise InvalidStorageClass


def _without_framing(encoding: str) -> str:
    """`gzip, aws-chunked` is stored as `gzip`; anything else unchanged."""
    codings = [coding.strip() for coding in encoding.split(",")]
    if not any(coding.lower() == "aws-chunked" for coding in codings):
        return encoding
    return ", ".join(coding for coding in codings if coding and coding.lower() != "aws-chunked")


def _content_type(request: S3Request) -> str:
    sent = request.header("content-type")
    if sent:
        return sent
    guessed = mimetypes.guess_type(request.key or "")[0] if request.is_contract else None
    return guessed or DEFAULT_TYPE


def _metadata(request: S3Request) -> Mapping[str, str]:
    metadata = {
        name.removeprefix(METADATA): _read_text(value.strip())
        for name in request.header_names
        if name.startswith(METADATA) and (value := request.header(name)) is not None
    }
    if sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items()) > MAX_METADATA_BYTES:
        raise MetadataTooLarge(MaxSizeAllowed=str(MAX_METADATA_BYTES))
    return dict(sorted(metadata.items()))


def _read_text(value: str) -> str:
    """The characters of a value that came as UTF-8, or in the form that RFC 2047 has for them."""
    if not value.isascii():
        try:
            return value.encode("latin-1").decode()
        except UnicodeDecodeError:
            return value
    if not (value.startswith("=?") and value.endswith("?=")):
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return value


def _sent_text(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=0).encode()
