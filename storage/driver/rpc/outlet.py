"""What a command tells while it works, from its thread to the loop that sends it: rows wait until there is room."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Final

from kbstore.errors import OperationCancelled
from kbstore.patience import patience
from storage.driver.generated.common_pb2 import LogMessage
from storage.driver.generated.kbstore.stream_pb2 import DriverChunk, Progress, Rows
from storage.jobs.following import RunningJob

#: Chunks of rows that may wait for the reader: what a call takes in memory beside its query.
_ROOM: Final = 2
#: How often progress is looked at.
LOOK_SECONDS: Final = 0.35


class Outlet:
    """Of one call. `log`, `send` and `follow` are for the thread of the command, all else is for the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[DriverChunk | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_ROOM)
        self._followed: RunningJob | None = None
        self._told: Progress | None = None

    def log(self, message: LogMessage) -> None:
        """Tell a message; does not wait."""
        self._loop.call_soon_threadsafe(self._chunks.put_nowait, DriverChunk(log=message))

    def follow(self, job: RunningJob) -> None:
        """Tell the progress of this job from now on."""
        self._followed = job

    def send(self, rows: Rows) -> None:
        """Returns when there is room: a slow reader slows its command. Raises why the caller's patience has ended."""
        caller = patience()
        put = asyncio.run_coroutine_threadsafe(self._put(DriverChunk(rows=rows)), self._loop)
        try:
            with nullcontext() if caller is None else caller.stopping(lambda _: put.cancel()):
                put.result()
        except concurrent.futures.CancelledError:
            raise (caller.reason if caller is not None else None) or OperationCancelled() from None

    async def _put(self, chunk: DriverChunk) -> None:
        await self._room.acquire()
        self._chunks.put_nowait(chunk)

    def close(self) -> None:
        """Nothing comes any more."""
        self._chunks.put_nowait(None)

    async def chunks(self) -> AsyncIterator[DriverChunk]:
        """All that is told until `close`, and progress in between."""
        while True:
            try:
                chunk = await asyncio.wait_for(self._chunks.get(), LOOK_SECONDS)
            except TimeoutError:
                if (progress := self._progress()) is not None:
                    yield DriverChunk(progress=progress)
                continue
            if chunk is None:
                return
            yield chunk
            if chunk.HasField("rows"):
                self._room.release()

    def _progress(self) -> Progress | None:
        """None where nothing is new."""
        if self._followed is None:
            return None
        fraction, rows, size = self._followed.progress()
        progress = Progress(
            stage=self._followed.type, fraction=fraction, rows=rows, bytes=size, operationId=self._followed.id
        )
        if progress == self._told:
            return None
        self._told = progress
        return progress
