"""List the jobs of a project."""

from __future__ import annotations

from django.db.models import QuerySet

from kbstore.access import Actor, Need, Role
from kbstore.errors import Forbidden
from storage import catalog
from storage.models import Job


def list_jobs(
    *, actor: Actor, project_id: str, state: str | None, job_type: str | None, limit: int, offset: int
) -> tuple[list[Job], int]:
    """One page of the jobs that the caller may see, newest first, and how many there are in all."""
    jobs = visible_jobs(actor=actor, project_id=project_id)
    catalog.find_project(project_id)
    if state:
        jobs = jobs.filter(state=state)
    if job_type:
        jobs = jobs.filter(type=job_type)
    return list(jobs[offset : offset + limit]), jobs.count()


def visible_jobs(*, actor: Actor, project_id: str) -> QuerySet[Job]:
    """Jobs of the project; a branch key sees those of its branch. Raises Forbidden for keys of other projects."""
    actor.require(Need.PROJECT_READ, project_id=project_id)
    jobs = Job.objects.filter(project_id=project_id)
    if actor.role is Role.PROJECT_READ:
        return jobs
    try:
        actor.require(Need.MANAGE, project_id=project_id)
    except Forbidden:
        return jobs.filter(branch_id=actor.branch_id) if actor.branch_id else jobs.none()
    return jobs
