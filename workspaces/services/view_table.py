"""Make a view of a workspace onto a table of its project, or onto another object of the workspace."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need, Role
from kbstore.operations import operation, record_success
from storage.engine.monitor import Monitor
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_views import ViewOrder, make_view, view_sql
from storage.errors import BucketNotFound, ImportRefused, TableNotFound
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job
from storage.runtime import engine
from storage.services.find_readable import Readable
from storage.services.row_source import RowChoice, TableSource
from workspaces.errors import WorkspaceNotFound
from workspaces.models import Workspace
from workspaces.services.definitions import definitions_of
from workspaces.services.fill_table import DestinationExists, check_destination, existing_object
from workspaces.services.find_workspace import branch_of
from workspaces.services.object_source import ObjectSource
from workspaces.services.open_workspace import opened
from workspaces.services.patient_work import when_free
from workspaces.services.project_tables import alias_key_of, schemas_of
from workspaces.sql.lexer import tokenize

JOB_TYPE = "workspace_view"
Source = TableSource | ObjectSource


def request_view(
    *, actor: Actor, workspace: Workspace, source: Source, name: str, choice: RowChoice, replaces: bool
) -> Job:
    """Make the view as a job, and wait for its end. `actor` may load into the workspace: the caller has seen that.

    Raises Forbidden, WorkspaceExpired, InvalidDestination, DestinationExists, TableNotFound, ObjectNotFound,
    FilterRefused, and ImportRefused for a source that the workspace does not see.
    """
    source.require_read(actor)
    check_destination(workspace, name)
    job = Job(
        project_id=workspace.project_id,
        branch_id=workspace.branch_id,
        type=JOB_TYPE,
        params={
            "workspace_id": workspace.pk,
            "source_kind": "table" if isinstance(source, TableSource) else "object",
            "source": source.to_json(),
            "name": name,
            "choice": choice.to_json(),
            "replaces": replaces,
        },
        requested_by=actor.label,
    )
    return submit(job, respond_async=False)


@register(JOB_TYPE)
def run_view(job: Job, monitor: Monitor) -> dict[str, Any]:
    params = job.params
    workspace = Workspace.objects.filter(pk=params["workspace_id"]).first()
    if workspace is None:
        raise WorkspaceNotFound(job.project_id, params["workspace_id"])
    return _view(
        # Rights were checked when the job was asked for.
        actor=Actor(Role.ADMIN, job.requested_by),
        project_id=job.project_id,
        branch_id=branch_of(workspace),
        workspace=workspace,
        source=(TableSource if params["source_kind"] == "table" else ObjectSource)(**params["source"]),
        name=params["name"],
        choice=RowChoice.from_json(params["choice"]),
        replaces=params["replaces"],
        job=job,
        monitor=monitor,
    )


@operation("load_workspace_tables", resource_type="workspace", need=Need.WRITE)
def _view(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    workspace: Workspace,
    source: Source,
    name: str,
    choice: RowChoice,
    replaces: bool,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    begun = time.monotonic()
    existing = when_free(lambda: existing_object(workspace, name), monitor)
    if existing is not None and not replaces:
        raise DestinationExists
    columns = when_free(lambda: _make(workspace, source, name, choice, monitor), monitor)
    result = {
        "imported_rows": 0,
        "table_rows_after": 0,
        "table_size_bytes": 0,
        "columns": columns,
        "table_columns": columns,
        "timers": [["total", round(time.monotonic() - begun, 6)]],
        "warnings": [],
    }
    with transaction.atomic():
        record_success(workspace.pk, job_id=job.pk, tables_requested=1, tables_loaded=1, view=name)
        note_success(job, result)
    return result


def _make(workspace: Workspace, source: Source, name: str, choice: RowChoice, monitor: Monitor) -> list[str]:
    """The names of the view's columns."""
    with opened(workspace, exclusive=True) as instance:
        if isinstance(source, ObjectSource):
            order = _onto_object(workspace, source, instance, name, choice)
        else:
            order = _onto_table(workspace, source, instance, name, choice)
        with translated_native_errors(), instance.session() as connection:
            # How far statements that read it will expand.
            definitions_of(instance, connection).learn(tokenize(view_sql(instance, order)))
        make_view(instance, order, monitor=monitor)
        instance.definitions += 1
    return [target for _, target in order.columns]


def _onto_object(
    workspace: Workspace, source: ObjectSource, instance: WorkspaceInstance, name: str, choice: RowChoice
) -> ViewOrder:
    if source.workspace_id != workspace.pk:
        raise ImportRefused("A view sees its own workspace and its project only, not another workspace.")
    found = source.find(workspace, instance)
    columns = choice.mapping(found.spec, schema=workspace.handle, table=found.name)
    return ViewOrder(name, None, found.name, found.spec, columns, choice.selection(found.name, timezone.now()))


def _onto_table(
    workspace: Workspace, source: TableSource, instance: WorkspaceInstance, name: str, choice: RowChoice
) -> ViewOrder:
    found = source.find()
    if not _is_seen(workspace, source, found):
        raise ImportRefused("A view sees what its workspace sees, and this table is of another project or branch.")
    schema, version = schemas_of(workspace.project_id)[source.bucket_name], found.version
    alias_key = alias_key_of(found.table.pk, schema, view_key=found.views[0].pk if found.is_view else None)
    seen = None if found.shape is None else (version.spec, found.shape)
    with engine().local_file(version.ref) as path:
        instance.show_table(schema=schema, table=found.name, alias_key=alias_key, path=path, seen=seen)
    spec, selection = found.spec, choice.selection(found.name, timezone.now())
    return ViewOrder(
        name, schema, found.name, spec, choice.mapping(spec, schema=source.bucket_name, table=found.name), selection
    )


def _is_seen(workspace: Workspace, source: TableSource, found: Readable) -> bool:
    if source.project_id != workspace.project_id:
        return False
    try:
        seen = replace(source, branch_id=branch_of(workspace)).find()
    except (BucketNotFound, TableNotFound):
        return False
    return (seen.table, seen.shape) == (found.table, found.shape)
