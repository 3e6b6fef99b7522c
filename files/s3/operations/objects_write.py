"""Answers to PUT of an object."""

from __future__ import annotations

from files.models import ObjectBucket, StoredObject
from files.s3.answers import Answer, quoted
from files.s3.body.receive import Expected, receive
from files.s3.call import Call
from files.s3.object_headers import read_description
from files.s3.threads import in_thread
from files.services.objects.buckets import find_bucket
from files.services.objects.checksums import ALGORITHMS, FULL_OBJECT
from files.services.objects.put_object import put_object as publish_arrived


async def put_object(call: Call) -> Answer:
    description = read_description(call.request)
    expected = Expected.of(call)
    bucket = await in_thread(_writable_bucket, call)
    arrived = await receive(call.body, expected)
    stored = await in_thread(publish_arrived, bucket=bucket, key=call.key, arrived=arrived, description=description)
    return Answer(200, {"etag": quoted(stored.etag)} | checksum_headers(stored))


def _writable_bucket(call: Call) -> ObjectBucket:
    bucket = find_bucket(call.bucket_name)
    call.caller.require(bucket, key=call.key, writes=True)
    return bucket


def checksum_headers(stored: StoredObject) -> dict[str, str]:
    """Those with which a write answers."""
    if not stored.checksum:
        return {}
    header = ALGORITHMS[stored.checksum_algorithm].header
    return {header: stored.checksum, "x-amz-checksum-type": stored.checksum_type or FULL_OBJECT}
