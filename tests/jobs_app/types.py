"""Job types of the tests: simple work on a real DuckDB."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from kbstore.access import Actor, Need, Role
from kbstore.errors import Conflict
from kbstore.operations import operation, record_success
from storage.engine.connection import open_instance
from storage.engine.monitor import Monitor
from storage.jobs.registry import register
from storage.models import Job
from storage.runtime import engine_config

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range + b.range) = 0"


@register("test_echo")
def echo(job: Job, _monitor: Monitor) -> dict[str, Any]:
    return job.params


@register("test_query")
def query(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Runs until it is stopped."""
    with open_instance(engine_config(), threads=1, memory_bytes=2**27, monitor=monitor) as connection:
        with monitor.phase(connection, 0.25, 1.0):
            connection.execute(ENDLESS).fetchall()
    return {}


@register("test_gated")
def gated(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Half done at once, done when the file `gate` exists. Leaves a line in `log` for each run."""
    if "log" in job.params:
        with Path(job.params["log"]).open("a") as log:
            log.write(f"{job.id}\n")
    with open_instance(engine_config(), threads=1, memory_bytes=2**27, monitor=monitor) as connection:
        with monitor.phase(connection, 0.0, 0.5):
            connection.execute("SELECT 1").fetchall()
    monitor.rows = 7
    tick = threading.Event()
    while not Path(job.params["gate"]).exists():
        monitor.check()
        tick.wait(0.02)
    return {"passed": True}


@register("test_moving")
def moving(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Its progress moves for that many `seconds`, and nothing else happens."""
    tick, steps = threading.Event(), int(job.params["seconds"] * 10)
    with open_instance(engine_config(), threads=1, memory_bytes=2**27, monitor=monitor) as connection:
        for step in range(steps):
            with monitor.phase(connection, step / steps, (step + 1) / steps):
                tick.wait(0.1)
    return {}


@register("test_refusal")
def refusal(job: Job, _monitor: Monitor) -> dict[str, Any]:
    raise Conflict("Row 3 is bad.", code="bad_row", details={"row": 3})


@register("test_fault")
def fault(job: Job, _monitor: Monitor) -> dict[str, Any]:
    raise ValueError("text that must not leave the server")


@register("test_audited")
def audited(job: Job, _monitor: Monitor) -> dict[str, Any]:
    return touch(actor=Actor(Role.ADMIN, job.requested_by), project_id=job.project_id, branch_id="default", job=job)


@operation("touch", resource_type="job", need=Need.WRITE)
def touch(*, actor: Actor, project_id: str, branch_id: str, job: Job) -> dict[str, Any]:
    record_success(job.id, job_id=job.id)
    return {}


@register("test_late_fault")
def late_fault(job: Job, _monitor: Monitor) -> dict[str, Any]:
    """Its change is committed together with its success; then something fails."""
    Job.objects.filter(pk=job.pk).update(state="success", result={"done": True})
    raise ValueError("too late to matter")
