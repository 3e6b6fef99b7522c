"""Cancel a job."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.errors import Conflict, OperationCancelled
from kbstore.operations import operation, record_success
from storage.jobs.errors import error_json
from storage.jobs.execution import cancel_here
from storage.jobs.progress import ring
from storage.models import Job, JobState
from storage.models.job import UNFINISHED
from storage.services.get_job import get_job


class JobFinished(Conflict):
    code = "job_finished"

    def __init__(self, job: Job) -> None:
        super().__init__(f"Job {job.id} has already finished.", details={"job_id": job.id, "state": str(job.state)})


def cancel_job(*, job_id: str, actor: Actor) -> Job:
    """Stop a job: a waiting one never runs, a running one is interrupted and changes nothing.

    The job as it is now; a running one ends a moment later. Raises JobNotFound, JobFinished.
    """
    job = get_job(job_id=job_id, actor=actor)
    return _cancel(actor=actor, project_id=job.project_id, branch_id=job.branch_id or "default", job_id=job.id)


@operation("cancel_job", resource_type="job", need=Need.WRITE)
def _cancel(*, actor: Actor, project_id: str, branch_id: str, job_id: str) -> Job:
    with transaction.atomic():
        if not (_cancel_waiting(job_id) or _ask_running(job_id)):
            raise JobFinished(Job.objects.get(pk=job_id))
        job = Job.objects.get(pk=job_id)
        record_success(job_id, job_id=job_id, type=job.type)
    cancel_here(job_id)
    ring(job_id=job_id, project_id=project_id)
    return job


def _cancel_waiting(job_id: str) -> int:
    now = timezone.now()
    waiting = Job.objects.filter(pk=job_id, state=JobState.WAITING)
    error = error_json(OperationCancelled())
    return waiting.update(state=JobState.CANCELLED, error=error, cancel_requested_at=now, finished_at=now)


def _ask_running(job_id: str) -> int:
    """The request stays in the row: the process that runs the job may be another one."""
    return Job.objects.filter(pk=job_id, state__in=UNFINISHED).update(cancel_requested_at=timezone.now())
