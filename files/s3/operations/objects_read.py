"""Answers to GET and HEAD of an object."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def get_object(call: Call) -> Answer:
    raise NotSupportedByServer


async def head_object(call: Call) -> Answer:
    raise NotSupportedByServer


async def get_object_attributes(call: Call) -> Answer:
    raise NotSupportedByServer


async def get_object_tagging(call: Call) -> Answer:
    raise NotSupportedByServer
