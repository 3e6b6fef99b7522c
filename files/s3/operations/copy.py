"""Answers to copies."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def copy_object(call: Call) -> Answer:
    raise NotSupportedByServer


async def upload_part_copy(call: Call) -> Answer:
    raise NotSupportedByServer
