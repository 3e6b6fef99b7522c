"""The body of a download, read in threads block by block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

from kbstore import metrics

BLOCK_BYTES = 1 << 18


class FileBody:
    """The bytes of an open file from `start`, `length` of them. Owns the file; whoever serves it closes it.

    Counts itself as a download, which is an error unless all bytes were taken.
    """

    def __init__(self, stream: BinaryIO, *, start: int, length: int) -> None:
        self._stream = stream
        self._start = start
        self._length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        status = "error"
        try:
            async for block in self._blocks():
                metrics.FILES_DOWNLOAD_BYTES.inc(len(block))
                yield block
            status = "success"
        finally:
            metrics.FILES_DOWNLOADS.labels(status).inc()

    async def _blocks(self) -> AsyncIterator[bytes]:
        left = self._length
        await asyncio.to_thread(self._stream.seek, self._start)
        while left > 0:
            block = await asyncio.to_thread(self._stream.read, min(left, BLOCK_BYTES))
            if not block:
                # Content shorter than its record: break off, so that the client sees an incomplete answer.
                raise OSError("the content ended early")
            left -= len(block)
            yield block

    def close(self) -> None:
        self._stream.close()
