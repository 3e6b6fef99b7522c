"""What a thread does differently from an event loop. Written by hand, as is its twin in _async."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TypeVar

T = TypeVar("T")


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def read_block(file: IO[bytes], count: int) -> bytes:
    """At most `count` bytes, b"" at the end."""
    return file.read(count)


def write_block(file: IO[bytes], block: bytes) -> None:
    """All of it."""
    file.write(block)


def shielded(seconds: float) -> AbstractContextManager[object]:
    """A thread is never cancelled."""
    return nullcontext(seconds)


def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """In this thread: it has nothing else to do."""
    return function(*arguments)
