"""The bytes of an object on their way in, without framing, verified as the signature asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from django.conf import settings

from files.object_errors import ObjectRequestTimeout
from files.s3.call import Proof
from files.s3.request import S3Request
from kbstore.rest.asgi import Receive

_DRAIN_BYTES = 64 << 20
_DRAIN_SECONDS = 2.0


class ClientGone(Exception):
    """The client closed the connection before its body ended."""


class IncomingBody:
    """The body of one request; iterate over it once."""

    def __init__(self, request: S3Request, proof: Proof, receive: Receive) -> None:
        self._request, self._proof, self._receive = request, proof, receive
        #: Bytes of the object that have arrived, without framing.
        self.object_bytes = 0
        length = request.header("content-length")
        has_body = request.header("transfer-encoding") is not None or length not in (None, "0")
        self.is_finished = not has_body
        self._waits_for_leave = (request.header("expect") or "").lower() == "100-continue"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.is_finished:
            block = await self._next()
            self.object_bytes += len(block)
            yield block

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(settings.S3_BODY_PATIENCE_SECONDS):
                message = await self._receive()
        except TimeoutError as error:
            raise ObjectRequestTimeout from error
        self._waits_for_leave = False
        if message["type"] == "http.disconnect":
            self.is_finished = True
            raise ClientGone
        self.is_finished = not message.get("more_body", False)
        return message.get("body", b"")

    async def drain(self) -> None:
        """Read on for a moment: a connection that is closed on a sending client is reset and its answer lost."""
        if self._waits_for_leave:
            return
        left = _DRAIN_BYTES
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while left > 0 and not self.is_finished:
                    left -= len(await self._next())
        except (TimeoutError, ObjectRequestTimeout, ClientGone):
            return
