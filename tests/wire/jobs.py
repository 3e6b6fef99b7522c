"""How the wire tests start jobs and wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from tests.cast import Person

T = TypeVar("T")
DEADLINE_SECONDS = 30.0
ASYNC = {"Prefer": "respond-async"}


def start(person: Person, job_type: str, **params: Any) -> dict[str, Any]:
    """A new asynchronous job."""
    body = {"type": job_type, "params": params}
    reply = person.post("/projects/{p}/test-jobs", json=body, headers=ASYNC)
    assert reply.status_code == 202, reply.text
    assert reply.headers["location"] == f"/jobs/{reply.json()['id']}"
    return reply.json()


def wait_until(person: Person, job_id: str, *states: str) -> dict[str, Any]:
    """The job as soon as it is in one of the states."""

    def look() -> dict[str, Any] | None:
        job = person.get("/jobs/{job}", job=job_id).json()
        return job if job["state"] in states else None

    return until(look, f"job {job_id} to be {states}")


def until(condition: Callable[[], T | None], what: str) -> T:
    """The first true value of `condition`."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"Timed out waiting for {what}")
