"""ASGI middleware around every HTTP application: request id, CORS, body cap, access log, last-resort errors."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import IO, Any, BinaryIO

import structlog
from django.conf import settings

from kbstore import context
from kbstore.errors import ServiceUnavailable
from kbstore.rest.endpoint_label import count_fault
from kbstore.rest.errors import BodyTimeout, body_too_large, error_body, error_headers, uncaught_body
from kbstore.rest.responses import json_bytes

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

#: A message with `file`, `offset` and `count`, for servers that have it among the extensions of the scope. Our server
#: notes in it how many bytes it has `sent`: all, or fewer if the client left.
ZERO_COPY_SEND = "http.response.zerocopysend"

log = structlog.get_logger("kbstore.access")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_PATIENCE_BYTES = 64 * 2**20
#: So long a sender of a body may pause.
BODY_PATIENCE_SECONDS = 30.0
_BODY_MEMORY_BYTES = 2**20
_BODY_PIECE_BYTES = 2**16
_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_COOKIE_PATHS = ("/admin", "/static")
_EXPOSED = b"X-Request-ID, Location, Retry-After, Content-Disposition, ETag, X-Idempotency-Replay"


def header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


def sends_files(scope: Scope) -> bool:
    """Whether the server takes ZERO_COPY_SEND."""
    return ZERO_COPY_SEND in (scope.get("extensions") or {})


async def send_file(send: Send, file: BinaryIO, *, offset: int, count: int) -> int:
    """Bytes of an open file as a part of the body, by a server that `sends_files`; how many the client took."""
    message: Message = {"type": ZERO_COPY_SEND, "file": file, "offset": offset, "count": count, "more_body": True}
    await send(message)
    return int(message.get("sent", count))


async def send_response(
    send: Send,
    status: int,
    body: bytes,
    *,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> None:
    """One complete answer."""
    fields = {"content-type": content_type, "content-length": str(len(body))} | (headers or {})
    pairs = [(key.lower().encode(), value.encode("latin-1")) for key, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, status: int, value: Any, *, headers: dict[str, str] | None = None) -> None:
    await send_response(send, status, json_bytes(value), headers=headers)


class RequestContext:
    """Gives every request an id and a client address, every answer its id and CORS headers, every fault an answer."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        request_id = self._request_id(scope)
        context.request_id.set(request_id)
        context.client_address.set(client_address(scope))
        context.external_run_id.set(external_id(scope, b"x-kbc-runid"))
        context.external_job_id.set(external_id(scope, b"x-kbc-jobid"))
        started = time.monotonic()
        extra = [(b"x-request-id", request_id.encode()), *cors_headers(scope)]
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        try:
            if is_preflight(scope):
                await answer_preflight(scope, send_with_headers)
            else:
                await self.application(scope, receive, send_with_headers)
        except asyncio.CancelledError:
            # Only the end of the server's grace does that to a request; nothing else waits for this task.
            if not status:
                stopping = ServiceUnavailable("The server is shutting down. Please try again.")
                fields = error_headers(stopping) | {"connection": "close"}
                await send_json(send_with_headers, 503, error_body(stopping), headers=fields)
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it was, the client gets an answer
            log.error("unexpected fault", path=scope["path"], exc_info=error)
            count_fault(scope, error)
            if status:
                raise
            await send_json(send_with_headers, 500, uncaught_body(error))
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            )

    @staticmethod
    def _request_id(scope: Scope) -> str:
        sent = header(scope, b"x-request-id") or b""
        return sent.decode() if _REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())


class WholeBody:
    """Takes in the whole body, then calls the application: a slow sender occupies nothing but its connection.

    Answers 413 before more than the allowed bytes were read, and 408 when nothing arrives for `BODY_PATIENCE_SECONDS`.
    Bodies over 1 MiB wait on the disk.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = settings.MAX_BODY_BYTES
        declared = header(scope, b"content-length") or b"0"
        if declared.isdigit() and int(declared) > limit:
            await refuse_body(receive, send)
            return
        with tempfile.SpooledTemporaryFile(max_size=_BODY_MEMORY_BYTES) as body:
            more = True
            while more:
                try:
                    async with asyncio.timeout(BODY_PATIENCE_SECONDS):
                        message = await receive()
                except TimeoutError:
                    await send_json(send, 408, error_body(BodyTimeout()), headers={"connection": "close"})
                    return
                if message["type"] == "http.disconnect":
                    return
                body.write(message.get("body", b""))
                more = message.get("more_body", False)
                if body.tell() > limit:
                    await refuse_body(receive, send, more=more)
                    return
            await self.application(scope, _replayed(body, receive), send)


def _replayed(body: IO[bytes], receive: Receive) -> Receive:
    """Gives the body in pieces, then what the connection says."""
    left = body.tell()
    body.seek(0)
    is_done = False

    async def replay() -> Message:
        nonlocal left, is_done
        if is_done:
            return await receive()
        chunk = body.read(_BODY_PIECE_BYTES)
        left -= len(chunk)
        is_done = left == 0
        return {"type": "http.request", "body": chunk, "more_body": not is_done}

    return replay


async def refuse_body(receive: Receive, send: Send, *, more: bool = True) -> None:
    """Answer 413, but read on for a while: a client that is still sending would lose the answer with the connection."""
    discarded = 0
    while more and discarded < _PATIENCE_BYTES:
        message = await receive()
        discarded += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send_json(send, 413, error_body(body_too_large()), headers={"connection": "close"})


def client_address(scope: Scope) -> str:
    """The caller's address; the proxy's word for it only when the operator trusts the proxy."""
    if settings.TRUST_PROXY_HEADERS:
        forwarded = (header(scope, b"x-forwarded-for") or b"").decode("latin-1")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()[:64]
    client = scope.get("client")
    return client[0] if client else ""


def external_id(scope: Scope, name: bytes) -> str | None:
    """An id of the caller's own: its printable ASCII, at most 128 characters; None when there is none."""
    sent = (header(scope, name) or b"").decode("latin-1")
    return "".join(character for character in sent if " " <= character <= "~")[:128].strip() or None


def allowed_origin(scope: Scope) -> bytes | None:
    origin = header(scope, b"origin")
    if origin is None or scope["path"].startswith(_COOKIE_PATHS):
        return None
    allowed = settings.CORS_ORIGINS
    return origin if "*" in allowed or origin.decode("latin-1") in allowed else None


def cors_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """No credentials are ever allowed: the API reads bearer keys, never cookies."""
    origin = allowed_origin(scope)
    if origin is None or is_preflight(scope):
        return []
    if "*" in settings.CORS_ORIGINS:
        return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]


def is_preflight(scope: Scope) -> bool:
    return (
        scope["method"] == "OPTIONS"
        and allowed_origin(scope) is not None
        and header(scope, b"access-control-request-method") is not None
    )


async def answer_preflight(scope: Scope, send: Send) -> None:
    wanted = (header(scope, b"access-control-request-method") or b"").decode("latin-1")
    if wanted not in _METHODS.split(", "):
        await send_response(send, 400, b"Disallowed CORS method", content_type="text/plain; charset=utf-8")
        return
    headers = {
        "access-control-allow-origin": (allowed_origin(scope) or b"").decode("latin-1"),
        "access-control-allow-methods": _METHODS,
        "access-control-max-age": "600",
        "vary": "Origin",
    }
    asked = header(scope, b"access-control-request-headers")
    if asked is not None:
        headers["access-control-allow-headers"] = asked.decode("latin-1")
    await send_response(send, 200, b"OK", content_type="text/plain; charset=utf-8", headers=headers)
