"""Puts right what dead processes left behind: jobs that nobody runs, queue rows that nobody will finish."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus

from storage.jobs.errors import WorkerLost, error_json
from storage.jobs.execution import is_running_here
from storage.jobs.identity import forget_dead_workers, is_locked, is_on_this_host, this_worker
from storage.jobs.progress import ring
from storage.jobs.queue import enqueue, job_id_of, queue_rows, wake
from storage.models import Job, JobState

log = structlog.get_logger(__name__)

QUEUE_ROWS_KEPT = datetime.timedelta(hours=1)
#: A process on another host is given up after this many heartbeats that did not come.
MISSED_HEARTBEATS = 12


@dataclass(frozen=True)
class Recovery:
    """What was found: jobs marked as lost, jobs queued again."""

    lost: int
    requeued: int


def recover_jobs() -> Recovery:
    """Mark jobs of dead processes as lost and queue waiting ones again whose queue row is gone.

    Leaves jobs of live processes alone, so any number of processes may call it at any time.
    """
    lost = sum(_mark_lost(job) for job in Job.objects.filter(state=JobState.PROCESSING) if not _has_live_worker(job))
    _drop_dead_queue_rows()
    requeued = _queue_again()
    forget_dead_workers()
    if lost or requeued:
        log.warning("jobs recovered", lost=lost, requeued=requeued)
    return Recovery(lost=lost, requeued=requeued)


def _has_live_worker(job: Job) -> bool:
    if job.worker == this_worker():
        return is_running_here(job.id)
    return not _is_dead(job.worker, last_seen=job.heartbeat_at)


def _is_dead(worker: str, *, last_seen: datetime.datetime | None) -> bool:
    """A lock that nobody holds proves a death on this host; of another host's process only silence does."""
    if is_locked(worker):
        return False
    limit = datetime.timedelta(seconds=max(30.0, settings.JOB_HEARTBEAT * MISSED_HEARTBEATS))
    return is_on_this_host(worker) or last_seen is None or timezone.now() - last_seen > limit


def _mark_lost(job: Job) -> bool:
    same = Job.objects.filter(pk=job.pk, state=JobState.PROCESSING, worker=job.worker)
    # Nothing was changed: a change is committed together with the success of its job.
    marked = same.update(state=JobState.ERROR, error=error_json(WorkerLost()), finished_at=timezone.now())
    if marked:
        ring(job_id=job.id, project_id=job.project_id)
    return bool(marked)


def _drop_dead_queue_rows() -> None:
    """Rows claimed by processes that died, and old finished ones."""
    for row in queue_rows().filter(status=TaskResultStatus.RUNNING):
        worker = row.worker_ids[-1] if row.worker_ids else ""
        if worker == this_worker() or not _is_dead(worker, last_seen=row.started_at):
            continue
        if not Job.objects.filter(pk=job_id_of(row), state=JobState.PROCESSING).exists():
            row.delete()
    queue_rows().finished().filter(finished_at__lt=timezone.now() - QUEUE_ROWS_KEPT).delete()


def _queue_again() -> int:
    waiting = list(Job.objects.filter(state=JobState.WAITING).order_by("created_at").values_list("pk", flat=True))
    if not waiting:
        return 0
    # Read after the jobs: a job whose row was finished in between does not wait any more, and its second row is void.
    open_rows = queue_rows().filter(status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING))
    queued = {job_id_of(row) for row in open_rows.only("args_kwargs")}
    missing = [job_id for job_id in waiting if job_id not in queued]
    for job_id in missing:
        with transaction.atomic():
            enqueue(job_id)
        wake()
    return len(missing)
