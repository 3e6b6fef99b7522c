"""A project, jobs of test types, and worker threads that are gone after the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.jobs import execution
from storage.jobs.errors import InterruptedByShutdown
from storage.jobs.workers import WorkerPool, drain
from storage.models import Job, Project
from tests.jobs_app import types  # noqa: F401 - importing registers the types

DEADLINE_SECONDS = 30.0


@pytest.fixture
def project(transactional_db: None) -> Iterator[Project]:
    yield Project.objects.create(id="p1")
    execution.interrupt_all(InterruptedByShutdown)
    assert execution.wait_until_idle(DEADLINE_SECONDS)


@pytest.fixture
def new_job(project: Project) -> Callable[..., Job]:
    """An unsaved job; keyword arguments become its parameters."""

    def make(job_type: str, **params: Any) -> Job:
        return Job(project_id=project.id, type=job_type, params=params, requested_by="alice", request_id="r-1")

    return make


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Jobs of type test_gated wait for this file."""
    return tmp_path / "gate"


@pytest.fixture
def workers(project: Project) -> Iterator[WorkerPool]:
    pool = WorkerPool(threads=2, on_death=lambda: None)
    pool.start()
    yield pool
    assert drain(pool, grace_seconds=0.1)


def wait_for(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """The first true value of `condition`."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"Timed out waiting for {what}")


def finished(job: Job) -> Job:
    """The job's row when it has reached its end."""
    return wait_for(lambda: (row := Job.objects.get(pk=job.pk)).is_finished and row, f"the end of {job}")


def in_state(job: Job, state: str) -> Job:
    return wait_for(lambda: (row := Job.objects.get(pk=job.pk)).state == state and row, f"{job} to be {state}")
