"""Answers about buckets."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def list_buckets(call: Call) -> Answer:
    raise NotSupportedByServer


async def head_bucket(call: Call) -> Answer:
    raise NotSupportedByServer


async def create_bucket(call: Call) -> Answer:
    raise NotSupportedByServer


async def delete_bucket(call: Call) -> Answer:
    raise NotSupportedByServer


async def get_bucket_location(call: Call) -> Answer:
    raise NotSupportedByServer
