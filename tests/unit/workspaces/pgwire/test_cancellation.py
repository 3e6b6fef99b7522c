"""A cancel reaches the statement it was meant for, from whoever has the key, and no other."""

from __future__ import annotations

import threading

from workspaces.pgwire.cancellation import CancelReason, CancelRegistry, StatementGuard


def test_the_right_key_cancels_what_runs() -> None:
    registry, interrupted = CancelRegistry(), []
    key = registry.register()
    with key.guard.running(lambda: interrupted.append(1)) as statement:
        assert registry.cancel(process_id=key.process_id, secret=key.secret)
    assert interrupted == [1]
    assert statement.cancelled_by is CancelReason.USER_REQUEST


def test_another_key_cancels_nothing() -> None:
    registry = CancelRegistry()
    key, other = registry.register(), registry.register()
    with key.guard.running(lambda: None) as statement:
        assert not registry.cancel(process_id=key.process_id, secret=other.secret)
        assert not registry.cancel(process_id=other.process_id, secret=other.secret)
        assert not registry.cancel(process_id=key.process_id, secret=key.secret + b"\0")
        assert not registry.cancel(process_id=0, secret=b"\0\0\0\0")
    assert statement.cancelled_by is None


def test_a_late_cancel_misses_the_next_statement() -> None:
    guard, interrupted = StatementGuard(), []
    with guard.running(lambda: interrupted.append("first")):
        pass
    assert not guard.cancel(CancelReason.USER_REQUEST)
    with guard.running(lambda: interrupted.append("second")) as statement:
        assert statement.cancelled_by is None
    assert interrupted == []


def test_the_first_reason_stays() -> None:
    guard = StatementGuard()
    with guard.running(lambda: None) as statement:
        guard.cancel(CancelReason.TIMEOUT)
        guard.cancel(CancelReason.USER_REQUEST)
    assert statement.cancelled_by is CancelReason.TIMEOUT


def test_no_interrupt_comes_after_the_statement_is_over() -> None:
    guard, over, late, stop = StatementGuard(), threading.Event(), [], threading.Event()

    def cancel_all_the_time() -> None:
        while not stop.is_set():
            guard.cancel(CancelReason.USER_REQUEST)

    canceller = threading.Thread(target=cancel_all_the_time)
    canceller.start()
    for _ in range(300):
        over.clear()
        with guard.running(lambda: late.append(1) if over.is_set() else None):
            pass
        over.set()
    stop.set()
    canceller.join()
    assert late == []


def test_keys_are_long_for_clients_that_know_them_and_gone_after_release() -> None:
    registry = CancelRegistry()
    short, long = registry.register(), registry.register(has_long_key=True)
    assert (len(short.secret), len(long.secret)) == (4, 32)
    assert 0 < short.process_id < 2**31
    registry.release(short)
    with short.guard.running(lambda: None):
        assert not registry.cancel(process_id=short.process_id, secret=short.secret)
