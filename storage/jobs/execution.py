"""The jobs that run in this process, and how to reach them from other threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kbstore.errors import KbstoreError
from storage.engine.monitor import Monitor

_changed = threading.Condition()
_running: dict[str, Execution] = {}


class Execution:
    """One job while this process runs it. `failure` is set before `finished` if the work raised."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.monitor = Monitor()
        self.finished = threading.Event()
        self.failure: Exception | None = None


def enter(job_id: str) -> Execution | None:
    """Note the job as running here; None if it already does. The caller has to `leave` in the end."""
    with _changed:
        if job_id in _running:
            return None
        _running[job_id] = execution = Execution(job_id)
        return execution


def leave(execution: Execution) -> None:
    execution.finished.set()
    with _changed:
        _running.pop(execution.job_id, None)
        _changed.notify_all()


def is_running_here(job_id: str) -> bool:
    with _changed:
        return job_id in _running


def cancel_here(job_id: str, reason: KbstoreError | None = None) -> bool:
    """Stop the job if it runs in this process."""
    with _changed:
        execution = _running.get(job_id)
    if execution is None:
        return False
    execution.monitor.cancel(reason)
    return True


def interrupt_all(reason: Callable[[], KbstoreError]) -> int:
    """Stop every job of this process; returns how many there were."""
    with _changed:
        executions = list(_running.values())
    for execution in executions:
        execution.monitor.cancel(reason())
    return len(executions)


def wait_until_idle(timeout_seconds: float) -> bool:
    """Whether no job runs here any more; waits for it."""
    with _changed:
        return _changed.wait_for(lambda: not _running, timeout_seconds)
