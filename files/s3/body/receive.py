"""The bytes of an object from the socket to the storage: decoded, checked, hashed and written beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from django.conf import settings

from files.object_errors import EntityTooLarge
from files.s3.body.declared import Declared, Digests
from files.s3.body.incoming_body import IncomingBody
from files.s3.threads import in_thread
from files.services.objects.checksums import DEFAULT_ALGORITHM
from files.services.objects.incoming import Arrived, IncomingContent
from kbstore.rest.body_stream import BlockWriter


class Intake:
    """One object on its way in. Blocking; one thread at a time calls it. `finish` or `abort` ends it."""

    def __init__(self, declared: Declared, *, default_algorithm: str = DEFAULT_ALGORITHM) -> None:
        """Raises EntityTooLarge by the declared size."""
        limit = settings.S3_MAX_PUT_BYTES
        if declared.size_bytes is not None and declared.size_bytes > limit:
            raise EntityTooLarge(ProposedSize=str(declared.size_bytes), MaxSizeAllowed=str(limit))
        self._declared = declared
        self._framing = declared.framing()
        self._content = IncomingContent(
            limit_bytes=limit,
            algorithm=declared.algorithm or default_algorithm,
            with_sha256=declared.sha256 is not None,
        )

    @property
    def size_bytes(self) -> int:
        return self._content.size_bytes

    def take(self, chunks: Sequence[bytes]) -> None:
        """Bytes of the body as they came. Raises what is wrong with them as soon as it shows."""
        self._content.write([block for chunk in chunks for block in self._framing.feed(chunk)])

    def finish(self) -> Arrived:
        """Safe on the disk, and what the request has declared. Raises what is wrong with the whole."""
        trailers = self._framing.finish()

        def check(arrived: Arrived) -> None:
            self._declared.check(Digests(arrived.md5, arrived.sha256, arrived.checksum), trailers)

        return self._content.finish(check)

    def abort(self) -> None:
        self._content.abort()


async def receive(body: IncomingBody, *, default_algorithm: str = DEFAULT_ALGORITHM) -> Arrived:
    """The bytes of the body in the storage, under no name yet: publish them or `discard` them.

    The client must have been allowed to write there: it is asked for the body now.
    """
    intake = await in_thread(Intake, body.declared, default_algorithm=default_algorithm)
    try:
        await _take_all(intake, body)
        return await in_thread(intake.finish)
    except asyncio.CancelledError:
        raise  # a thread may still be at it; only the end of the server does that, and what is left is the janitor's
    except BaseException:
        await in_thread(intake.abort)
        raise
    finally:
        body.object_bytes = intake.size_bytes


async def _take_all(intake: Intake, body: IncomingBody) -> None:
    writer = BlockWriter(intake.take)
    try:
        async for chunk in body.raw():
            await writer.add(chunk)
        await writer.end()
    finally:
        await writer.settle()


async def receive_small(body: IncomingBody) -> list[bytes]:
    """The chunks of a small body, for `take_small`: the change of threads between both costs as much as all else."""
    return [chunk async for chunk in body.raw()]


def take_small(body: IncomingBody, chunks: Sequence[bytes], *, default_algorithm: str = DEFAULT_ALGORITHM) -> Arrived:
    """What `receive` does, for chunks that have been received. Blocking."""
    intake = Intake(body.declared, default_algorithm=default_algorithm)
    try:
        intake.take(chunks)
        return intake.finish()
    except BaseException:
        intake.abort()
        raise
    finally:
        body.object_bytes = intake.size_bytes
