"""Neutral answers about what buckets and objects do not have here."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def get_bucket_subresource(call: Call) -> Answer:
    raise NotSupportedByServer


async def get_object_acl(call: Call) -> Answer:
    raise NotSupportedByServer


async def put_acl(call: Call) -> Answer:
    raise NotSupportedByServer


async def refuse_subresource(call: Call) -> Answer:
    raise NotSupportedByServer
