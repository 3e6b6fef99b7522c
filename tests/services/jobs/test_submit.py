"""Starting jobs: at once for who waits, through the queue for who does not."""

from __future__ import annotations

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from kbstore.errors import Conflict
from storage.jobs import workers as workers_module
from storage.jobs.submit import TooManyJobs, submit
from storage.models import Job
from tests.services.jobs.conftest import finished


def test_a_synchronous_job_is_finished_on_return_and_needs_no_queue(new_job):
    job = submit(new_job("test_echo", rows=5), respond_async=False)
    row = Job.objects.get(pk=job.pk)
    assert (job.state, row.state, row.result, row.progress) == ("success", "success", {"rows": 5}, 1.0)
    assert not DBTaskResult.objects.exists()


def test_a_synchronous_failure_raises_what_the_work_raised(new_job):
    job = new_job("test_refusal")
    with pytest.raises(Conflict, match="Row 3 is bad"):
        submit(job, respond_async=False)
    row = Job.objects.get(pk=job.pk)
    expected = {"error": "bad_row", "message": "Row 3 is bad.", "details": {"row": 3}, "status": 409}
    assert row.state == "error"
    assert row.error == expected | {"retryable": False}


def test_the_text_of_an_unexpected_fault_stays_out_of_the_row(new_job):
    job = new_job("test_fault")
    with pytest.raises(ValueError, match="must not leave"):
        submit(job, respond_async=False)
    row = Job.objects.get(pk=job.pk)
    assert (row.error["error"], row.error["status"]) == ("internal_server_error", 500)
    assert "must not leave" not in str(row.error)


def test_past_the_ceiling_the_caller_gets_the_job_that_goes_on(new_job, gate, settings):
    settings.SYNC_CEILING = 0.2
    job = submit(new_job("test_gated", gate=str(gate)), respond_async=False)
    assert job.state == "processing"
    gate.touch()
    assert finished(job).result == {"passed": True}


def test_a_synchronous_job_is_refused_inside_a_transaction(new_job):
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside of transactions"):
        submit(new_job("test_echo"), respond_async=False)


def test_an_asynchronous_job_waits_until_a_worker_runs_it(new_job, request):
    job = submit(new_job("test_echo", a=1), respond_async=True)
    assert Job.objects.get(pk=job.pk).state == "waiting"
    request.getfixturevalue("workers")
    assert finished(job).result == {"a": 1}


def test_an_idle_worker_is_woken_at_once(new_job, monkeypatch, request):
    monkeypatch.setattr(workers_module, "POLL_SECONDS", 3600.0)
    request.getfixturevalue("workers")
    for number in range(5):
        assert finished(submit(new_job("test_echo", number=number), respond_async=True)).result == {"number": number}


def test_a_rolled_back_request_leaves_no_job(new_job, workers):
    with transaction.atomic():
        submit(new_job("test_echo"), respond_async=True)
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_a_project_has_a_limited_number_of_unfinished_jobs(new_job, settings):
    settings.MAX_PROJECT_JOBS = 2
    for _ in range(2):
        submit(new_job("test_echo"), respond_async=True)
    with pytest.raises(TooManyJobs):
        submit(new_job("test_echo"), respond_async=True)
