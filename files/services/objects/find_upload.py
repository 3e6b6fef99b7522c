"""Uploads in parts by their id."""

from __future__ import annotations

from files.models import MultipartUpload, ObjectBucket
from files.object_errors import InvalidArgument, NoSuchUpload
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller

MAX_PART_NUMBER = 10_000


def find_upload(
    *, caller: S3Caller, bucket_name: str, key: str, upload_id: str, writes: bool = True
) -> MultipartUpload:
    """An open upload to that key. Raises NoSuchBucket, ObjectAccessDenied, NoSuchUpload, in this order."""
    bucket = find_bucket(bucket_name)
    caller.require(bucket, key=key, writes=writes)
    found = upload_of(bucket, key, upload_id)
    if found.completed_at is not None:
        raise NoSuchUpload
    return found


def upload_of(bucket: ObjectBucket, key: str, upload_id: str) -> MultipartUpload:
    """An upload to that key, open or completed. Raises NoSuchUpload."""
    found = MultipartUpload.objects.filter(pk=upload_id, bucket=bucket, key=key).first()
    if found is None:
        raise NoSuchUpload
    found.bucket = bucket
    return found


def hold_upload(upload: MultipartUpload) -> MultipartUpload:
    """The upload as it is now, open or completed, and until the end of the transaction. Raises NoSuchUpload."""
    held = MultipartUpload.objects.select_for_update().filter(pk=upload.pk).first()
    if held is None:
        raise NoSuchUpload
    return held


def check_part_number(number: int) -> None:
    """Raises InvalidArgument."""
    if not 1 <= number <= MAX_PART_NUMBER:
        raise InvalidArgument(
            f"Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=str(number),
        )
