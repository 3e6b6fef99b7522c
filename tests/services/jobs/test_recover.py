"""What dead processes leave behind."""

from __future__ import annotations

import datetime
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from storage.jobs.identity import host_name, other_live_workers, this_worker, workers_dir
from storage.jobs.recover import recover_jobs
from storage.jobs.submit import submit
from storage.models import Job
from tests.services.jobs.conftest import finished

HOLDER = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)


@pytest.fixture
def dead_worker() -> str:
    """A process of this host whose lock nobody holds."""
    this_worker()
    worker = f"{host_name()}.1.dead"
    (workers_dir() / f"{worker}.lock").touch()
    return worker


@pytest.fixture
def live_worker():
    """A process of this host that holds its lock."""
    this_worker()
    worker = f"{host_name()}.2.live"
    path = workers_dir() / f"{worker}.lock"
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield worker, process
    process.kill()
    process.wait()
    Path(path).unlink()


def processing(new_job, worker: str, **fields) -> Job:
    job = new_job("test_echo")
    job.state, job.worker, job.heartbeat_at = "processing", worker, timezone.now()
    for name, value in fields.items():
        setattr(job, name, value)
    job.save(force_insert=True)
    return job


def state_and_code(job: Job) -> tuple[str, str | None]:
    row = Job.objects.get(pk=job.pk)
    return row.state, row.error and row.error["error"]


def test_a_job_of_a_dead_process_is_marked_as_lost(new_job, dead_worker):
    job = processing(new_job, dead_worker)
    assert recover_jobs().lost == 1
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.error["error"], row.error["retryable"]) == ("error", "worker_lost", True)
    assert row.finished_at is not None


def test_a_job_of_a_live_process_is_left_alone_however_silent_it_is(new_job, live_worker):
    worker, process = live_worker
    job = processing(new_job, worker, heartbeat_at=timezone.now() - datetime.timedelta(days=1))
    recover_jobs()
    assert state_and_code(job) == ("processing", None)
    assert worker in other_live_workers()
    process.kill()
    process.wait()
    recover_jobs()
    assert state_and_code(job) == ("error", "worker_lost")


def test_a_job_that_this_process_no_longer_runs_is_lost(new_job):
    job = processing(new_job, this_worker())
    recover_jobs()
    assert state_and_code(job) == ("error", "worker_lost")


@pytest.mark.parametrize(("silent_seconds", "state"), [(5, "processing"), (3600, "error")])
def test_silence_proves_the_death_of_another_hosts_process(new_job, silent_seconds, state):
    seen = timezone.now() - datetime.timedelta(seconds=silent_seconds)
    job = processing(new_job, "elsewhere.1.abc", heartbeat_at=seen)
    recover_jobs()
    assert Job.objects.get(pk=job.pk).state == state


def test_a_waiting_job_whose_queue_row_is_gone_is_queued_again(new_job, request):
    job = submit(new_job("test_echo", a=1), respond_async=True)
    DBTaskResult.objects.all().delete()
    assert recover_jobs().requeued == 1
    assert recover_jobs().requeued == 0
    request.getfixturevalue("workers")
    assert finished(job).result == {"a": 1}


def test_a_waiting_job_claimed_by_a_process_that_died_is_queued_again(new_job, dead_worker, request):
    job = submit(new_job("test_echo"), respond_async=True)
    DBTaskResult.objects.get().claim(dead_worker)
    assert recover_jobs().requeued == 1
    request.getfixturevalue("workers")
    assert finished(job).state == "success"


def test_a_look_at_a_lock_does_not_take_it(dead_worker):
    path = workers_dir() / f"{dead_worker}.lock"
    other_live_workers()
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
