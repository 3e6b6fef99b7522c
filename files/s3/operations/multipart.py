"""Answers about uploads in parts."""

from __future__ import annotations

from files.object_errors import NotSupportedByServer
from files.s3.answers import Answer
from files.s3.call import Call


async def create_multipart_upload(call: Call) -> Answer:
    raise NotSupportedByServer


async def upload_part(call: Call) -> Answer:
    raise NotSupportedByServer


async def complete_multipart_upload(call: Call) -> Answer:
    raise NotSupportedByServer


async def abort_multipart_upload(call: Call) -> Answer:
    raise NotSupportedByServer


async def list_parts(call: Call) -> Answer:
    raise NotSupportedByServer


async def list_multipart_uploads(call: Call) -> Answer:
    raise NotSupportedByServer
