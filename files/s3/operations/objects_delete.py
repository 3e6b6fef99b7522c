"""Answers to DELETE of objects, one or many."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def delete_object(call: Call) -> Answer:
    raise NotSupportedByServer


async def delete_objects(call: Call) -> Answer:
    raise NotSupportedByServer
