"""Read an object: what it is and the bytes that were asked for, found and opened in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from files.models import StoredObject
from files.object_errors import NoSuchKey
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.conditions import Conditions
from files.services.objects.content_store import PieceRange, open_range
from files.services.objects.object_range import ByteSpan, Selected, select_part, select_span, whole
from files.services.objects.prepared import PreparedQuery

#: An object that is overwritten again and again loses its bytes between our look at the catalog and the opening.
_TRIES = 10


def _by_names(bucket_name: str, key: str) -> QuerySet[StoredObject]:
    return StoredObject.objects.select_related("bucket", "content").filter(bucket__name=bucket_name, key=key)


_BY_NAMES: PreparedQuery[StoredObject] = PreparedQuery(_by_names, values=2)


@dataclass(frozen=True)
class Wanted:
    """What a reader asks for of an object; the whole one without `span` and `part_number`, which exclude each other."""

    span: ByteSpan | None = None
    part_number: int | None = None
    #: The span counts only for the object with this ETag, or not modified since; else the whole one is sent.
    only_if_etag: str | None = None
    only_if_unmodified_since: datetime | None = None

    def select(self, found: StoredObject) -> Selected:
        """Raises InvalidObjectRange, InvalidPart."""
        if self.part_number is not None:
            return select_part(found, self.part_number)
        if self.span is None or not self._span_counts(found):
            return whole(found)
        return select_span(found, self.span)

    def _span_counts(self, found: StoredObject) -> bool:
        if self.only_if_etag is not None:
            return self.only_if_etag == found.etag
        moment = self.only_if_unmodified_since
        return moment is None or found.last_modified.replace(microsecond=0) == moment


@dataclass(frozen=True)
class Reading:
    """An object and what of it is sent: without `selected` the reader has it already. Whoever gets it closes it."""

    found: StoredObject
    selected: Selected | None
    pieces: Sequence[PieceRange] = field(default=())


def find_object(*, caller: S3Caller, bucket_name: str, key: str) -> StoredObject:
    """The object with its content, in one look for a bucket under its own name.

    Raises NoSuchBucket, ObjectAccessDenied, NoSuchKey, in this order.
    """
    found = _BY_NAMES.first(bucket_name, key)
    if found is not None:
        caller.require(found.bucket, key=key)
        return found
    bucket = find_bucket(bucket_name)
    caller.require(bucket, key=key)
    found = _BY_NAMES.first(bucket.name, key) if bucket.name != bucket_name else None
    if found is None:
        raise NoSuchKey(Key=key)
    return found


def get_object(
    *, caller: S3Caller, bucket_name: str, key: str, conditions: Conditions, wanted: Wanted, with_bytes: bool
) -> Reading:
    """The object as it is now, its bytes opened `with_bytes`: they stay the same whatever becomes of the key.

    Raises what `find_object` does, PreconditionFailed, InvalidObjectRange, InvalidPart.
    """
    for left in reversed(range(_TRIES)):
        found = find_object(caller=caller, bucket_name=bucket_name, key=key)
        if not conditions.check_read(found):
            return Reading(found, None)
        selected = wanted.select(found)
        if not with_bytes:
            return Reading(found, selected)
        try:
            return Reading(found, selected, open_range(found.content, start=selected.start, length=selected.length))
        except FileNotFoundError:
            if not left:
                raise
    raise AssertionError("unreachable")
