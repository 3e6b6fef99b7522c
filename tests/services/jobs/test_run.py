"""From claim to final state."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from storage.jobs.run import run_waiting_job
from storage.jobs.submit import submit
from storage.models import Event, Job
from tests.services.jobs.conftest import finished, in_state, wait_for


def test_running_a_job_twice_does_the_work_once(new_job, gate, tmp_path):
    gate.touch()
    log = tmp_path / "runs"
    job = submit(new_job("test_gated", gate=str(gate), log=str(log)), respond_async=True)
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        run_waiting_job(job.id)
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(run) for _ in range(4)]:
            future.result()
    run_waiting_job(job.id)
    assert log.read_text().split() == [job.id]
    assert finished(job).state == "success"


def test_a_cancel_request_in_the_row_stops_a_job_of_this_process(new_job, workers):
    job = submit(new_job("test_query"), respond_async=True)
    in_state(job, "processing")
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    row = finished(job)
    assert (row.state, row.error["error"]) == ("cancelled", "cancelled")


def test_a_job_that_takes_too_long_is_stopped(new_job, workers, settings):
    settings.OPERATION_TIMEOUT = 0.5
    row = finished(submit(new_job("test_query"), respond_async=True))
    assert (row.state, row.error["error"], row.error["status"]) == ("error", "operation_timeout", 504)


def test_a_job_whose_project_goes_away_is_stopped(new_job, workers, project):
    from storage.jobs import execution

    job = submit(new_job("test_query"), respond_async=True)
    in_state(job, "processing")
    project.delete()
    assert wait_for(lambda: not execution.is_running_here(job.id))


def test_progress_rows_and_heartbeat_are_written_while_it_runs(new_job, gate, workers, settings):
    settings.JOB_HEARTBEAT = 0.3
    job = submit(new_job("test_gated", gate=str(gate)), respond_async=True)
    row = wait_for(lambda: (row := Job.objects.get(pk=job.pk)).progress == 0.5 and row)
    assert (row.rows, row.state) == (7, "processing")
    first_beat = row.heartbeat_at
    wait_for(lambda: Job.objects.get(pk=job.pk).heartbeat_at > first_beat, "a heartbeat")
    gate.touch()
    assert finished(job).progress == 1.0


def test_the_audit_event_names_the_requester(new_job, workers):
    job = submit(new_job("test_audited"), respond_async=True)
    finished(job)
    event = Event.objects.get(operation="touch")
    assert (event.actor, event.request_id, event.job_id) == ("alice", "r-1", job.id)


def test_a_type_that_nobody_registered_is_an_error(new_job, workers):
    row = finished(submit(new_job("test_unheard_of"), respond_async=True))
    assert (row.state, row.error["error"]) == ("error", "unknown_job_type")


def test_a_success_that_was_committed_with_its_change_stays_one(new_job, workers):
    job = submit(new_job("test_late_fault"), respond_async=True)
    wait_for(lambda: DBTaskResult.objects.get().finished_at)
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.result, row.error) == ("success", {"done": True}, None)
