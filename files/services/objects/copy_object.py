"""Copy an object: another name for the same content."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from files.models import Content, ObjectBucket, StoredObject
from files.object_errors import InvalidObjectRequest, OperationAborted
from files.services.objects import commit_queue
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.check_object_quota import check_object_quota, note_stored
from files.services.objects.checksums import FULL_OBJECT, encoded
from files.services.objects.compute_checksum import compute_checksum
from files.services.objects.conditions import Conditions
from files.services.objects.get_object import find_object
from files.services.objects.publish_object import Checksum, Description, WriteConditions, publish
from kbstore import faults

_TRIES = 10


@dataclass(frozen=True)
class Source:
    """An object as the copier names it, and what has to hold for it."""

    bucket_name: str
    key: str
    conditions: Conditions = Conditions()

    def find(self, caller: S3Caller) -> StoredObject:
        """Raises NoSuchBucket, ObjectAccessDenied, NoSuchKey, PreconditionFailed."""
        found = find_object(caller=caller, bucket_name=self.bucket_name, key=self.key)
        self.conditions.check_copy(found)
        return found


class _SourceChanged(Exception):
    """The object that is copied onto itself was overwritten meanwhile."""


@dataclass(frozen=True)
class _Unchanged:
    """What is changed in place must still have the content that was found there."""

    content_id: str
    others: WriteConditions | None

    def check_write(self, existing: StoredObject | None) -> None:
        if existing is None or existing.content_id != self.content_id:
            raise _SourceChanged
        if self.others is not None:
            self.others.check_write(existing)


def copy_object(
    *,
    caller: S3Caller,
    source: Source,
    bucket_name: str,
    key: str,
    description: Description | None = None,
    checksum_algorithm: str = "",
    conditions: WriteConditions | None = None,
) -> StoredObject:
    """The copy; no byte was moved. Without a description it has that of its source.

    An object may be copied onto itself to describe it anew. A checksum of an algorithm that the source has none of is
    computed from its bytes. Raises what `Source.find` does, InvalidObjectRequest, QuotaExceeded, and what the
    conditions raise.
    """
    bucket = find_bucket(bucket_name)
    caller.require(bucket, key=key, writes=True)
    for _ in range(_TRIES):
        found = source.find(caller)
        is_same = (found.bucket_id, found.key) == (bucket.pk, key)
        _check(found, is_same=is_same, keeps_description=description is None)
        try:
            checksum = _checksum(found, checksum_algorithm)
            wanted = _Unchanged(found.content_id, conditions) if is_same else conditions
            return _copied(found, bucket, key, description or _described(found), checksum, wanted)
        except (FileNotFoundError, Content.DoesNotExist, _SourceChanged):
            continue  # it was overwritten meanwhile: the copy is of what is there now
    raise OperationAborted


def _check(found: StoredObject, *, is_same: bool, keeps_description: bool) -> None:
    if is_same and keeps_description:
        raise InvalidObjectRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    if found.size_bytes > settings.S3_MAX_PUT_BYTES:
        raise InvalidObjectRequest(
            "The specified copy source is larger than the maximum allowable size for a copy source: "
            f"{settings.S3_MAX_PUT_BYTES}"
        )


def _described(found: StoredObject) -> Description:
    return Description(found.content_type, found.headers, found.metadata)


def _checksum(found: StoredObject, algorithm: str) -> Checksum:
    if algorithm in ("", found.checksum_algorithm):
        return Checksum(found.checksum_algorithm, found.checksum_type, found.checksum)
    return Checksum(algorithm, FULL_OBJECT, encoded(compute_checksum(found.content, algorithm)))


def _copied(
    found: StoredObject,
    bucket: ObjectBucket,
    key: str,
    description: Description,
    checksum: Checksum,
    conditions: WriteConditions | None,
) -> StoredObject:
    # Those of parts are of the source's algorithm.
    keeps_checksum = checksum.algorithm == found.checksum_algorithm
    parts = found.parts if found.parts is None or keeps_checksum else [[*part[:2], ""] for part in found.parts]

    def work() -> StoredObject:
        stored = publish(
            bucket_id=bucket.pk,
            key=key,
            content=found.content,
            etag=found.etag,
            description=description,
            checksum=checksum,
            parts=parts,
            conditions=conditions,
        )
        faults.reach("copy.before_commit")
        return stored

    check_object_quota(bucket.project_id, new_bytes=found.size_bytes)
    stored = commit_queue.run(work)
    note_stored(bucket.project_id, new_bytes=found.size_bytes)
    faults.reach("copy.committed")
    return stored
