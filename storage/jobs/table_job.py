"""Jobs that work on one table: how they name it and find it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kbstore.access import Actor, Role
from storage import catalog
from storage.jobs.requester import EXTERNAL_IDS
from storage.models import Bucket, Job, Table

_TARGET = ("table", "branch_id", "is_view", EXTERNAL_IDS)


@dataclass(frozen=True)
class Target:
    """What a job works on, in whose name; `order` is what its request asked for, as JSON."""

    actor: Actor
    branch_id: str
    table: Table
    order: dict[str, Any]


def new_table_job(
    job_type: str,
    *,
    actor: Actor,
    table: Table,
    branch_id: str,
    order: dict[str, Any],
    size_bytes: int | None = None,
    view: tuple[Bucket, str] | None = None,
) -> Job:
    """An unsaved job. `branch_id` is the one of the request, which may read a table of main or,
    through a link, of another project. It is named after the `view`, bucket and name, that shows the table."""
    bucket, name = view or (table.via_link or table.bucket, table.name)
    return Job(
        project_id=bucket.project_id,
        branch_id=None if catalog.is_default(branch_id) else branch_id,
        type=job_type,
        bucket_name=bucket.name,
        table_name=name,
        params=order | {"table": table.pk, "branch_id": branch_id} | ({"is_view": True} if view else {}),
        bytes=size_bytes,
        requested_by=actor.label,
    )


def target_of(job: Job) -> Target:
    """Rights were checked when the job was asked for: it runs as the system, in the name of the requester.

    Raises TableNotFound if the table was dropped meanwhile.
    """
    return Target(
        actor=Actor(Role.ADMIN, job.requested_by),
        branch_id=job.params["branch_id"],
        table=catalog.table_by_id(job.params["table"], job),
        order=order_of(job),
    )


def order_of(job: Job) -> dict[str, Any]:
    """What the request of a job asked for."""
    return {name: value for name, value in job.params.items() if name not in _TARGET}
