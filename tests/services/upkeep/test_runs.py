"""Runs of work on the installation: one of a kind at a time, seen by every process, stopped when asked to."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbstore.access import Actor, Role
from kbstore.errors import Forbidden, InvalidRequest
from storage.upkeep import runs
from storage.upkeep.errors import RunInProgress, RunNotFound
from storage.upkeep.runs import Run
from storage.upkeep.start_run import Progress, Work, start_run

ADMIN = Actor(Role.ADMIN, "tests")
KIND = "doctor"


@pytest.fixture(autouse=True)
def _data_dir(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR, settings.LOCKS_DIR = tmp_path, tmp_path / "_locks"


def start(work: Work) -> Run:
    return start_run(KIND, actor=ADMIN, arguments={"deep": True}, work=work)


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.005)
    raise AssertionError("it did not happen in time")


def ended(run: Run) -> Run:
    return wait_for(lambda: (found := runs.find_run(run.id)).is_finished and found)


def test_a_run_says_how_far_it_is_and_what_came_of_it() -> None:
    go_on = threading.Event()

    def work(progress: Progress) -> dict[str, Any]:
        progress(1, 4, "links")
        go_on.wait(20)
        return {"findings": []}

    run = start(work)
    shown = wait_for(lambda: (found := runs.running(KIND)) and found.progress and found)
    assert (shown.id, shown.progress, shown.step, shown.requested_by) == (run.id, 0.25, "links", "tests")
    go_on.set()
    last = ended(run)
    assert (last.state, last.progress, last.result, last.step) == ("success", 1.0, {"findings": []}, "")
    assert wait_for(lambda: runs.running(KIND) is None)


def test_there_is_one_of_a_kind_at_a_time() -> None:
    go_on = threading.Event()
    first = start(lambda _: {"waited": go_on.wait(20)})
    with pytest.raises(RunInProgress):
        start(lambda _: {})
    go_on.set()
    ended(first)
    assert ended(wait_for(lambda: _started())).state == "success"


def _started() -> Run | None:
    try:
        return start(lambda _: {})
    except RunInProgress:
        return None


def test_a_run_stops_at_its_next_step_when_asked_to() -> None:
    def work(progress: Progress) -> dict[str, Any]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            progress(0, 1, "")
            time.sleep(0.005)
        return {}

    run = start(work)
    runs.request_cancel(run.id)
    assert ended(run).state == "cancelled"


def test_a_failure_is_told_in_words_and_a_fault_without_its_insides() -> None:
    def refuse(_: Progress) -> dict[str, Any]:
        raise InvalidRequest("Not like this.")

    def break_down(_: Progress) -> dict[str, Any]:
        raise ValueError("the secret path")

    assert ended(start(refuse)).error == "Not like this."
    fault = ended(wait_for(lambda: _try(break_down)))
    assert (fault.state, "ValueError" in fault.error, "secret" in fault.error) == ("error", True, False)


def _try(work: Work) -> Run | None:
    try:
        return start(work)
    except RunInProgress:
        return None


def test_a_run_whose_process_died_is_interrupted() -> None:
    run = runs.new_run(KIND, requested_by="x", arguments={})
    runs.write_run(run)
    assert runs.find_run(run.id).state == "interrupted"
    assert runs.running(KIND) is None


def test_only_the_newest_are_kept() -> None:
    for number in range(runs.KEPT + 5):
        run = runs.new_run(KIND, requested_by="x", arguments={})
        run.started_at, run.state = float(number), runs.SUCCESS
        runs.write_run(run)
    runs.forget_old(KIND)
    assert [run.started_at for run in runs.list_runs(KIND)] == [float(number) for number in range(24, 4, -1)]


@pytest.mark.parametrize("name", ["../secret_key", "doctor-1", "", "doctor-" + "0" * 32, "a" * 5000])
def test_an_id_that_is_none_leads_nowhere(name: str) -> None:
    with pytest.raises(RunNotFound):
        runs.find_run(name)


def test_who_is_no_admin_starts_nothing() -> None:
    with pytest.raises(Forbidden):
        start_run(KIND, actor=Actor(Role.PROJECT_ADMIN, "p", "p"), arguments={}, work=lambda _: {})
    assert not os.path.exists(runs.lock_path(KIND)) or runs.running(KIND) is None
