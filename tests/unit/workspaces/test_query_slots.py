"""Statements wait for those of their own workspace only."""

from __future__ import annotations

import threading

import pytest

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.query_slots import QuerySlots


def test_a_workspace_that_runs_nothing_never_waits() -> None:
    slots = QuerySlots(limit=2, wait_seconds=0)
    for _ in range(2):
        slots.take("heavy")
    slots.take("light")
    slots.take("another")


def test_more_statements_of_a_workspace_than_the_limit_are_refused_after_the_wait() -> None:
    slots = QuerySlots(limit=2, wait_seconds=0.01)
    for _ in range(2):
        slots.take("heavy")
    with pytest.raises(SqlFault, match="too many statements") as raised:
        slots.take("heavy")
    assert raised.value.sqlstate == "53300"


def test_a_waiting_statement_goes_on_when_another_ends() -> None:
    slots = QuerySlots(limit=1, wait_seconds=30)
    slots.take("one")
    done = threading.Event()

    def wait() -> None:
        slots.take("one")
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not done.wait(0.05)
    slots.give("one")
    assert done.wait(10)
    thread.join()


def test_a_stopped_statement_does_not_wait_to_the_end() -> None:
    slots = QuerySlots(limit=1, wait_seconds=30)
    slots.take("one")
    slots.take("one", is_stopped=lambda: True)


def test_a_statement_that_has_begun_goes_on_at_once() -> None:
    slots = QuerySlots(limit=1, wait_seconds=0)
    slots.take("one")
    slots.give("one")
    slots.take("two")
    slots.take_again("one")
    slots.give("two")
    slots.give("one")
    slots.take("two")
