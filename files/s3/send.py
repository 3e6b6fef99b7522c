"""Send an answer, its bytes in blocks or by the server's own way from the file to the socket."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO

from files.s3 import cors
from files.s3.answers import Answer, ObjectBody
from files.s3.request import S3Request
from files.services.objects.content_store import PieceRange
from kbstore.rest.asgi import Send, send_file

if TYPE_CHECKING:
    from files.s3.body.incoming_body import IncomingBody

BLOCK_BYTES = 1 << 20
_BODILESS = (204, 304)
#: Those who read wait for the disk here, so that they never keep the catalog's threads.
_READERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="s3-read")


async def send_answer(
    send: Send, answer: Answer, request: S3Request, *, body: IncomingBody | None, sends_files: bool
) -> int:
    """The object bytes that went out. Reads the rest of a body that nobody has read, for a moment."""
    headers = _headers(answer, request)
    if body is not None and not body.is_finished:
        headers["connection"] = "close"
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    sent = 0
    if answer.content is None or request.method == "HEAD":
        if answer.content is not None:
            answer.content.close()
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})
    else:
        sent = await _send_content(send, answer.content, sends_files=sends_files)
    if body is not None and not body.is_finished:
        await body.drain()
    return sent


def _headers(answer: Answer, request: S3Request) -> dict[str, str]:
    length = answer.content.length if answer.content is not None else len(answer.body)
    fixed = {"x-amz-request-id": request.request_id, "x-amz-id-2": request.request_id, "server": "kbstore"}
    if answer.status not in _BODILESS:
        fixed["content-length"] = str(length)
    return fixed | cors.headers(request) | answer.headers


async def _send_content(send: Send, content: ObjectBody, *, sends_files: bool) -> int:
    """The bytes that went out."""
    try:
        if content.read is not None:
            await send({"type": "http.response.body", "body": content.read})
            return len(content.read)
        sent = 0
        for piece in content.pieces:
            if sends_files and piece.is_file:
                sent += await send_file(send, piece.stream, offset=piece.offset, count=piece.length)
            else:
                sent += await _send_blocks(send, piece)
        await send({"type": "http.response.body", "body": b""})
    finally:
        content.close()
    return sent


async def _send_blocks(send: Send, piece: PieceRange) -> int:
    """The next block is read while one is on its way."""
    left = piece.length
    reading: asyncio.Future[bytes] | None = _read(piece.stream, min(BLOCK_BYTES, left), at=piece.offset)
    try:
        while reading is not None:
            block = await asyncio.shield(reading)
            left -= len(block)
            if not block:
                raise OSError("the content ended early")
            reading = _read(piece.stream, min(BLOCK_BYTES, left)) if left > 0 else None
            await send({"type": "http.response.body", "body": block, "more_body": True})
    finally:
        # Whoever closes the file must not do so below a thread that reads it.
        if reading is not None:
            await asyncio.wait([reading])
    return piece.length


def _read(stream: BinaryIO, count: int, *, at: int | None = None) -> asyncio.Future[bytes]:
    def read() -> bytes:
        if at is not None:
            stream.seek(at)
        return stream.read(count)

    return asyncio.get_running_loop().run_in_executor(_READERS, read)
