"""Batches of a result on their way to the wire: the next ones are encoded while one is sent."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import pyarrow as pa

T = TypeVar("T")
#: Batches that are encoded at the same time, besides the one that is sent: what a slow client costs in memory.
_AHEAD: Final = 2
#: Below this a switch to another thread costs more than it saves.
_ROWS: Final = 4096
#: An engine this slow is not waited for with rows in hand.
_SLOW_SECONDS: Final = 0.02
_threads: Final = ThreadPoolExecutor(max(2, os.cpu_count() or 1), thread_name_prefix="pgwire-encode")


def encoded(batches: Iterator[pa.RecordBatch], encode: Callable[[pa.RecordBatch], T]) -> Iterator[T]:
    """Each batch by `encode`, in order. The first is given out as soon as it is there; `encode` may raise."""
    waiting: deque[Future[T]] = deque()
    is_first = True
    while True:
        asked = time.monotonic()
        batch = next(batches, None)
        if batch is None:
            break
        if is_first or batch.num_rows < _ROWS or time.monotonic() - asked > _SLOW_SECONDS:
            while waiting:
                yield waiting.popleft().result()
            yield encode(batch)
            is_first = False
            continue
        waiting.append(_threads.submit(encode, batch))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
