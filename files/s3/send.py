"""Send an answer, its bytes in blocks or by the server's own way from the file to the socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from files.s3 import cors
from files.s3.answers import Answer, ObjectBody
from files.s3.request import S3Request
from files.s3.threads import in_thread
from kbstore.rest.asgi import Send

if TYPE_CHECKING:
    from files.s3.body.incoming_body import IncomingBody

BLOCK_BYTES = 1 << 20
_BODILESS = (204, 304)


async def send_answer(send: Send, answer: Answer, request: S3Request, *, body: IncomingBody | None) -> int:
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
        sent = await _send_content(send, answer.content)
    if body is not None and not body.is_finished:
        await body.drain()
    return sent


def _headers(answer: Answer, request: S3Request) -> dict[str, str]:
    length = answer.content.length if answer.content is not None else len(answer.body)
    fixed = {"x-amz-request-id": request.request_id, "x-amz-id-2": request.request_id, "server": "kbstore"}
    if answer.status not in _BODILESS:
        fixed["content-length"] = str(length)
    return fixed | cors.headers(request) | answer.headers


async def _send_content(send: Send, content: ObjectBody) -> int:
    sent = 0
    try:
        for piece in content.pieces:
            end = piece.offset + piece.length
            await in_thread(piece.stream.seek, piece.offset)
            offset = piece.offset
            while offset < end:
                block = await in_thread(piece.stream.read, min(BLOCK_BYTES, end - offset))
                if not block:
                    raise OSError("the content ended early")
                offset += len(block)
                sent += len(block)
                await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        content.close()
    return sent
