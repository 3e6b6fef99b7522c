"""Make a finished file of this host an object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from files.models import ObjectBucket, StoredObject
from files.services import staging
from files.services.objects.conditions import Conditions
from files.services.objects.incoming import IncomingContent
from files.services.objects.publish_object import Description
from files.services.objects.put_object import check_writable, put_object

_BLOCK = 1 << 20


def store_local_object(
    *, bucket: ObjectBucket, key: str, source: Path, content_type: str, check: Callable[[], None]
) -> StoredObject:
    """The object, with the bytes of `source`, which stays; it replaces one of that key. Call it outside transactions.

    `check` is called often and may raise to stop it. Raises QuotaExceeded, EntityTooLarge, NoSpace, UploadFailed.
    """
    with staging.disk_errors():
        size_bytes = source.stat().st_size
    check_writable(bucket=bucket, key=key, size_bytes=size_bytes, conditions=Conditions())
    incoming = IncomingContent(limit_bytes=settings.S3_MAX_OBJECT_BYTES)
    try:
        with source.open("rb") as stream:
            while block := stream.read(_BLOCK):
                check()
                incoming.write([block])
        arrived = incoming.finish()
    except BaseException:
        incoming.abort()
        raise
    return put_object(bucket=bucket, key=key, arrived=arrived, description=Description(content_type=content_type))
