"""Bring rows of a table or view of a workspace into a table of the storage: the requests, and the jobs that do it."""

from __future__ import annotations

from typing import Any

from kbstore.access import Actor
from storage.engine.monitor import Monitor
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job
from storage.services.clone_table import CloneOrder, clone_of, new_clone_job
from storage.services.import_relation import find_destination, import_relation_of, relation_order
from storage.services.import_rows import ImportRules
from storage.services.row_source import RowChoice
from workspaces.models import Workspace
from workspaces.services.object_source import ObjectSource

JOB_TYPE = "workspace_unload"
CLONE_JOB_TYPE = "workspace_clone"


def request_unload(
    *,
    actor: Actor,
    workspace: Workspace,
    name: str,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    choice: RowChoice,
    rules: ImportRules,
) -> Job:
    """Import rows of an object of the workspace into a table as a job, and wait for its end.

    Raises Forbidden, TableNotFound, BucketReadOnly, ObjectNotFound and what the import raises: nothing changed then.
    """
    source = ObjectSource(workspace.pk, name)
    source.require_read(actor)
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name, "table_name": table_name}
    table = find_destination(actor=actor, **place)
    order = relation_order(source, choice, rules)
    job = new_table_job(JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order=order)
    return submit(job, respond_async=False)


def request_clone_of_object(
    *,
    actor: Actor,
    workspace: Workspace,
    name: str,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    order: CloneOrder,
) -> Job:
    """Make a table of an object of the workspace as a job, and wait for its end. Raises TableExists, ObjectNotFound."""
    source = ObjectSource(workspace.pk, name)
    source.require_read(actor)
    job = new_clone_job(
        CLONE_JOB_TYPE,
        actor=actor,
        project_id=project_id,
        branch_id=branch_id,
        bucket_name=bucket_name,
        name=table_name,
        source=source,
        order=order,
    )
    return submit(job, respond_async=False)


@register(JOB_TYPE)
def run_unload(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    return import_relation_of(job, target, ObjectSource(**target.order["source"]), monitor)


@register(CLONE_JOB_TYPE)
def run_clone_of_object(job: Job, monitor: Monitor) -> dict[str, Any]:
    return clone_of(job, ObjectSource(**job.params["source"]), monitor)
