"""An ASGI application that sends one file in blocks: what the server alone can give."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from benchmarks.generate import WORK

Message = MutableMapping[str, Any]
BLOCK_BYTES = 1 << 20
FILE = WORK / "object"


async def application(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        return
    with FILE.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
        while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
