"""Which bytes a request asks for: Range, If-Range and partNumber."""

from __future__ import annotations

import re

from files.object_errors import InvalidArgument, InvalidObjectRequest
from files.s3.conditional_headers import http_time
from files.s3.request import S3Request
from files.services.objects.get_object import Wanted
from files.services.objects.object_range import ByteSpan

MAX_PART_NUMBER = 10_000
_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,100})\s*-\s*([0-9]{0,100})", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,5}")


def wanted_of(request: S3Request) -> Wanted:
    """Raises InvalidArgument for a part number out of bounds, InvalidObjectRequest for a range beside one."""
    span, part_number = byte_span(request.header("range")), _part_number(request)
    if part_number is not None and request.header("range") is not None:
        raise InvalidObjectRequest("Cannot specify both Range header and partNumber query parameter")
    validator = (request.header("if-range") or "").strip()
    if span is None or not validator:
        return Wanted(span=span, part_number=part_number)
    moment = http_time(validator)
    if moment is not None:
        return Wanted(span=span, only_if_unmodified_since=moment)
    # A weak one never matches: its W/ stays in place.
    return Wanted(span=span, only_if_etag=validator.strip('"'))


def byte_span(header: str | None) -> ByteSpan | None:
    """What a Range asks for; None, for the whole object, if there is none, a malformed one or several."""
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or not (match[1] or match[2]):
        return None
    first, last = int(match[1]) if match[1] else None, int(match[2]) if match[2] else None
    if first is not None and last is not None and last < first:
        return None
    return ByteSpan(first, last)


def _part_number(request: S3Request) -> int | None:
    text = request.parameter("partNumber")
    if text is None:
        return None
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if not 1 <= number <= MAX_PART_NUMBER:
        raise InvalidArgument(
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=text,
        )
    return number
