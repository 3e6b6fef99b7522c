"""Statements wait for those of their own workspace only, and short ones not for long ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.query_slots import QuerySlots, Slot

#: Whatever has begun is a long one at once, or never.
AT_ONCE, NEVER = 0.0, 3600.0


def slots_of(limit: int, *, long_seconds: float = NEVER, wait_seconds: float = 0.0) -> QuerySlots:
    return QuerySlots(limit=limit, wait_seconds=wait_seconds, long_seconds=long_seconds)


def taken(slots: QuerySlots, workspace_id: str = "one") -> Slot:
    slot = Slot(slots, workspace_id)
    slot.take()
    return slot


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, threading.Event]:
    done = threading.Event()

    def run() -> None:
        work()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def worked_long(slots: QuerySlots, workspace_id: str = "one") -> Slot:
    """A session whose last statement was a long one."""
    slot = taken(slots, workspace_id)
    slot.cpu_began -= 60.0
    slot.give()
    return slot


def test_a_workspace_that_runs_nothing_never_waits() -> None:
    slots = slots_of(2)
    for _ in range(2):
        taken(slots, "heavy")
    taken(slots, "light")
    taken(slots, "another")


def test_more_statements_of_a_workspace_than_the_limit_are_refused_after_the_wait() -> None:
    slots = slots_of(2, wait_seconds=0.01)
    for _ in range(2):
        taken(slots, "heavy")
    with pytest.raises(SqlFault, match="too many statements") as raised:
        taken(slots, "heavy")
    assert raised.value.sqlstate == "53300"


def test_a_waiting_statement_goes_on_when_another_ends() -> None:
    slots = slots_of(1, wait_seconds=30)
    first = taken(slots)
    thread, done = in_thread(lambda: taken(slots))
    assert not done.wait(0.05)
    first.give()
    assert done.wait(10)
    thread.join()


def test_a_stopped_statement_does_not_wait_to_the_end() -> None:
    slots = slots_of(1, wait_seconds=30)
    taken(slots)
    Slot(slots, "one").take(is_stopped=lambda: True)


def test_a_statement_that_has_begun_goes_on_at_once() -> None:
    slots = slots_of(1)
    one, two = taken(slots, "one"), Slot(slots, "two")
    with one.aside():
        two.take()
    two.give()
    one.give()
    taken(slots, "two")


def test_short_statements_do_not_wait_for_long_ones() -> None:
    slots = slots_of(2, long_seconds=AT_ONCE)
    for _ in range(2):
        taken(slots)
    taken(slots)


def test_there_is_a_limit_to_the_statements_that_have_turned_out_to_be_long() -> None:
    slots = slots_of(2, long_seconds=AT_ONCE)
    for _ in range(4 * 2):
        taken(slots)
    with pytest.raises(SqlFault, match="too many statements run at once: 8"):
        taken(slots)


def test_a_waiting_statement_goes_on_when_another_has_turned_out_to_be_long() -> None:
    slots = slots_of(1, long_seconds=0.2, wait_seconds=30)
    taken(slots)
    thread, done = in_thread(lambda: taken(slots))
    assert done.wait(10)
    thread.join()


def test_a_session_whose_statements_were_long_waits_for_long_ones_and_others_pass_it() -> None:
    slots = slots_of(2, long_seconds=0.2, wait_seconds=30)
    first, second = (worked_long(slots) for _ in range(2))
    first.take()
    thread, done = in_thread(second.take)
    assert not done.wait(0.05)
    taken(slots).give()
    first.give()
    assert done.wait(10)
    thread.join()


def test_a_session_is_forgiven_after_some_short_statements() -> None:
    slots = slots_of(2, long_seconds=0.1)
    forgiven, other = worked_long(slots), worked_long(slots)
    for _ in range(4):
        forgiven.take()
        forgiven.give()
    other.take()
    forgiven.take()


def test_waiting_for_the_client_does_not_make_a_statement_long() -> None:
    slots = slots_of(1, long_seconds=0.2)
    slot = taken(slots)
    with slot.aside():
        threading.Event().wait(0.3)
    with pytest.raises(SqlFault):
        taken(slots)


def test_those_who_wait_go_on_in_the_order_of_their_coming() -> None:
    slots = slots_of(1, wait_seconds=30)
    first, order = taken(slots), []
    waiting = []
    for number in range(3):
        slot = Slot(slots, "one")

        def work(slot: Slot = slot, number: int = number) -> None:
            slot.take()
            order.append(number)
            slot.give()

        waiting.append(in_thread(work)[0])
        deadline = time.monotonic() + 10
        while len(slots._queues[0]) <= number and time.monotonic() < deadline:
            pass
    first.give()
    for thread in waiting:
        thread.join(10)
    assert order == [0, 1, 2]
