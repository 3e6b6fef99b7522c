"""The headers with which a request describes the object that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from files.object_errors import InvalidObjectRequest, InvalidStorageClass, MetadataTooLarge, NotSupportedByServer
from files.s3.acl_headers import check_acl_headers
from files.s3.request import S3Request
from files.services.objects.publish_object import Description

METADATA = "x-amz-meta-"
MAX_METADATA_BYTES = 2 << 10
MAX_HEADER_BYTES = 8 << 10
#: Come back as they were sent.
_KEPT = ("cache-control", "content-disposition", "content-encoding", "content-language", "expires")
#: Never pretend to encrypt, to lock or to redirect.
_REFUSED = (
    "x-amz-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-website-redirect-location",
    "x-amz-tagging",
)
#: Says only what becomes of the tags of a source, and none has any.
_HARMLESS = frozenset({"x-amz-tagging-directive"})


def read_description(request: S3Request) -> Description:
    """What PUT, Create and a replacing Copy say of the object.

    Raises NotSupportedByServer, InvalidArgument, InvalidStorageClass, MetadataTooLarge, InvalidObjectRequest.
    """
    _refuse_what_is_not_done(request)
    metadata = _metadata(request)
    if sum(len(name) + len(value) for name, value in request.headers) > MAX_HEADER_BYTES:
        raise InvalidObjectRequest("Your request header section exceeds the maximum allowed size.")
    headers = {name: value for name in _KEPT if (value := request.header(name))}
    encoding = _without_framing(headers.pop("content-encoding", ""))
    if encoding:
        headers["content-encoding"] = encoding
    return Description(content_type=request.header("content-type") or "", headers=headers, metadata=metadata)


def _refuse_what_is_not_done(request: S3Request) -> None:
    if any(name.startswith(_REFUSED) for name in request.header_names - _HARMLESS):
        raise NotSupportedByServer
    check_acl_headers(request)
    if request.header("x-amz-storage-class") not in (None, "STANDARD"):
        raise InvalidStorageClass


def _without_framing(encoding: str) -> str:
    """`gzip, aws-chunked` is stored as `gzip`; anything else unchanged."""
    codings = [coding.strip() for coding in encoding.split(",")]
    if not any(coding.lower() == "aws-chunked" for coding in codings):
        return encoding
    return ", ".join(coding for coding in codings if coding and coding.lower() != "aws-chunked")


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
