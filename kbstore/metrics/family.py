"""How a family of metrics is made, so that it means the same with one process and with several."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from kbstore.metrics.processes import prepare_directory

# Series carry what the contract lists and nothing else.
disable_created_metrics()
prepare_directory()


def counter(name: str, documentation: str, *labels: str) -> Counter:
    return Counter(name, documentation, labels)


def histogram(name: str, documentation: str, *labels: str, buckets: Sequence[float]) -> Histogram:
    """`buckets` in seconds, without the last one."""
    return Histogram(name, documentation, labels, buckets=buckets)


def gauge(name: str, documentation: str, *labels: str) -> Gauge:
    """What is going on now: summed over the processes that live."""
    return Gauge(name, documentation, labels, multiprocess_mode="livesum")


def catalog_gauge(name: str, documentation: str, *labels: str) -> Gauge:
    """What the catalog says, whichever process asked it last."""
    return Gauge(name, documentation, labels, multiprocess_mode="mostrecent")
