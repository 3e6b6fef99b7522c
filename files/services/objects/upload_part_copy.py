"""Fill a part of an upload from an object that is there."""

from __future__ import annotations

from django.conf import settings

from files.models import StoredObject
from files.object_errors import EntityTooLarge, InvalidArgument, InvalidObjectRange, OperationAborted
from files.services.objects.caller import S3Caller
from files.services.objects.checksums import DEFAULT_ALGORITHM
from files.services.objects.compute_checksum import opened_pieces
from files.services.objects.copy_object import Source
from files.services.objects.incoming import Arrived, IncomingContent
from files.services.objects.object_range import ByteSpan
from kbstore import faults

_TRIES = 10


def copy_range(
    *, caller: S3Caller, source: Source, span: ByteSpan | None, checksum_algorithm: str = ""
) -> tuple[StoredObject, Arrived]:
    """The source, and these bytes of it as new ones, hashed on their way: without a span all of it.

    Blocks while they are copied. Raises what `Source.find` does, InvalidObjectRange, InvalidArgument, EntityTooLarge.
    """
    for _ in range(_TRIES):
        found = source.find(caller)
        start, length = _selected(found, span)
        try:
            return found, _copy(found, start, length, checksum_algorithm or DEFAULT_ALGORITHM)
        except FileNotFoundError:
            continue  # it was overwritten meanwhile: the part is of what is there now
    raise OperationAborted


def _selected(found: StoredObject, span: ByteSpan | None) -> tuple[int, int]:
    """Unlike a reader, a copier gets all that it asked for or nothing."""
    if span is None:
        start, length = 0, found.size_bytes
    elif span.first is None or span.last is None or span.last < span.first:
        raise InvalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last")
    else:
        start, length = span.first, span.last - span.first + 1
        if span.last >= found.size_bytes:
            raise InvalidObjectRange(ActualObjectSize=str(found.size_bytes))
    if length > settings.S3_MAX_PUT_BYTES:
        raise EntityTooLarge(ProposedSize=str(length), MaxSizeAllowed=str(settings.S3_MAX_PUT_BYTES))
    return start, length


def _copy(found: StoredObject, start: int, length: int, algorithm: str) -> Arrived:
    incoming = IncomingContent(limit_bytes=settings.S3_MAX_PUT_BYTES, algorithm=algorithm)
    try:
        for piece in opened_pieces(found.content, start=start, length=length):
            incoming.copy(piece.stream, offset=piece.offset, length=piece.length)
        faults.reach("part_copy.copied")
        return incoming.finish()
    except BaseException:
        incoming.abort()
        raise
