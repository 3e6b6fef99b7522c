"""Look at one job."""

from __future__ import annotations

from kbstore.access import Actor, Need
from kbstore.errors import Forbidden
from storage.errors import JobNotFound
from storage.models import Job


def get_job(*, job_id: str, actor: Actor) -> Job:
    """The job if the caller may see it. Raises JobNotFound, the same for a job that exists elsewhere."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise JobNotFound(job_id)
    try:
        actor.require(Need.READ, project_id=job.project_id, branch_id=job.branch_id or "default")
    except Forbidden as error:
        raise JobNotFound(job_id) from error
    return job
