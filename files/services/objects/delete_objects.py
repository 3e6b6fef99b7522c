"""Delete many objects of a bucket in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from files.models import ObjectBucket
from files.object_errors import MalformedXML, NoSuchVersion, ObjectError
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.conditions import DeleteConditions
from files.services.objects.delete_object import remove_keys

MAX_KEYS = 1000
_ONLY_VERSION = "null"


@dataclass(frozen=True)
class Doomed:
    """An object to delete, if it is the one that the conditions describe."""

    key: str
    version_id: str | None = None
    conditions: DeleteConditions = field(default=DeleteConditions())


def delete_objects(*, caller: S3Caller, bucket_name: str, doomed: Sequence[Doomed]) -> list[ObjectError | None]:
    """What became of each, in order: None for those that are gone or never were, else why it stays.

    Raises NoSuchBucket, ObjectAccessDenied where the caller may delete nothing there, MalformedXML above 1000 keys.
    """
    bucket = find_bucket(bucket_name)
    caller.require(bucket, writes=True)
    if len(doomed) > MAX_KEYS:
        raise MalformedXML
    refused = [_refusal(caller, bucket, entry) for entry in doomed]
    # Of a key that is named twice, the last conditions count.
    allowed = {entry.key: entry.conditions for entry, refusal in zip(doomed, refused, strict=True) if refusal is None}
    failures = remove_keys(bucket_id=bucket.pk, doomed=allowed)
    return [refusal or failures.get(entry.key) for entry, refusal in zip(doomed, refused, strict=True)]


def _refusal(caller: S3Caller, bucket: ObjectBucket, entry: Doomed) -> ObjectError | None:
    try:
        caller.require(bucket, key=entry.key, writes=True)
    except ObjectError as refusal:
        return refusal
    return None if entry.version_id in (None, _ONLY_VERSION) else NoSuchVersion()
