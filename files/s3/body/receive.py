"""The bytes of an object from the socket to the storage, checked against all that the request says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from files.object_errors import XAmzContentSHA256Mismatch
from files.s3.call import Call
from files.s3.threads import in_thread
from files.services.objects.incoming import Arrived, IncomingContent

if TYPE_CHECKING:
    from files.s3.body.incoming_body import IncomingBody

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Expected:
    sha256: str | None

    @classmethod
    def of(cls, call: Call) -> Expected:
        payload = call.proof.payload
        return cls(sha256=payload if _SHA256.fullmatch(payload) else None)


async def receive(body: IncomingBody, expected: Expected) -> Arrived:
    incoming = await in_thread(
        IncomingContent, limit_bytes=settings.S3_MAX_PUT_BYTES, with_sha256=expected.sha256 is not None
    )
    try:
        async for block in body:
            await in_thread(incoming.write, [block])
        arrived = await in_thread(incoming.finish)
    except BaseException:
        incoming.abort()
        raise
    if expected.sha256 is not None and arrived.sha256 is not None and arrived.sha256.hex() != expected.sha256:
        arrived.discard()
        raise XAmzContentSHA256Mismatch
    return arrived
