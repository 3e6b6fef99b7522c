"""The body of a download: sent by the server itself where it can, else read in threads block by block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, BinaryIO

from django.http import StreamingHttpResponse

from kbstore import metrics
from kbstore.rest.asgi import Send, send_file

BLOCK_BYTES = 1 << 18


class FileBody:
    """The bytes of an open file from `start`, `length` of them. Owns the file; whoever serves it closes it.

    Counts itself as a download, which is an error unless all bytes were taken.
    """

    def __init__(self, stream: BinaryIO, *, start: int, length: int) -> None:
        self._stream = stream
        self._start = start
        self._length = length
        self._is_sent = False

    @property
    def is_file(self) -> bool:
        """Of this host, with bytes to send: then a server that sends files may be given it."""
        try:
            return self._length > 0 and self._stream.fileno() >= 0
        except (AttributeError, OSError):
            return False

    async def send(self, send: Send) -> None:
        """Have the server send the file; there is nothing to iterate over then."""
        self._is_sent = True
        sent = 0
        try:
            sent = await send_file(send, self._stream, offset=self._start, count=self._length)
        finally:
            metrics.FILES_DOWNLOAD_BYTES.inc(sent)
            metrics.FILES_DOWNLOADS.labels("success" if sent == self._length else "error").inc()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._is_sent:
            return
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


class FileResponse(StreamingHttpResponse):
    """Streams a FileBody; see OneHopHandler for the servers that send it themselves."""

    def __init__(self, body: FileBody, **options: Any) -> None:
        super().__init__(body, **options)
        self.file_body = body
