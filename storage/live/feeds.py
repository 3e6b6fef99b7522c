"""What is watched is read once for all who watch it: a feed reads at each ring and each second, and wakes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from storage.live.doorbell import listen
from storage.live.reading import SeenJob, in_thread

LOOK_SECONDS = 1.0
#: Rings of this time are answered together: as often as a bar moves for the eye.
BURST_SECONDS = 0.25

#: Reads the jobs of a feed; gets the ids of those that had not ended. Blocks on the catalog.
Read = Callable[[frozenset[str]], list[SeenJob]]


class Feed:
    """Follows what one key names, while somebody watches. A failed read ends it."""

    def __init__(self, group: str, read: Read) -> None:
        self.failure: Exception | None = None
        self._jobs: list[SeenJob] | None = None
        self._group = group
        self._read = read
        self._rung = asyncio.Event()
        self._watchers: set[asyncio.Event] = set()
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set at every change, and is set now if there is something to see already."""
        news = asyncio.Event()
        self._watchers.add(news)
        if self._jobs is not None:
            news.set()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(listen(self._group, self._rung))]
        try:
            yield news
        finally:
            self._watchers.discard(news)
            if not self._watchers:
                self._end()

    def look(self) -> list[SeenJob]:
        """The newest state, empty before the first event. Raises what the read raised."""
        if self.failure is not None:
            raise self.failure.with_traceback(None)
        return self._jobs or []

    @property
    def is_watched(self) -> bool:
        return bool(self._watchers)

    def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    async def _follow(self) -> None:
        try:
            while True:
                await self._look()
                await self._ring_or_second()
        except Exception as error:  # noqa: BLE001 - the websocket consumer: each watcher raises it and says so
            self.failure = error
            self._wake()

    async def _look(self) -> None:
        unfinished = frozenset(job.id for job in self._jobs or () if not job.is_final)
        jobs = await in_thread(self._read, unfinished)
        if jobs != self._jobs:
            self._jobs = jobs
            self._wake()

    async def _ring_or_second(self) -> None:
        # First, so that a burst of rings costs one look, however fast they come.
        await asyncio.sleep(BURST_SECONDS)
        try:
            async with asyncio.timeout(LOOK_SECONDS - BURST_SECONDS):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, ...], Feed]] = WeakKeyDictionary()


@asynccontextmanager
async def feed_of(key: Iterable[str], group: str, read: Read) -> AsyncIterator[tuple[Feed, asyncio.Event]]:
    """The feed under this key, the same for all who watch it at this time, and the event of this watcher."""
    feeds = _feeds.setdefault(asyncio.get_running_loop(), {})
    name = tuple(key)
    feed = feeds.get(name)
    if feed is None or feed.failure is not None:
        feed = feeds[name] = Feed(group, read)
    try:
        async with feed.watched() as news:
            yield feed, news
    finally:
        if not feed.is_watched and feeds.get(name) is feed:
            del feeds[name]
