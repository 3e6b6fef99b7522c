"""The Range and Content-Range headers (RFC 9110 section 14); pure."""

from __future__ import annotations

import re

from files.errors import InvalidContentRange, RangeNotSatisfiable
from files.services.resume_upload import ByteRange

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d{1,19})-(\d{1,19})|\*)/(\d{1,19}|\*)", re.IGNORECASE)


def requested_range(header: str, size_bytes: int) -> tuple[int, int] | None:
    """First and last byte (included) that a Range asks for; None to send the whole file.

    A header that is malformed or names several ranges is ignored, which the RFC allows. Raises RangeNotSatisfiable.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0].strip() == "" or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size_bytes)
        if length == 0:
            raise RangeNotSatisfiable(size_bytes)
        return size_bytes - length, size_bytes - 1
    first = int(match[1])
    last = min(int(match[2]), size_bytes - 1) if match[2] else size_bytes - 1
    if match[2] and int(match[2]) < first:
        return None
    if first >= size_bytes:
        raise RangeNotSatisfiable(size_bytes)
    return first, last


def uploaded_range(header: str) -> ByteRange | None:
    """The part of the file that a request brings; None for `bytes */...`, the question for what has arrived.

    Raises InvalidContentRange.
    """
    match = _CONTENT_RANGE.fullmatch(header.strip())
    if match is None:
        raise InvalidContentRange("wanted is `bytes first-last/total`")
    if match[1] is None:
        return None
    first, last = int(match[1]), int(match[2])
    total = None if match[3] == "*" else int(match[3])
    if last < first or (total is not None and last >= total):
        raise InvalidContentRange("it ends before its start or after the total")
    return ByteRange(first, last, total)
