"""What an event loop does differently from a thread. Its twin in _sync is written by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")


async def sleep(seconds: float) -> None:
    await anyio.sleep(seconds)


async def read_block(file: IO[bytes], count: int) -> bytes:
    """At most `count` bytes, b"" at the end; other tasks go on meanwhile."""
    return await anyio.to_thread.run_sync(file.read, count)


async def write_block(file: IO[bytes], block: bytes) -> None:
    """All of it; other tasks go on meanwhile."""
    await anyio.to_thread.run_sync(file.write, block)


def shielded(seconds: float) -> AbstractContextManager[object]:
    """What is awaited in the block goes on although the task was cancelled, for so long at most."""
    return anyio.move_on_after(seconds, shield=True)


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """What takes long without awaiting anything; other tasks go on meanwhile."""
    return await anyio.to_thread.run_sync(function, *arguments)
