"""Answers to PUT of an object."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def put_object(call: Call) -> Answer:
    raise NotSupportedByServer
