"""Doing again what failed."""

from __future__ import annotations

import pytest

from kbstore.access import Actor, Role
from kbstore.errors import Conflict, Forbidden
from storage.errors import JobNotFound
from storage.jobs.submit import submit
from storage.models import Event, Job
from storage.services.cancel_job import cancel_job
from storage.services.retry_job import JobNotFailed, retry_job
from tests.services.jobs.conftest import finished

ALICE = Actor(Role.PROJECT_ADMIN, "alice", project_id="p1")
CAROL = Actor(Role.PROJECT_ADMIN, "carol", project_id="p2")
VERA = Actor(Role.PROJECT_READ, "vera", project_id="p1")


@pytest.fixture
def failed(new_job) -> Job:
    with pytest.raises(Conflict):
        submit(new_job("test_refusal", why="bad", external_ids={"run_id": "r1"}), respond_async=False)
    return Job.objects.get()


def test_a_failed_job_is_done_again_with_what_it_was_asked_for(failed, workers):
    again = retry_job(job_id=failed.id, actor=ALICE)
    assert (again.state, again.type, again.requested_by) == ("waiting", "test_refusal", "alice")
    assert again.params == {"why": "bad"}
    assert finished(again).error["error"] == "bad_row"
    assert Job.objects.get(pk=failed.pk).state == "error"
    event = Event.objects.get(operation="retry_job")
    assert (event.resource_id, event.job_id, event.actor) == (again.id, failed.id, "alice")


def test_a_cancelled_job_is_done_again(new_job):
    job = submit(new_job("test_echo", n=1), respond_async=True)
    cancel_job(job_id=job.id, actor=ALICE)
    assert retry_job(job_id=job.id, actor=ALICE).params == {"n": 1}


def test_what_succeeded_or_still_runs_is_not_done_again(new_job):
    for is_async in (True, False):
        job = submit(new_job("test_echo"), respond_async=is_async)
        with pytest.raises(JobNotFailed):
            retry_job(job_id=job.id, actor=ALICE)


def test_it_is_for_those_who_manage_the_project(failed):
    with pytest.raises(JobNotFound):
        retry_job(job_id=failed.id, actor=CAROL)
    with pytest.raises(Forbidden):
        retry_job(job_id=failed.id, actor=VERA)
    assert Job.objects.count() == 1
