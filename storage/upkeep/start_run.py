"""Start long work on the installation: in a thread of its own, one of a kind at a time."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connections

from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError
from storage.jobs.progress import ring
from storage.upkeep import runs
from storage.upkeep.errors import RunCancelled, RunInProgress
from storage.upkeep.runs import Run

log = structlog.get_logger(__name__)

#: Between two writes of how far a run is.
_WRITE_SECONDS = 0.3

#: Gets what is done, what there is in all, and the name of the step; raises RunCancelled.
Progress = Callable[[int, int, str], None]
#: Does the work and returns what the run's page shows (JSON).
Work = Callable[[Progress], dict[str, Any]]


def start_run(kind: str, *, actor: Actor, arguments: dict[str, Any], work: Work) -> Run:
    """The new run. Raises Forbidden, and RunInProgress where one of this kind runs, in whichever process."""
    actor.require(Need.ADMIN)
    lock = _take_lock(kind)
    try:
        runs.forget_old(kind)
        run = runs.new_run(kind, requested_by=actor.label, arguments=arguments)
        runs.write_run(run)
        threading.Thread(target=_run_and_let_go, args=(run, work, lock), name=f"upkeep-{kind}", daemon=True).start()
    except BaseException:
        os.close(lock)
        raise
    return run


def _take_lock(kind: str) -> int:
    path = runs.lock_path(kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # A look at whether it is held is as short as this one; a run that just ended has let go.
        for _ in range(20):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.005)
            else:
                return descriptor
        raise RunInProgress(kind)
    except BaseException:
        os.close(descriptor)
        raise


def _run_and_let_go(run: Run, work: Work, lock: int) -> None:
    try:
        _run(run, work)
    finally:
        os.close(lock)
        connections.close_all()


def _run(run: Run, work: Work) -> None:
    try:
        run.result = work(_progress_of(run))
        run.state, run.progress = runs.SUCCESS, 1.0
    except RunCancelled as cancelled:
        run.state, run.error = runs.CANCELLED, cancelled.message
    except KbstoreError as error:
        run.state, run.error = runs.ERROR, error.message
    except Exception as error:  # noqa: BLE001 - a job runner: whatever it was, the run has to say how it ended
        log.error("work on the installation failed", kind=run.kind, exc_info=error)
        run.state, run.error = runs.ERROR, f"It failed ({type(error).__name__}); the log says more."
    run.step, run.finished_at = "", time.time()
    _tell(run)


def _tell(run: Run) -> None:
    runs.write_run(run)
    ring(job_id=run.id, project_id="")


def _progress_of(run: Run) -> Progress:
    written_at = 0.0

    def report(done: int, total: int, step: str) -> None:
        nonlocal written_at
        if runs.is_cancel_requested(run.id):
            raise RunCancelled
        run.progress, run.step = (done / total if total else 0.0), step
        if time.monotonic() - written_at >= _WRITE_SECONDS:
            written_at = time.monotonic()
            _tell(run)

    return report
