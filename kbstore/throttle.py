"""How often something happened lately, counted for each source in bounded memory."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MAX_SOURCES = 10_000
_IPV6_SITE_BITS = 64


@dataclass
class _Count:
    """What happened in the window that runs and in the one before it."""

    window: int
    current: int = 0
    previous: int = 0


class SlidingWindow:
    """Counts events of each source over the last `seconds`; thread-safe, for one process.

    Two numbers a source instead of all its times: the window before counts by the part of it that is still inside.
    With more than `max_sources` those that were quiet the longest are forgotten.
    """

    def __init__(
        self,
        *,
        limit: int,
        seconds: float,
        max_sources: int = MAX_SOURCES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._max_sources = max_sources
        self._clock = clock
        self._counts: OrderedDict[Hashable, _Count] = OrderedDict()
        self._mutex = threading.Lock()

    def record(self, source: Hashable) -> int | None:
        """Count one event. Returns None, or when this one is above the limit the whole seconds to wait."""
        with self._mutex:
            count = self._counts.setdefault(source, _Count(self._window()))
            self._counts.move_to_end(source)
            if len(self._counts) > self._max_sources:
                self._counts.popitem(last=False)
            self._turn(count)
            count.current += 1
            return self._wait(count) if self._recent(count) > self._limit else None

    def wait_seconds(self, source: Hashable) -> int | None:
        """Whole seconds until the next event would be within the limit, None if it is now; counts nothing."""
        with self._mutex:
            count = self._counts.get(source)
            if count is None:
                return None
            self._turn(count)
            return self._wait(count) if self._recent(count) + 1 > self._limit else None

    def forget(self, source: Hashable) -> None:
        """Start from zero for this source."""
        with self._mutex:
            self._counts.pop(source, None)

    def _window(self) -> int:
        return int(self._clock() // self._seconds)

    def _part_gone(self) -> float:
        return self._clock() / self._seconds % 1.0

    def _turn(self, count: _Count) -> None:
        window = self._window()
        if window != count.window:
            count.previous = count.current if window == count.window + 1 else 0
            count.current, count.window = 0, window

    def _recent(self, count: _Count) -> float:
        return count.current + count.previous * (1.0 - self._part_gone())

    def _wait(self, count: _Count) -> int:
        """Until one more event fits in: in this window as the one before fades, or else in the next one."""
        room = self._limit - 1
        if count.current <= room and count.previous:
            until = 1.0 - (room - count.current) / count.previous
        else:
            until = 2.0 - room / max(count.current, 1)
        return max(1, math.ceil((until - self._part_gone()) * self._seconds))


def source_of(address: str | None) -> str:
    """What counts as one source: an IPv4 address, or the network of an IPv6 address, which one host has whole."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_SITE_BITS), strict=False))
    return str(parsed)
