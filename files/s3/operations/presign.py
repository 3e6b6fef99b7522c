"""The server's own pre-signed URLs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Literal

from django.conf import settings
from pydantic import Field

from files.object_errors import EntityTooLarge
from files.s3.answers import Answer
from files.s3.call import Call
from files.s3.contract_errors import json_answer
from files.s3.request import MAX_KEY_BYTES
from files.s3.threads import in_thread
from files.services.objects.buckets import find_bucket
from files.services.objects.caller import S3Caller
from files.services.objects.own_url import OwnUrl
from kbstore import metrics
from kbstore.rest.errors import UnreadableBody, ValidationFailed, error_body
from kbstore.rest.schema import RequestModel, Text, parse_json_body, timestamp

_MAX_BODY_BYTES = 1 << 16
_MAX_EXPIRY = 604_800
_WRITING = ("PUT", "DELETE")


class PresignRequest(RequestModel):
    """What the URL shall open; `expires_in` is in seconds."""

    key: Annotated[Text, Field(min_length=1, max_length=MAX_KEY_BYTES)]
    method: Literal["GET", "PUT", "DELETE", "HEAD"] = "GET"
    expires_in: Annotated[int, Field(ge=1, le=_MAX_EXPIRY)] = Field(
        default_factory=lambda: settings.PRESIGN_DEFAULT_EXPIRY
    )
    content_type: Text | None = None


async def presign(call: Call) -> Answer:
    """A URL that needs no credentials. Its maker must be allowed to do what it opens."""
    raw = await _whole_body(call)
    try:
        wanted = parse_json_body(raw, call.request.header("content-type") or "", PresignRequest)
    except (ValidationFailed, UnreadableBody) as error:
        await in_thread(_require, call.caller, call.bucket_name, key=None, writes=False)
        return json_answer(error_body(error), status=error.http_status)
    await in_thread(_require, call.caller, call.bucket_name, key=wanted.key, writes=wanted.method in _WRITING)
    if wanted.expires_in > settings.PRESIGN_MAX_EXPIRY:
        message = f"Expiry cannot exceed {settings.PRESIGN_MAX_EXPIRY} seconds"
        return json_answer({"detail": {"Code": "InvalidArgument", "Message": message}}, status=400)
    metrics.S3_PRESIGN_REQUESTS.labels(wanted.method).inc()
    return _signed(call.bucket_name, wanted)


def _signed(bucket_name: str, wanted: PresignRequest) -> Answer:
    expires = int(time.time()) + wanted.expires_in
    url = OwnUrl(wanted.method, bucket_name, wanted.key, str(expires), wanted.content_type)
    shown = {"url": url.address(), "expires_at": timestamp(datetime.fromtimestamp(expires, UTC))}
    return json_answer(shown | {"method": wanted.method})


def _require(caller: S3Caller, bucket_name: str, *, key: str | None, writes: bool) -> None:
    caller.require(find_bucket(bucket_name), key=key, writes=writes)


async def _whole_body(call: Call) -> bytes:
    body = bytearray()
    async for block in call.body:
        body += block
        if len(body) > _MAX_BODY_BYTES:
            raise EntityTooLarge
    return bytes(body)
