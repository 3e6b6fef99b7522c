"""Do again what a job did not do."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.errors import Conflict
from kbstore.operations import operation, record_success
from storage.jobs.registry import executor_of
from storage.jobs.requester import EXTERNAL_IDS
from storage.jobs.submit import submit
from storage.models import Job, JobState
from storage.services.get_job import get_job

RETRIED_STATES = (JobState.ERROR, JobState.CANCELLED)


class JobNotFailed(Conflict):
    code = "job_not_failed"

    def __init__(self, job: Job) -> None:
        message = f"Job {job.id} neither failed nor was cancelled, so there is nothing to do again."
        super().__init__(message, details={"job_id": job.id, "state": str(job.state)})


def retry_job(*, job_id: str, actor: Actor) -> Job:
    """A new, waiting job that does the same in the name of who asks for it. The old one stays as it is.

    It works on what is there now: a file or table that has gone makes it fail as the first one would have.
    Raises JobNotFound, JobNotFailed, TooManyJobs, UnknownJobType.
    """
    job = get_job(job_id=job_id, actor=actor)
    return _retry(actor=actor, project_id=job.project_id, branch_id=job.branch_id or "default", job=job)


# The first request was held against the rights that its kind of work needs; any kind is within those of the project.
@operation("retry_job", resource_type="job", need=Need.MANAGE)
def _retry(*, actor: Actor, project_id: str, branch_id: str, job: Job) -> Job:
    if job.state not in RETRIED_STATES:
        raise JobNotFailed(job)
    executor_of(job.type)
    again = Job(
        project_id=project_id,
        branch_id=job.branch_id,
        type=job.type,
        bucket_name=job.bucket_name,
        table_name=job.table_name,
        params={name: value for name, value in job.params.items() if name != EXTERNAL_IDS},
        requested_by=actor.label,
    )
    with transaction.atomic():
        submit(again, respond_async=True)
        # The event is one of the old job; it names the new one.
        record_success(again.id, job_id=job.id, type=job.type)
    return again
