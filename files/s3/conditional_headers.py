"""The headers that set conditions, of every kind of request."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from files.object_errors import InvalidArgument
from files.s3.request import S3Request
from files.services.objects.conditions import Conditions, DeleteConditions

#: Before the names of those that speak of the source of a copy.
COPY_SOURCE = "x-amz-copy-source-"


def conditions_of(request: S3Request, *, prefix: str = "") -> Conditions:
    """If-Match and the other three; times that cannot be read are ignored."""
    return Conditions(
        if_match=request.header(f"{prefix}if-match"),
        if_none_match=request.header(f"{prefix}if-none-match"),
        if_modified_since=http_time(request.header(f"{prefix}if-modified-since")),
        if_unmodified_since=http_time(request.header(f"{prefix}if-unmodified-since")),
    )


def write_conditions_of(request: S3Request) -> Conditions:
    """Those that count for what makes an object: If-Match and If-None-Match."""
    return Conditions(if_match=request.header("if-match"), if_none_match=request.header("if-none-match"))


def delete_conditions_of(request: S3Request) -> DeleteConditions:
    """If-Match, and the size and the time that clients of directory buckets ask for. Raises InvalidArgument."""
    return delete_conditions(
        etag=request.header("if-match"),
        size=request.header("x-amz-if-match-size"),
        last_modified=request.header("x-amz-if-match-last-modified-time"),
    )


def delete_conditions(*, etag: str | None, size: str | None, last_modified: str | None) -> DeleteConditions:
    """The same from their texts. Raises InvalidArgument."""
    if size is not None and not (size.isascii() and size.isdigit() and len(size) < 20):
        raise InvalidArgument("Invalid size.", ArgumentName="x-amz-if-match-size", ArgumentValue=size)
    moment = _any_time(last_modified)
    if last_modified is not None and moment is None:
        raise InvalidArgument(
            "Invalid time.", ArgumentName="x-amz-if-match-last-modified-time", ArgumentValue=last_modified
        )
    return DeleteConditions(
        if_match=etag, if_match_size=None if size is None else int(size), if_match_last_modified=moment
    )


def http_time(text: str | None) -> datetime | None:
    """`Sat, 01 Mar 2025 10:20:30 GMT` and the older forms of HTTP; None for anything else."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _any_time(text: str | None) -> datetime | None:
    """A time in the form of HTTP or of ISO 8601."""
    moment = http_time(text)
    if moment is not None or text is None:
        return moment
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
