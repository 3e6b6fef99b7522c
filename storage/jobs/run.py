"""Runs one job from claim to final state."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import OperationalError
from django.utils import timezone

from kbstore.errors import KbstoreError, OperationCancelled
from storage.jobs.errors import InternalFault, error_json, known_error
from storage.jobs.execution import Execution, enter, leave
from storage.jobs.identity import this_worker
from storage.jobs.job_metrics import count_finished
from storage.jobs.progress import ring
from storage.jobs.registry import executor_of
from storage.jobs.requester import as_requester
from storage.jobs.watch import watched
from storage.models import Job, JobState

log = structlog.get_logger(__name__)

_FINISH_ATTEMPTS = 3


def run_waiting_job(job_id: str) -> None:
    """Run a job that waits. Does nothing if it does not wait any more, so running it twice is harmless."""
    execution = enter(job_id)
    if execution is None:
        return
    try:
        job = claim(job_id)
        if job is not None:
            run_claimed(job, execution)
    finally:
        leave(execution)


def claim(job_id: str) -> Job | None:
    """The job, now processing and owned by this process; None if somebody else was faster or it was cancelled."""
    now = timezone.now()
    claimed = Job.objects.filter(pk=job_id, state=JobState.WAITING).update(
        state=JobState.PROCESSING, worker=this_worker(), started_at=now, heartbeat_at=now
    )
    if not claimed:
        return None
    job = Job.objects.get(pk=job_id)
    ring(job_id=job.id, project_id=job.project_id)
    return job


def run_claimed(job: Job, execution: Execution) -> None:
    """Do the work of a job that this process owns and write its end; `execution.failure` tells what it raised."""
    with as_requester(job):
        outcome: dict[str, Any]
        try:
            with watched(job, execution):
                execution.monitor.check()
                result = executor_of(job.type)(job, execution.monitor)
                json.dumps(result)
            outcome = {"state": JobState.SUCCESS, "result": result, "progress": 1.0}
        except Exception as error:  # noqa: BLE001 - the job runner: whatever it was, the row has to say how it ended
            outcome = _failure(job, execution, error)
        _finish(job, execution, outcome)


def _failure(job: Job, execution: Execution, error: Exception) -> dict[str, Any]:
    known = known_error(error, execution.monitor)
    if isinstance(known, InternalFault):
        log.error("job failed", job_id=job.id, job_type=job.type, exc_info=error)
    execution.failure = error if isinstance(known, InternalFault) else known
    state = JobState.CANCELLED if isinstance(known, OperationCancelled) else JobState.ERROR
    return {"state": state, "error": error_json(known)}


def _finish(job: Job, execution: Execution, outcome: dict[str, Any]) -> None:
    now = timezone.now()
    counts = {"rows": execution.monitor.rows, "bytes": execution.monitor.bytes}
    fields = outcome | {name: value for name, value in counts.items() if value is not None}
    fields |= {"finished_at": now, "heartbeat_at": now}
    # Not only while it is processing: should others have given this process up, what really happened wins.
    mine = Job.objects.filter(pk=job.pk, worker=job.worker)
    if outcome["state"] != JobState.SUCCESS:
        # A change that was committed together with its job's success stays one, whatever failed afterwards.
        mine = mine.exclude(state=JobState.SUCCESS)
    written = _persistently(lambda: mine.update(**fields))
    for name, value in fields.items():
        setattr(job, name, value)
    if written:
        ring(job_id=job.id, project_id=job.project_id)
        count_finished(job)
    log.info("job finished", job_id=job.id, job_type=job.type, state=str(job.state), code=_code(execution.failure))


def _code(failure: Exception | None) -> str | None:
    return failure.code if isinstance(failure, KbstoreError) else failure and type(failure).__name__


def _persistently(write: Callable[[], int]) -> int:
    """The end of a job must reach its row although the catalog is busy."""
    for attempt in range(1, _FINISH_ATTEMPTS + 1):
        try:
            return write()
        except OperationalError:
            if attempt == _FINISH_ATTEMPTS:
                raise
            time.sleep(0.5 * attempt)
    raise AssertionError("unreachable")
