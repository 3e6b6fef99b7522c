"""Runs work in the name of whoever asked for it, so that logs and audit events name them and not the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kbstore import context
from storage.models import Job

#: Where a job keeps the ids that an orchestrator sent with its request; absent when it sent none.
EXTERNAL_IDS = "external_ids"


@contextmanager
def as_requester(job: Job) -> Iterator[None]:
    """The request id, caller and client address of the job's request, for this block."""
    external = job.params.get(EXTERNAL_IDS, {})
    tokens = [
        (variable, variable.set(value or None))
        for variable, value in (
            (context.request_id, job.request_id),
            (context.client_address, job.client_address),
            (context.actor_label, job.requested_by),
            (context.external_run_id, external.get("run_id")),
            (context.external_job_id, external.get("job_id")),
            (context.query_tags, external.get("query_tags")),
        )
    ]
    try:
        yield
    finally:
        for variable, token in tokens:
            variable.reset(token)


def note_requester(job: Job) -> None:
    """Fill what the caller left open from the running request."""
    job.request_id = job.request_id or context.request_id.get() or ""
    job.client_address = job.client_address or context.client_address.get() or ""
    job.requested_by = job.requested_by or context.actor_label.get() or ""
    external = {
        "run_id": context.external_run_id.get(),
        "job_id": context.external_job_id.get(),
        "query_tags": context.query_tags.get(),
    }
    if any(external.values()):
        job.params = job.params | {EXTERNAL_IDS: external}
