"""One scrape: refresh what is counted on demand, merge the processes, write the text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from prometheus_client import REGISTRY, CollectorRegistry, multiprocess
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kbstore.metrics.processes import dead_processes, shared_directory
from kbstore.metrics.text_format import CONTENT_TYPE, text_of

#: A refresh that takes longer than this serves the scrapes of some time, twenty times as long as it took.
CHEAP_SECONDS = 0.01
_SHARE = 20

_refreshers: list[Callable[[], None]] = []
_mutex = threading.Lock()
_fresh_until = float("-inf")


def register_refresher(refresh: Callable[[], None]) -> None:
    """Call `refresh` before a scrape: it sets gauges, takes a few milliseconds and raises nothing."""
    if refresh not in _refreshers:
        _refreshers.append(refresh)


def scrape(accept: str) -> tuple[bytes, str]:
    """All families as text and its content type: OpenMetrics if `accept` names it, else Prometheus' own format."""
    _refresh()
    if "application/openmetrics-text" in accept:
        encode, content_type = choose_encoder(accept)
        return encode(_registry()), content_type
    return text_of(_registry()), CONTENT_TYPE


def families() -> list[Metric]:
    """What a scrape would write now, by name."""
    _refresh()
    return sorted(_registry().collect(), key=lambda family: family.name)


def _refresh() -> None:
    global _fresh_until
    with _mutex:
        started = time.monotonic()
        if started < _fresh_until:
            return
        for refresh in _refreshers:
            refresh()
        ended = time.monotonic()
        took = ended - started
        _fresh_until = ended + (took * _SHARE if took > CHEAP_SECONDS else 0.0)


def _registry() -> CollectorRegistry:
    if shared_directory() is None:
        return REGISTRY
    for process in dead_processes():
        multiprocess.mark_process_dead(process)
    registry = CollectorRegistry()
    registry.register(_AllProcesses())
    return registry


class _AllProcesses(Collector):
    """What all processes counted, then the families that none of them has a number for yet."""

    def collect(self) -> Iterator[Metric]:
        shared = {family.name: family for family in multiprocess.MultiProcessCollector(None).collect()}
        for family in REGISTRY.collect():
            yield shared.pop(family.name, family)
        yield from shared.values()
