"""Starts jobs: at once in this process for a caller who waits, through the queue for one who does not."""

from __future__ import annotations

import threading

from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from kbstore.errors import TooManyRequests
from kbstore.patience import patience
from storage import catalog
from storage.jobs.execution import Execution, enter, leave
from storage.jobs.following import JobQueued, is_detached, tell_follower
from storage.jobs.identity import this_worker
from storage.jobs.progress import ring
from storage.jobs.queue import enqueue, wake
from storage.jobs.requester import note_requester
from storage.jobs.run import run_claimed
from storage.models import Job, JobState
from storage.models.job import UNFINISHED
from storage.names import DEFAULT_BRANCH


class TooManyJobs(TooManyRequests):
    code = "too_many_jobs"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The project has {limit} unfinished jobs already. Try again when some have finished.",
            details={"max_project_jobs": limit},
        )


def submit(job: Job, *, respond_async: bool) -> Job:
    """Save a new job and run it.

    Asynchronous: it is queued in the caller's transaction and returned waiting. Synchronous: it runs in this process;
    the finished job is returned, or what it raised is raised, or, past `SYNC_CEILING`, the job that goes on processing.
    For a caller with `patience` there is no ceiling: the job is cancelled when the caller gives up. For one that is
    detached it is queued, and JobQueued raised.
    """
    _require_room(job)
    note_requester(job)
    try:
        if respond_async:
            return _queue(job)
        if is_detached():
            raise JobQueued(_queue(job))
        return _run_here(job)
    except IntegrityError:
        # Raises what has gone since the caller looked; anything else is told as it is.
        catalog.find_project(job.project_id)
        catalog.find_branch(job.project_id, job.branch_id or DEFAULT_BRANCH)
        raise


def _require_room(job: Job) -> None:
    limit = settings.MAX_PROJECT_JOBS
    if Job.objects.filter(project_id=job.project_id, state__in=UNFINISHED)[:limit].count() >= limit:
        raise TooManyJobs(limit)


def _queue(job: Job) -> Job:
    with transaction.atomic():
        job.save(force_insert=True)
        enqueue(job.id)
        transaction.on_commit(lambda: _announce(job))
    return job


def _announce(job: Job) -> None:
    wake()
    ring(job_id=job.id, project_id=job.project_id)


def _run_here(job: Job) -> Job:
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("A synchronous job starts outside of transactions: its thread could not see its row.")
    execution = enter(job.id)
    if execution is None:
        raise RuntimeError(f"Job {job.id} runs already")
    try:
        job.state, job.worker = JobState.PROCESSING, this_worker()
        job.started_at = job.heartbeat_at = timezone.now()
        job.save(force_insert=True)
        tell_follower(job, execution.monitor)
        # A thread of its own, so that the caller can go at the ceiling while the work goes on.
        threading.Thread(target=_run_and_leave, args=(job, execution), name=f"job-{job.id}", daemon=True).start()
    except BaseException:
        leave(execution)
        raise
    return _outcome(job, execution)


def _run_and_leave(job: Job, execution: Execution) -> None:
    try:
        ring(job_id=job.id, project_id=job.project_id)
        run_claimed(job, execution)
    finally:
        leave(execution)
        connections.close_all()


def _outcome(job: Job, execution: Execution) -> Job:
    if not _wait(execution):
        return Job.objects.get(pk=job.pk)
    if execution.failure is not None:
        raise execution.failure
    return job


def _wait(execution: Execution) -> bool:
    """Whether the job has ended: a caller who can give up waits for its end, whatever that is."""
    caller = patience()
    if caller is None:
        return execution.finished.wait(settings.SYNC_CEILING)
    with caller.stopping(execution.monitor.cancel):
        return execution.finished.wait()
