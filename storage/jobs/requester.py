"""Runs work in the name of whoever asked for it, so that logs and audit events name them and not the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kbstore import context
from storage.models import Job


@contextmanager
def as_requester(job: Job) -> Iterator[None]:
    """The request id, caller and client address of the job's request, for this block."""
    tokens = [
        (variable, variable.set(value or None))
        for variable, value in (
            (context.request_id, job.request_id),
            (context.client_address, job.client_address),
            (context.actor_label, job.requested_by),
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
