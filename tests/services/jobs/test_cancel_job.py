"""Cancelling, and who may see what."""

from __future__ import annotations

import pytest

from kbstore.access import SYSTEM, Actor, Role
from kbstore.errors import Forbidden
from storage.errors import JobNotFound
from storage.jobs.submit import submit
from storage.models import Branch, Event, Job, Project
from storage.services.cancel_job import JobFinished, cancel_job
from storage.services.describe_job import describe_job
from storage.services.get_job import get_job
from storage.services.list_jobs import list_jobs
from tests.services.jobs.conftest import finished, in_state

ALICE = Actor(Role.PROJECT_ADMIN, "alice", project_id="p1")
CAROL = Actor(Role.PROJECT_ADMIN, "carol", project_id="p2")
BOB = Actor(Role.BRANCH_READ, "bob", project_id="p1", branch_id="b1")


def test_a_waiting_job_that_was_cancelled_never_runs(new_job, gate, tmp_path, request):
    log = tmp_path / "runs"
    job = submit(new_job("test_gated", gate=str(gate), log=str(log)), respond_async=True)
    assert cancel_job(job_id=job.id, actor=ALICE).state == "cancelled"
    request.getfixturevalue("workers")
    assert finished(submit(new_job("test_echo"), respond_async=True)).state == "success"
    assert Job.objects.get(pk=job.pk).state == "cancelled"
    assert not log.exists()


def test_a_running_query_is_interrupted(new_job, workers):
    job = submit(new_job("test_query"), respond_async=True)
    in_state(job, "processing")
    assert cancel_job(job_id=job.id, actor=ALICE).cancel_requested_at is not None
    assert finished(job).state == "cancelled"
    assert Event.objects.get(operation="cancel_job").resource_id == job.id


def test_a_finished_job_cannot_be_cancelled(new_job):
    job = submit(new_job("test_echo"), respond_async=False)
    with pytest.raises(JobFinished):
        cancel_job(job_id=job.id, actor=ALICE)


def test_strangers_do_not_learn_that_a_job_exists(new_job):
    job = submit(new_job("test_echo"), respond_async=False)
    for job_id in (job.id, "no-such-job"):
        with pytest.raises(JobNotFound):
            get_job(job_id=job_id, actor=CAROL)
    assert get_job(job_id=job.id, actor=SYSTEM) == job


def test_a_branch_key_sees_the_jobs_of_its_branch_only_and_cancels_none(new_job, project):
    Branch.objects.create(id="b1", project=project, name="b1")
    hers, his = new_job("test_echo"), new_job("test_echo")
    his.branch_id = "b1"
    for job in (hers, his):
        submit(job, respond_async=True)
    jobs, total = list_jobs(actor=BOB, project_id="p1", state=None, job_type=None, limit=10, offset=0)
    assert ([job.id for job in jobs], total) == ([his.id], 1)
    with pytest.raises(JobNotFound):
        get_job(job_id=hers.id, actor=BOB)
    with pytest.raises(Forbidden):
        cancel_job(job_id=his.id, actor=BOB)


def test_a_list_is_filtered_and_paged(new_job):
    for _ in range(3):
        submit(new_job("test_echo"), respond_async=False)
    submit(new_job("test_gated"), respond_async=True)
    Project.objects.create(id="p2")

    def page(actor=ALICE, **options):
        options = {"state": None, "job_type": None, "limit": 10, "offset": 0} | options
        return list_jobs(actor=actor, project_id=actor.project_id, **options)

    assert page()[1] == 4
    assert [len(page(limit=2, offset=2)[0]), page(limit=2)[1]] == [2, 4]
    assert [job.type for job in page(state="waiting")[0]] == ["test_gated"]
    assert page(job_type="test_echo")[1] == 3
    assert page(CAROL) == ([], 0)


def test_secrets_in_parameters_are_not_shown(new_job):
    job = new_job("test_echo", url="s3://x", secret_access_key="hush", nested=[{"password": "hush", "n": 1}])
    assert "hush" not in str(describe_job(job))
    assert describe_job(job)["params"]["nested"] == [{"password": "***", "n": 1}]
