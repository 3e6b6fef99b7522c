"""The sliding window: how much fits in, when it is over, what it forgets."""

from __future__ import annotations

import threading

import pytest

from kbstore.throttle import SlidingWindow, source_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def window(clock: Clock, limit: int = 3, max_sources: int = 10) -> SlidingWindow:
    return SlidingWindow(limit=limit, seconds=10.0, max_sources=max_sources, clock=clock)


def test_the_limit_fits_in_and_one_more_does_not(clock: Clock) -> None:
    failures = window(clock)
    assert [failures.record("a") for _ in range(3)] == [None, None, None]
    assert failures.wait_seconds("a") is not None
    assert failures.record("a") is not None
    assert failures.record("b") is None


@pytest.mark.parametrize("events", [3, 4, 9])
@pytest.mark.parametrize("start", [1000.0, 1004.0, 1009.9])
def test_after_the_time_it_names_one_more_fits_in(clock: Clock, events: int, start: float) -> None:
    clock.now = start
    failures = window(clock)
    for _ in range(events):
        failures.record("a")
    wait = failures.wait_seconds("a")
    assert wait is not None
    assert wait <= 20
    clock.now += wait
    assert failures.wait_seconds("a") is None
    assert failures.record("a") is None


def test_a_burst_over_the_end_of_a_window_counts_as_one(clock: Clock) -> None:
    failures = window(clock)
    clock.now = 1009.9
    failures.record("a")
    failures.record("a")
    clock.now = 1010.1
    failures.record("a")
    assert failures.record("a") is not None


def test_looking_counts_nothing(clock: Clock) -> None:
    failures = window(clock, limit=1)
    assert [failures.wait_seconds("a") for _ in range(3)] == [None, None, None]
    assert failures.record("a") is None


def test_a_quiet_source_starts_from_zero(clock: Clock) -> None:
    failures = window(clock, limit=1)
    failures.record("a")
    clock.now += 20.0
    assert failures.record("a") is None
    failures.forget("a")
    assert failures.record("a") is None


def test_memory_is_bounded_and_the_loud_are_kept(clock: Clock) -> None:
    failures = window(clock, limit=1, max_sources=10)
    failures.record("loud")
    for number in range(100):
        failures.record(number)
        failures.record("loud")
    assert failures.wait_seconds("loud") is not None
    assert failures.wait_seconds(0) is None


def test_threads_lose_no_count(clock: Clock) -> None:
    failures = window(clock, limit=4000)
    threads = [threading.Thread(target=lambda: [failures.record("a") for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures.record("a") is not None


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:/socket", "unix:/socket"),
        (None, ""),
    ],
)
def test_a_source_is_an_address_or_an_ipv6_network(address: str | None, source: str) -> None:
    assert source_of(address) == source
