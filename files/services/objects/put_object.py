"""Publish bytes that have arrived under a key."""

from __future__ import annotations

from files.models import Content, ObjectBucket, StoredObject
from files.services.objects import commit_queue
from files.services.objects.check_object_quota import check_object_quota, note_stored
from files.services.objects.checksums import FULL_OBJECT, encoded
from files.services.objects.conditions import Conditions
from files.services.objects.incoming import Arrived
from files.services.objects.publish_object import Checksum, Description, publish
from kbstore import faults
from kbstore.errors import KbstoreError


def check_writable(*, bucket: ObjectBucket, key: str, size_bytes: int, conditions: Conditions) -> None:
    """Refuse before the bytes travel what `put_object` would refuse after it; raises the same errors."""
    check_object_quota(bucket.project_id, new_bytes=size_bytes)
    if conditions != Conditions():
        conditions.check_write(StoredObject.objects.filter(bucket=bucket, key=key).first())


def put_object(
    *, bucket: ObjectBucket, key: str, arrived: Arrived, description: Description, conditions: Conditions | None = None
) -> StoredObject:
    """The object, once it survives a crash; who may write there has been checked. The last of several writers wins.

    Raises NoSuchBucket if the bucket was deleted meanwhile, the errors of the conditions, QuotaExceeded; the bytes
    are gone then.
    """

    def work() -> StoredObject:
        stored = publish(
            bucket_id=bucket.pk,
            key=key,
            content=Content(pk=arrived.content_id, path=arrived.path, size_bytes=arrived.size_bytes),
            etag=arrived.etag,
            description=description,
            checksum=Checksum(arrived.checksum_algorithm, FULL_OBJECT, encoded(arrived.checksum)),
            conditions=conditions,
        )
        faults.reach("object.before_commit")
        return stored

    try:
        check_object_quota(bucket.project_id, new_bytes=arrived.size_bytes)
        stored = commit_queue.run(work, refuses_first=True)
    except KbstoreError:
        # Any other error may have come after the commit; what it leaves is the janitor's.
        arrived.discard()
        raise
    faults.reach("object.committed")
    note_stored(bucket.project_id, new_bytes=arrived.size_bytes)
    return stored
