"""One holder per key among all threads and processes; a dead holder holds nothing."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from kbstore.errors import Locked, OperationCancelled
from storage.engine.config import EngineConfig
from storage.engine.layout import Layout
from storage.engine.locks import LockTable
from storage.engine.monitor import Monitor

HOLD_FOR_EVER = """
with backend.write_lock("table"):
    print("held", flush=True)
    sys.stdin.read()
"""
COUNT_UP = """
counter = data / "counter"
for _ in range(25):
    with backend.write_lock("table"):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


@pytest.fixture
def locks(config: EngineConfig, layout: Layout) -> LockTable:
    return LockTable(config)


def test_a_held_key_is_refused_after_the_wait(locks: LockTable) -> None:
    with locks.hold("table"):
        begin = time.monotonic()
        with pytest.raises(Locked) as raised, locks.hold("table", 0.1):
            pytest.fail("two holders")
        assert 0.1 <= time.monotonic() - begin < 5
    assert (raised.value.code, raised.value.http_status, raised.value.retryable) == ("table_locked", 423, True)


def test_other_keys_are_free(locks: LockTable) -> None:
    with locks.hold("one"), locks.hold("two", 0), locks.hold("../three", 0):
        assert locks.held_count == 3
    assert (locks.held_count, locks.waiting_count) == (0, 0)


def test_a_lock_is_free_after_an_error_inside(locks: LockTable) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold("table"):
        _ = 1 / 0
    with locks.hold("table", 0):
        pass


def test_a_wait_that_ends_in_refusal_leaves_no_trace(locks: LockTable) -> None:
    with locks.hold("table"):
        for _ in range(3):
            with pytest.raises(Locked), locks.hold("table", 0):
                pass
        assert locks.waiting_count == 0
    with locks.hold("table", 0):
        pass


def test_waiting_threads_get_their_turn_in_order_and_soon(locks: LockTable) -> None:
    served: list[int] = []
    waits: list[float] = []
    released = 0.0

    def wait_for(number: int) -> None:
        nonlocal released
        with locks.hold("table"):
            waits.append(time.monotonic() - released)
            served.append(number)
            released = time.monotonic()

    threads = [threading.Thread(target=wait_for, args=(number,)) for number in range(8)]
    with locks.hold("table"):
        for number, thread in enumerate(threads):
            thread.start()
            deadline = time.monotonic() + 10
            while locks.waiting_count <= number and time.monotonic() < deadline:
                threading.Event().wait(0.001)
        released = time.monotonic()
    for thread in threads:
        thread.join(10)
    assert served == list(range(8))
    assert sorted(waits)[len(waits) // 2] < 0.05


def test_two_tables_of_locks_on_one_directory_exclude_each_other(config: EngineConfig, locks: LockTable) -> None:
    with locks.hold("table"), pytest.raises(Locked), LockTable(config).hold("table", 0.05):
        pytest.fail("two holders")


def test_a_killed_process_frees_its_lock(locks: LockTable, start_python: Callable[..., subprocess.Popen[str]]) -> None:
    holder = start_python(HOLD_FOR_EVER)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Locked), locks.hold("table", 0.05):
        pytest.fail("two holders")
    holder.kill()
    with locks.hold("table", 5):
        assert locks.held_count == 1


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_a_cancelled_wait_ends_at_once_and_leaves_no_trace(
    config: EngineConfig, locks: LockTable, is_elsewhere: bool
) -> None:
    monitor = Monitor()
    with (LockTable(config) if is_elsewhere else locks).hold("table"):
        threading.Timer(0.05, monitor.cancel).start()
        begin = time.monotonic()
        with pytest.raises(OperationCancelled), locks.hold("table", 10, monitor):
            pytest.fail("two holders")
        assert time.monotonic() - begin < 2
        assert locks.waiting_count == 0
    with locks.hold("table", 0, Monitor()):
        pass


def test_processes_and_threads_never_overlap(
    locks: LockTable, config: EngineConfig, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    counter = config.locks_dir.parent / "counter"
    counter.write_text("0")
    others = [start_python(COUNT_UP) for _ in range(2)]

    def count_up() -> None:
        for _ in range(25):
            with locks.hold("table"):
                counter.write_text(str(int(counter.read_text()) + 1))

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [other.wait(30) for other in others] == [0, 0]
    assert counter.read_text() == "100"
