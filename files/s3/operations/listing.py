"""Answers to the lists of a bucket."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def list_objects(call: Call) -> Answer:
    raise NotSupportedByServer


async def list_objects_v2(call: Call) -> Answer:
    raise NotSupportedByServer


async def list_object_versions(call: Call) -> Answer:
    raise NotSupportedByServer
