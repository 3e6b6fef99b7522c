"""Which bytes of an object a reader wants: all, some from an offset, the last ones, or those of one part; pure."""

from __future__ import annotations

from dataclasses import dataclass

from files.models import StoredObject
from files.object_errors import InvalidObjectRange, InvalidPart


@dataclass(frozen=True)
class ByteSpan:
    """`bytes=first-last` with both included, `bytes=first-` without a last, `bytes=-n` without a first."""

    first: int | None
    last: int | None


@dataclass(frozen=True)
class Selected:
    """`length` bytes from `start` on; `is_partial` where a range or a part was asked for and there are bytes."""

    start: int
    length: int
    is_partial: bool = False
    #: Base64, of the part that was asked for.
    checksum: str = ""
    #: Of an object that was made of parts, where one was asked for.
    parts_count: int | None = None


def whole(found: StoredObject) -> Selected:
    return Selected(0, found.size_bytes, checksum=found.checksum)


def select_span(found: StoredObject, span: ByteSpan) -> Selected:
    """Cut to the end of the object. Raises InvalidObjectRange where it holds none of these bytes."""
    size_bytes = found.size_bytes
    if span.first is None:
        length = min(span.last or 0, size_bytes)
        start = size_bytes - length
    else:
        start = span.first
        last = size_bytes - 1 if span.last is None else min(span.last, size_bytes - 1)
        length = last - start + 1
    if length <= 0:
        raise InvalidObjectRange(ActualObjectSize=str(size_bytes))
    # The checksum is of the whole object: clients would compare it with the slice.
    return Selected(start, length, is_partial=True)


def select_part(found: StoredObject, number: int) -> Selected:
    """Of an object that came in one piece, that piece is part 1. Raises InvalidPart."""
    if found.parts is None:
        if number != 1:
            raise InvalidPart
        return Selected(0, found.size_bytes, is_partial=found.size_bytes > 0, checksum=found.checksum)
    start = 0
    for part_number, size_bytes, checksum in found.parts:
        if part_number == number:
            return Selected(start, size_bytes, size_bytes > 0, checksum or "", len(found.parts))
        start += size_bytes
    raise InvalidPart
