"""Copy project tables into a workspace: the request, and the job that does it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from kbstore.access import Actor, Need, Role
from kbstore.errors import KbstoreError
from kbstore.operations import operation, record_success
from storage.engine.column_choice import check_column_choice
from storage.engine.errors import VersionGone
from storage.engine.expressions import check_predicate
from storage.engine.monitor import Monitor
from storage.engine.time_limit import time_limit
from storage.engine.workspace_copy import CopyOrder, copy_into_workspace
from storage.engine.workspace_errors import WorkspaceBusy
from storage.engine.workspace_objects import WorkspaceChanging
from storage.errors import BucketNotFound, TableNotFound
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job, Table
from storage.runtime import engine
from workspaces.errors import SourceNotFound, WorkspaceNotFound
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.load_source import LoadEntry
from workspaces.services.open_workspace import opened
from workspaces.services.project_tables import alias_key_of, find_project_table, schemas_of
from workspaces.services.workspace_place import size_of

JOB_TYPE = "workspace_load"
_LATER_ATTEMPTS = 2
#: How long to wait before looking again whether another process has let go of the file.
_BUSY_SECONDS = 0.2

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Loaded:
    """How the load of one table ended; `error` says why it did not work, the old destination is untouched then."""

    source: str
    destination: str
    rows: int = 0
    size_bytes: int = 0
    error: KbstoreError | None = None

    def to_json(self) -> dict[str, Any]:
        failed = self.error and {"code": self.error.code, "message": self.error.message}
        return {
            "source": self.source,
            "destination": self.destination,
            "rows": self.rows,
            "size_bytes": self.size_bytes,
            "status": "failed" if self.error else "loaded",
            "error": failed,
        }


def request_load(
    *,
    actor: Actor,
    project_id: str,
    workspace_id: str,
    tables: Sequence[dict[str, Any]],
    respond_async: bool = False,
) -> Job:
    """Load tables as a job, finished on return unless asked otherwise. A table that cannot be loaded fails alone.

    Raises WorkspaceNotFound, WorkspaceExpired.
    """
    workspace = find_workspace(actor=actor, need=Need.WRITE, project_id=project_id, workspace_id=workspace_id)
    job = Job(
        project_id=project_id,
        branch_id=workspace.branch_id,
        type=JOB_TYPE,
        params={"workspace_id": workspace_id, "tables": list(tables)},
        requested_by=actor.label,
    )
    return submit(job, respond_async=respond_async)


@register(JOB_TYPE)
def run_load(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Rights were checked when the job was asked for."""
    actor = Actor(Role.ADMIN, job.requested_by)
    workspace = find_workspace(
        actor=actor, need=Need.WRITE, project_id=job.project_id, workspace_id=job.params["workspace_id"]
    )
    return _load(
        actor=actor,
        project_id=job.project_id,
        branch_id=branch_of(workspace),
        workspace=workspace,
        tables=job.params["tables"],
        job=job,
        monitor=monitor,
    )


@operation("load_workspace_tables", resource_type="workspace", need=Need.WRITE)
def _load(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    workspace: Workspace,
    tables: Sequence[dict[str, Any]],
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    with time_limit(monitor, settings.OPERATION_TIMEOUT):
        loaded = load_tables(workspace, tables, monitor)
    monitor.rows = sum(table.rows for table in loaded)
    result = {
        "loaded": [table.to_json() for table in loaded],
        "workspace_size_bytes": next((table.size_bytes for table in reversed(loaded) if not table.error), 0),
    }
    with transaction.atomic():
        if not Workspace.objects.filter(pk=workspace.pk).exists():
            raise WorkspaceNotFound(project_id, workspace.pk)
        filled = sum(table.rows > 0 for table in loaded)
        record_success(workspace.pk, job_id=job.pk, tables_requested=len(loaded), tables_loaded=filled)
        note_success(job, result)
    return result


def load_tables(workspace: Workspace, tables: Sequence[dict[str, Any]], monitor: Monitor) -> list[Loaded]:
    """Load one after the other, each in a transaction of its own; an entry for each, in order.

    Raises only what ends all of it: the reason of a monitor that is cancelled, WorkspaceNotFound.
    """
    loaded = []
    for index, value in enumerate(tables):
        monitor.check()
        span = index / len(tables), (index + 1) / len(tables)
        loaded.append(_load_entry(workspace, LoadEntry.from_json(value), monitor, span))
    return loaded


def _load_entry(workspace: Workspace, entry: LoadEntry, monitor: Monitor, span: tuple[float, float]) -> Loaded:
    table_name = None
    try:
        table = _find_source(workspace, entry)
        table_name = table.name
        return _load_latest(workspace, entry, table, monitor, span)
    except WorkspaceNotFound:
        raise
    except KbstoreError as error:
        monitor.check()
        if not Workspace.objects.filter(pk=workspace.pk).exists():
            raise WorkspaceNotFound(workspace.project_id, workspace.pk) from error
        log.info("table not loaded", workspace_id=workspace.pk, source=entry.source[:200], code=error.code)
        return Loaded(entry.source, entry.shown_destination(table_name), error=error)


def _load_latest(
    workspace: Workspace, entry: LoadEntry, table: Table, monitor: Monitor, span: tuple[float, float]
) -> Loaded:
    started = time.monotonic()
    attempts = 0
    while True:
        try:
            return _load_table(workspace, entry, table, monitor, span)
        except VersionGone:
            # Writers let go of the version since it was looked up: there is a newer one.
            attempts += 1
            if attempts > _LATER_ATTEMPTS:
                raise
            table = _find_source(workspace, entry)
        except WorkspaceBusy as error:
            if time.monotonic() - started > _patience_seconds(error):
                raise
            time.sleep(_BUSY_SECONDS)
            monitor.check()


def _patience_seconds(error: WorkspaceBusy) -> float:
    """A process such as a job worker lets go when it is done; sessions may keep what they change for hours."""
    return 0.0 if isinstance(error, WorkspaceChanging) else settings.LOCK_TIMEOUT


def _find_source(workspace: Workspace, entry: LoadEntry) -> Table:
    for bucket_name, table_name in entry.places():
        try:
            return find_project_table(workspace, bucket_name, table_name)
        except (BucketNotFound, TableNotFound):
            continue
    raise SourceNotFound(entry.source)


def _load_table(
    workspace: Workspace, entry: LoadEntry, table: Table, monitor: Monitor, span: tuple[float, float]
) -> Loaded:
    version = table.current_version
    bucket = table.via_link or table.bucket
    order = CopyOrder(
        schema=schemas_of(workspace.project_id)[bucket.name],
        table=table.name,
        destination=entry.checked_destination(table.name),
        size_limit_bytes=workspace.size_limit_bytes,
        columns=entry.checked_columns(),
        where=entry.checked_where(),
    )
    names = version.spec.column_names
    if order.columns is not None:
        check_column_choice(order.columns, names)
    if order.where is not None:
        check_predicate(order.where, names, detail_name="where")
    with engine().local_file(version.ref) as path, opened(workspace, exclusive=True) as instance:
        alias_key = alias_key_of(table.pk, order.schema)
        instance.show_table(schema=order.schema, table=order.table, alias_key=alias_key, path=path)
        rows = copy_into_workspace(instance, order, monitor, span=span)
        return Loaded(entry.source, entry.shown_destination(table.name), rows, size_of(workspace))
