"""The server's own pre-signed URLs."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def presign(call: Call) -> Answer:
    raise NotSupportedByServer
