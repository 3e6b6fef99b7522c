"""Take names of objects away; bytes that nothing names any more go with them."""

from __future__ import annotations

from collections.abc import Mapping

from files.models import StoredObject
from files.object_errors import PreconditionFailed
from files.services.objects import commit_queue
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.conditions import DeleteConditions
from files.services.objects.content_store import forget_unnamed
from files.services.objects.registered_files import forget_files


def delete_object(*, caller: S3Caller, bucket_name: str, key: str, conditions: DeleteConditions) -> None:
    """The key names nothing any more, as it may have before. Running downloads still get their bytes.

    Raises NoSuchBucket, ObjectAccessDenied, PreconditionFailed.
    """
    bucket = find_bucket(bucket_name)
    caller.require(bucket, key=key, writes=True)
    for failure in remove_keys(bucket_id=bucket.pk, doomed={key: conditions}).values():
        raise failure


def remove_keys(*, bucket_id: int, doomed: Mapping[str, DeleteConditions]) -> dict[str, PreconditionFailed]:
    """Remove these keys as far as they exist and fulfil their conditions, in one commit; what stays, and why."""
    if not StoredObject.objects.filter(bucket_id=bucket_id, key__in=list(doomed)).exists():
        return {}
    return commit_queue.run(lambda: _remove(bucket_id, doomed))


def _remove(bucket_id: int, doomed: Mapping[str, DeleteConditions]) -> dict[str, PreconditionFailed]:
    # In one order, so that two who delete the same keys do not wait for each other.
    objects = StoredObject.objects.select_for_update().filter(bucket_id=bucket_id, key__in=list(doomed)).order_by("pk")
    failures: dict[str, PreconditionFailed] = {}
    going: list[StoredObject] = []
    for stored in objects:
        try:
            doomed[stored.key].check(stored)
        except PreconditionFailed as failure:
            failures[stored.key] = failure
        else:
            going.append(stored)
    StoredObject.objects.filter(pk__in=[stored.pk for stored in going]).delete()
    forget_files(stored.file_id for stored in going if stored.file_id is not None)
    forget_unnamed({stored.content_id for stored in going})
    return failures
