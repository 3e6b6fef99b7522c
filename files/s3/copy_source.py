"""What a copy copies, from its headers."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from files.object_errors import InvalidArgument, NoSuchVersion
from files.s3.byte_ranges import byte_span
from files.s3.conditional_headers import COPY_SOURCE, conditions_of
from files.s3.request import S3Request
from files.services.objects.copy_object import Source
from files.services.objects.object_range import ByteSpan

_HEADER = "x-amz-copy-source"


def source_of(request: S3Request) -> Source:
    """`[/]{bucket}/{key, percent-encoded}[?versionId=null]`, with its conditions.

    Raises InvalidArgument, NoSuchVersion.
    """
    sent = request.header(_HEADER) or ""
    path, question_mark, version = sent.partition("?")
    if question_mark and not version.startswith("versionId="):
        raise _malformed(sent)
    bucket, _, key = _decoded(path.removeprefix("/"), sent).partition("/")
    if not bucket or not key or "\0" in key:
        raise _malformed(sent)
    if question_mark and version != "versionId=null":
        raise NoSuchVersion
    return Source(bucket, key, conditions_of(request, prefix=COPY_SOURCE))


def source_span(request: S3Request) -> ByteSpan | None:
    """`bytes=first-last` with both; None for the whole object. Raises InvalidArgument."""
    sent = request.header(f"{_HEADER}-range")
    if sent is None:
        return None
    span = byte_span(sent)
    if span is None or span.first is None or span.last is None:
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            ArgumentName=f"{_HEADER}-range",
            ArgumentValue=sent,
        )
    return span


def _decoded(path: str, sent: str) -> str:
    try:
        # Header values are read as Latin-1: some clients send keys in UTF-8 as they are.
        return unquote_to_bytes(path.encode("latin-1")).decode()
    except UnicodeError as error:
        raise _malformed(sent) from error


def _malformed(sent: str) -> InvalidArgument:
    return InvalidArgument(
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        ArgumentName=_HEADER,
        ArgumentValue=sent,
    )
