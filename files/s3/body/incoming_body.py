"""The body of a request on its way in: without framing, and checked against all that the request says of it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from functools import cached_property

from django.conf import settings

from files.object_errors import ObjectRequestTimeout
from files.s3.body.declared import Declared, Digests, read_declared, read_declared_document
from files.s3.call import Proof
from files.s3.request import S3Request
from files.services.objects.checksums import ALGORITHMS, DEFAULT_ALGORITHM
from kbstore.rest.asgi import Receive
from kbstore.rest.body_stream import BLOCK_BYTES, ClientGone, RequestBody, SlowSender

__all__ = ["ClientGone", "IncomingBody"]


class IncomingBody:
    """The body of one request, to be read once: by `receive` into the storage, or by iteration if it is no object.

    Nothing is asked of the client before one of them is called, so that refusals cost it no upload.
    """

    def __init__(self, request: S3Request, proof: Proof, receive: Receive) -> None:
        self._request, self._proof = request, proof
        self._stream = RequestBody(request.headers, receive, patience_seconds=settings.S3_BODY_PATIENCE_SECONDS)
        #: Bytes of an object that have arrived, without framing.
        self.object_bytes = 0

    @property
    def is_finished(self) -> bool:
        return self._stream.is_finished

    @property
    def is_small(self) -> bool:
        """Whether it fits into one block and is already on its way."""
        length = 0 if self._stream.is_finished else self._stream.length
        return length is not None and length <= BLOCK_BYTES and not self._stream.waits_for_leave

    @cached_property
    def declared(self) -> Declared:
        """Of an object. Raises the errors of `read_declared`."""
        return read_declared(self._request, self._proof)

    async def raw(self) -> AsyncIterator[bytes]:
        """As it came, with framing. Raises ClientGone, ObjectRequestTimeout."""
        try:
            async for chunk in self._stream:
                yield chunk
        except SlowSender as error:
            raise ObjectRequestTimeout from error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its content; what is wrong with the whole is raised at the end."""
        declared = read_declared_document(self._request, self._proof)
        framing = declared.framing()
        checksum = ALGORITHMS[declared.algorithm or DEFAULT_ALGORITHM].start()
        hashes = (hashlib.md5(usedforsecurity=False), hashlib.sha256(), checksum)
        async for chunk in self.raw():
            for block in framing.feed(chunk):
                for running in hashes:
                    running.update(block)
                yield bytes(block)
        md5, sha256, checked = (running.digest() for running in hashes)
        declared.check(Digests(md5, sha256, checked), framing.finish())

    async def drain(self) -> None:
        """Read on for a moment: a connection that is closed on a sending client is reset and its answer lost."""
        await self._stream.drain()
