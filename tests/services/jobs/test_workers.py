"""Worker threads: stopping, draining, dying."""

from __future__ import annotations

import threading

from storage.jobs.submit import submit
from storage.jobs.workers import ThreadWorker, WorkerPool, drain
from storage.models import Job
from tests.services.jobs.conftest import finished, in_state


def test_a_drain_lets_running_jobs_finish_and_takes_no_other(new_job, gate, project):
    pool = WorkerPool(threads=1, on_death=lambda: None)
    pool.start()
    running = submit(new_job("test_gated", gate=str(gate)), respond_async=True)
    in_state(running, "processing")
    waiting = submit(new_job("test_echo"), respond_async=True)
    threading.Timer(0.3, gate.touch).start()
    assert drain(pool, grace_seconds=30)
    assert finished(running).state == "success"
    assert Job.objects.get(pk=waiting.pk).state == "waiting"


def test_a_drain_interrupts_what_outlasts_the_grace(new_job, project):
    pool = WorkerPool(threads=1, on_death=lambda: None)
    pool.start()
    job = submit(new_job("test_query"), respond_async=True)
    in_state(job, "processing")
    assert drain(pool, grace_seconds=0.2)
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.error["error"], row.error["retryable"]) == ("error", "interrupted_by_shutdown", True)


def test_the_death_of_a_worker_thread_is_reported(project, monkeypatch):
    died = threading.Event()

    def break_down(_self: ThreadWorker) -> None:
        raise MemoryError

    monkeypatch.setattr(ThreadWorker, "_work_or_wait", break_down)
    pool = WorkerPool(threads=1, on_death=died.set)
    pool.start()
    assert died.wait(10)
    assert drain(pool, grace_seconds=0)
