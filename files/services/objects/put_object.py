"""Publish bytes that have arrived under a key."""

from __future__ import annotations

from files.models import Content, ObjectBucket, StoredObject
from files.services.objects import commit_queue
from files.services.objects.checksums import FULL_OBJECT, encoded
from files.services.objects.incoming import Arrived
from files.services.objects.publish_object import Checksum, Description, WriteConditions, publish
from kbstore import faults
from kbstore.errors import KbstoreError


def put_object(
    *,
    bucket: ObjectBucket,
    key: str,
    arrived: Arrived,
    description: Description,
    conditions: WriteConditions | None = None,
) -> StoredObject:
    """The object, once it survives a crash; who may write there has been checked. The last of several writers wins.

    Raises NoSuchBucket if the bucket was deleted meanwhile, the errors of the conditions, ObjectQuotaExceeded; the
    bytes are gone then.
    """
    checksum = Checksum(arrived.checksum_algorithm, FULL_OBJECT, encoded(arrived.checksum))

    def work() -> StoredObject:
        stored = publish(
            bucket_id=bucket.pk,
            key=key,
            content=Content(pk=arrived.content_id, path=arrived.path, size_bytes=arrived.size_bytes),
            etag=arrived.etag,
            description=description,
            checksum=checksum,
            conditions=conditions,
        )
        faults.reach("object.before_commit")
        return stored

    try:
        stored = commit_queue.run(work)
    except KbstoreError:
        # Any other error may have come after the commit; what it leaves is the janitor's.
        arrived.discard()
        raise
    faults.reach("object.committed")
    return stored
