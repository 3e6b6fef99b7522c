"""Begin an upload in parts."""

from __future__ import annotations

from files.models import MultipartUpload
from files.object_errors import InvalidObjectRequest
from files.services.objects import commit_queue
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.checksums import ALGORITHMS
from files.services.objects.publish_object import Description


def create_upload(
    *,
    caller: S3Caller,
    bucket_name: str,
    key: str,
    description: Description,
    checksum_algorithm: str = "",
    checksum_type: str = "",
) -> MultipartUpload:
    """A new upload, which nobody sees as an object until it is completed.

    Raises NoSuchBucket, ObjectAccessDenied; InvalidObjectRequest for a checksum type that the algorithm has not.
    """
    chosen_type = _checksum_type(checksum_algorithm, checksum_type)
    bucket = find_bucket(bucket_name)
    caller.require(bucket, key=key, writes=True)
    upload = MultipartUpload(
        bucket=bucket,
        key=key,
        content_type=description.content_type,
        headers=dict(description.headers),
        metadata=dict(description.metadata),
        checksum_algorithm=checksum_algorithm,
        checksum_type=chosen_type,
    )
    commit_queue.run(lambda: upload.save(force_insert=True))
    return upload


def _checksum_type(algorithm: str, asked: str) -> str:
    if not algorithm:
        if asked:
            message = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            raise InvalidObjectRequest(message)
        return ""
    if algorithm not in ALGORITHMS:
        raise InvalidObjectRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(ALGORITHMS)}]"
        )
    types = ALGORITHMS[algorithm].types
    if asked and asked not in types:
        raise InvalidObjectRequest(f"The {asked} checksum type cannot be used with the {algorithm} checksum algorithm.")
    return asked or types[0]
