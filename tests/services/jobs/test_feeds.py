"""What many sockets watch is read once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from storage.live import feeds
from storage.live.feeds import feed_of
from storage.live.reading import SeenJob

WATCHERS = 50


class Source:
    """Says what it was told to say, and counts how often it was asked."""

    def __init__(self) -> None:
        self.reads = 0
        self.text = "begun"
        self.failure: Exception | None = None

    def read(self, unfinished: frozenset[str]) -> list[SeenJob]:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return [SeenJob("j1", self.text, is_final=False)]


async def watch_all(source: Source, stack: AsyncExitStack) -> list[tuple[feeds.Feed, asyncio.Event]]:
    opened = [feed_of(("job", "j1"), "job.j1", source.read) for _ in range(WATCHERS)]
    return [await stack.enter_async_context(each) for each in opened]


async def heard(watched: list[tuple[feeds.Feed, asyncio.Event]]) -> set[str]:
    """What the watchers see at their next wake."""
    async with asyncio.timeout(20):
        for _, news in watched:
            await news.wait()
            news.clear()
    return {job.text for feed, _ in watched for job in feed.look()}


def test_one_read_serves_all_watchers() -> None:
    async def walk() -> None:
        source = Source()
        async with AsyncExitStack() as stack:
            watched = await watch_all(source, stack)
            assert await heard(watched) == {"begun"}
            source.text = "done"
            assert await heard(watched) == {"done"}
            assert source.reads < 5
        assert feeds._feeds[asyncio.get_running_loop()] == {}

    asyncio.run(walk())


def test_who_comes_later_sees_the_newest_at_once() -> None:
    async def walk() -> None:
        source = Source()
        async with AsyncExitStack() as stack:
            await heard(await watch_all(source, stack))
            late = [await stack.enter_async_context(feed_of(("job", "j1"), "job.j1", source.read))]
            assert late[0][1].is_set()
            assert await heard(late) == {"begun"}

    asyncio.run(walk())


def test_a_failed_read_reaches_every_watcher_and_the_next_one_begins_anew() -> None:
    async def walk() -> None:
        source = Source()
        source.failure = LookupError("gone")
        async with AsyncExitStack() as stack:
            for feed, news in await watch_all(source, stack):
                async with asyncio.timeout(20):
                    await news.wait()
                with pytest.raises(LookupError):
                    feed.look()
            source.failure = None
            fresh = await stack.enter_async_context(feed_of(("job", "j1"), "job.j1", source.read))
            assert await heard([fresh]) == {"begun"}

    asyncio.run(walk())
