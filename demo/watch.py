"""Live progress of jobs: from the project's websocket, or by asking again where that does not work."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from demo.api import Api, ApiFailure

FINAL = ("success", "error", "cancelled")
POLL_SECONDS = 0.2
JOB_SECONDS = 300
STYLES = {"waiting": "dim", "processing": "cyan", "success": "green", "error": "red", "cancelled": "yellow"}


def watch(console: Console, api: Api, *, project: str, jobs: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Show a bar per job (id to label) until all have ended; returns them by id. Raises ApiFailure if one failed."""
    finished: dict[str, dict[str, Any]] = {}
    with job_bars(console) as bars:
        tasks = {job_id: bars.add_task(label, total=1.0, state="[dim]waiting") for job_id, label in jobs.items()}
        for job in events(console, api, project, set(jobs)):
            show(bars, tasks[job["id"]], job)
            if job["state"] in FINAL:
                finished[job["id"]] = job
            if len(finished) == len(jobs):
                break
    for job_id, job in finished.items():
        if job["state"] != "success":
            raise ApiFailure(f"Job {jobs[job_id]}: {job['state']}. {(job['error'] or {}).get('message', '')}")
    return finished


def job_bars(console: Console) -> Progress:
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=36),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        console=console,
    )


def show(bars: Progress, task: TaskID, job: dict[str, Any]) -> None:
    state = job["state"]
    rows = f" {job['rows']:,} rows" if job["rows"] is not None else ""
    bars.update(task, completed=job["progress"], state=f"[{STYLES.get(state, '')}]{state}[/]{rows}")
    if state in FINAL:
        bars.stop_task(task)


def events(console: Console, api: Api, project: str, wanted: set[str]) -> Iterator[dict[str, Any]]:
    """Job objects of the wanted jobs whenever they change, without end."""
    deadline = time.monotonic() + JOB_SECONDS
    try:
        yield from pushed(api, project, wanted, deadline)
    except (OSError, WebSocketException) as error:
        console.print(f"  [yellow]The websocket does not work ({error}); asking for the jobs instead.[/]")
        yield from asked(api, wanted, deadline)


def pushed(api: Api, project: str, wanted: set[str], deadline: float) -> Iterator[dict[str, Any]]:
    url = f"{api.url.replace('http', 'ws', 1)}/ws/projects/{quote(project)}/jobs/"
    with connect(url, additional_headers={"Authorization": f"Bearer {api.key}"}, open_timeout=10) as socket:
        while True:
            job = json.loads(socket.recv(timeout=remaining(deadline)))
            if job.get("id") in wanted:
                yield job


def asked(api: Api, wanted: set[str], deadline: float) -> Iterator[dict[str, Any]]:
    open_jobs = set(wanted)
    while True:
        for job_id in sorted(open_jobs):
            job = api.call("GET", f"/jobs/{job_id}")
            if job["state"] in FINAL:
                open_jobs.discard(job_id)
            yield job
        remaining(deadline)
        time.sleep(POLL_SECONDS)


def remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ApiFailure(f"The jobs did not end within {JOB_SECONDS} seconds.")
    return left
