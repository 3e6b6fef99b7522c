"""The queue of waiting jobs: django-tasks rows that carry a job's id, and the bell that wakes idle threads."""

from __future__ import annotations

import threading

from django_tasks import task
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet

from storage.jobs.run import run_waiting_job

#: One permit for each job queued by this process that no thread has been woken for.
_permits = threading.Semaphore(0)


@task()
def run_queued_job(job_id: str) -> None:
    run_waiting_job(job_id)


def enqueue(job_id: str) -> None:
    """Add a queue row in the caller's transaction; call `wake` after its commit."""
    run_queued_job.enqueue(job_id)


def wake() -> None:
    """Let one idle thread of this process look into the queue now."""
    _permits.release()


def wait_for_wake(timeout_seconds: float) -> bool:
    return _permits.acquire(timeout=timeout_seconds)


def take_wake() -> None:
    """Use up the permit of a job that was found without waiting for it."""
    _permits.acquire(blocking=False)


def queue_rows() -> DBTaskResultQuerySet:
    """The rows of this queue, in any state."""
    return DBTaskResult.objects.filter(task_path=run_queued_job.module_path)


def job_id_of(row: DBTaskResult) -> str:
    return row.args_kwargs["args"][0]
