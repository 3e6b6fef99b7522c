"""Changes of a table's columns, key or rows: the request that all kinds share, and the job that does them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kbstore.access import Actor, Need
from kbstore.errors import InvalidRequest, KbstoreError
from storage import catalog
from storage.engine.monitor import Monitor
from storage.errors import DoesNotFit, InvalidColumn, OperationFailed
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job
from storage.services.named_faults import named_faults

JOB_TYPE = "table_change"

Change = TypeVar("Change", bound=Callable[..., dict[str, Any]])
_changes: dict[str, Callable[..., dict[str, Any]]] = {}


def change(name: str) -> Callable[[Change], Change]:
    """Name the service that does a kind of change. It is called with the members of the order and what the job knows:
    actor, project_id, branch_id, table, job and monitor."""

    def remember(service: Change) -> Change:
        _changes[name] = service
        return service

    return remember


def request_change(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    change: str,
    order: dict[str, Any],
    respond_async: bool = False,
) -> Job:
    """Do a change, by the name it was registered under, as a job; `order` is plain JSON.

    The finished job, or a waiting one when asked for or when the work outlasts the ceiling of a synchronous call.
    Raises what the change raises: the table then is exactly what it was before.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    table = catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    job = new_table_job(
        JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order={"change": change, "order": order}
    )
    return submit(job, respond_async=respond_async)


@register(JOB_TYPE)
def run_change(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    return _changes[target.order["change"]](
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        table=target.table,
        job=job,
        monitor=monitor,
        **target.order["order"],
    )


@contextmanager
def refusals_named(verb_phrase: str, *, code: str, **details: str) -> Iterator[None]:
    """Give what the request or the rows are to blame for, and faults of ours, the code of the operation."""
    with named_faults(verb_phrase, code=code, **details):
        try:
            yield
        except KbstoreError as error:
            if not isinstance(error, InvalidColumn | DoesNotFit) and error.code != InvalidRequest.code:
                raise
            raise OperationFailed(verb_phrase, error.message, code=code, details=details, kind=error.kind) from error
