"""Answers to PUT of an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from files.models import ObjectBucket, StoredObject
from files.s3.answers import Answer, quoted
from files.s3.body.incoming_body import IncomingBody
from files.s3.body.receive import receive, receive_small, take_small
from files.s3.call import Call
from files.s3.conditional_headers import write_conditions_of
from files.s3.object_headers import read_description
from files.s3.threads import in_thread
from files.services.objects.buckets import find_bucket
from files.services.objects.checksums import ALGORITHMS
from files.services.objects.conditions import Conditions
from files.services.objects.incoming import Arrived
from files.services.objects.publish_object import Description
from files.services.objects.put_object import check_writable
from files.services.objects.put_object import put_object as publish_arrived


async def put_object(call: Call) -> Answer:
    put = _Put(call, read_description(call.request), write_conditions_of(call.request))
    body: IncomingBody = call.body
    assert body.declared is not None  # noqa: S101 - reads, and refuses, what the headers say
    if body.is_small:
        stored = await in_thread(put.take, await receive_small(body))
    else:
        bucket = await in_thread(put.allowed_bucket)
        stored = await in_thread(put.publish, bucket, await receive(body))
    return Answer(200, {"etag": quoted(stored.etag)} | _checksum_headers(stored))


@dataclass(frozen=True)
class _Put:
    """What is to be stored; blocking."""

    call: Call
    description: Description
    conditions: Conditions

    def allowed_bucket(self) -> ObjectBucket:
        call = self.call
        bucket = find_bucket(call.bucket_name)
        call.caller.require(bucket, key=call.key, writes=True)
        check_writable(
            bucket=bucket, key=call.key, size_bytes=call.body.declared.size_bytes or 0, conditions=self.conditions
        )
        return bucket

    def take(self, chunks: Sequence[bytes]) -> StoredObject:
        """All at once: changes of threads cost as much as a small object."""
        bucket = self.allowed_bucket()
        return self.publish(bucket, take_small(self.call.body, chunks))

    def publish(self, bucket: ObjectBucket, arrived: Arrived) -> StoredObject:
        return publish_arrived(
            bucket=bucket,
            key=self.call.key,
            arrived=arrived,
            description=self.description,
            conditions=self.conditions,
        )


def _checksum_headers(stored: StoredObject) -> dict[str, str]:
    header = ALGORITHMS[stored.checksum_algorithm].header
    return {header: stored.checksum, "x-amz-checksum-type": stored.checksum_type}
