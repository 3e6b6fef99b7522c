"""What the sockets read from the catalog, on a few threads of their own that keep their connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync
from django.db import connections
from django.db.models import QuerySet

from kbstore.access import SYSTEM, Actor
from kbstore.errors import Forbidden
from storage.errors import JobNotFound
from storage.live.authentication import FORBIDDEN, NOT_FOUND, SocketRefused
from storage.models import Job, Project
from storage.models.job import UNFINISHED
from storage.services.describe_job import describe_job
from storage.services.get_job import get_job
from storage.services.list_jobs import visible_jobs

P = ParamSpec("P")
R = TypeVar("R")

#: The event loop never waits for the catalog, and requests never wait for sockets.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
RECENT_JOBS = 20
UNFINISHED_JOBS = 500


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking read off the event loop."""
    return await SyncToAsync(_healthy(function), thread_sensitive=False, executor=_threads)(*args, **kwargs)


def _healthy(function: Callable[P, R]) -> Callable[P, R]:
    """Keeps the thread's connection from one read to the next, unless the read failed."""

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except BaseException:
            connections.close_all()
            raise

    return call


@dataclass(frozen=True, slots=True)
class SeenJob:
    """A job object as text."""

    id: str
    text: str
    is_final: bool


def check_job(actor: Actor, job_id: str) -> Job:
    """The job, if the actor may see it. Raises SocketRefused."""
    try:
        return get_job(job_id=job_id, actor=actor)
    except JobNotFound as error:
        raise SocketRefused(NOT_FOUND, "There is no such job.") from error


def read_job(job_id: str) -> SeenJob:
    """For sockets that have been checked. Raises SocketRefused when the job has gone."""
    return _seen(check_job(SYSTEM, job_id))


def check_project(actor: Actor, project_id: str) -> QuerySet[Job]:
    """The jobs that the actor may see there. Raises SocketRefused."""
    try:
        jobs = visible_jobs(actor=actor, project_id=project_id)
    except Forbidden as error:
        raise SocketRefused(FORBIDDEN, "Access denied to this project.") from error
    if not Project.objects.filter(pk=project_id).exists():
        raise SocketRefused(NOT_FOUND, "There is no such project.")
    return jobs


def read_project(actor: Actor, project_id: str, known: frozenset[str]) -> list[SeenJob]:
    """Oldest first: all unfinished jobs, the newest ones and the `known` ones. Raises SocketRefused."""
    jobs = check_project(actor, project_id)
    found: dict[str, Job] = {job.id: job for job in jobs[:RECENT_JOBS]}
    found |= {job.id: job for job in jobs.filter(state__in=UNFINISHED)[:UNFINISHED_JOBS]}
    found |= {job.id: job for job in jobs.filter(pk__in=known - set(found))}
    return [_seen(job) for job in sorted(found.values(), key=lambda job: (job.created_at, job.id))]


def _seen(job: Job) -> SeenJob:
    return SeenJob(job.id, as_text(job), job.is_finished)


def as_text(job: Job) -> str:
    described: dict[str, Any] = describe_job(job)
    return json.dumps(described, ensure_ascii=False, separators=(",", ":"))
