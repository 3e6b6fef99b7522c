"""Delete a bucket that holds nothing."""

from __future__ import annotations

from django.db import transaction

from files.models import MultipartUpload, ObjectBucket, StoredObject
from files.object_errors import BucketNotEmpty, NoSuchBucket, ObjectAccessDenied
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.list_buckets import sees
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


def delete_bucket(*, caller: S3Caller, name: str) -> None:
    """Raises NoSuchBucket, ObjectAccessDenied for a bucket of somebody else or a project's own, BucketNotEmpty."""
    bucket = find_bucket(name)
    caller.require(bucket, writes=True)
    if bucket.is_builtin or caller.key_prefix or not sees(caller, bucket):
        raise ObjectAccessDenied
    remove_bucket(actor=caller.actor, project_id=bucket.project_id, name=bucket.name)


@operation("delete_object_bucket", resource_type="object_bucket", need=Need.FILES)
def remove_bucket(*, actor: Actor, project_id: str | None, name: str) -> None:
    """Whoever writes into it at the same time either makes this fail or gets NoSuchBucket.

    The lock holds up commits that refer to the bucket, so nothing can come in between the look and the deletion.
    Raises NoSuchBucket, BucketNotEmpty; uploads that are still open count.
    """
    with transaction.atomic():
        bucket = ObjectBucket.objects.select_for_update().filter(name=name).first()
        if bucket is None:
            raise NoSuchBucket(BucketName=name)
        is_open = MultipartUpload.objects.filter(bucket=bucket, completed_at=None).exists()
        if is_open or StoredObject.objects.filter(bucket=bucket).exists():
            raise BucketNotEmpty(BucketName=name)
        bucket.delete()
        record_success(name)
