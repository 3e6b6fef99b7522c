"""SQL in a workspace as a job, whose rows become a file of the project."""

from __future__ import annotations

import datetime
import hashlib
import time
import uuid
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from files.models import File
from files.services.store_file import register_local_file
from kbstore.access import Actor, Need, Role
from kbstore.errors import OperationCancelled
from kbstore.operations import operation, record_success
from storage.engine.monitor import Monitor
from storage.engine.workspace_errors import WorkspaceBusy
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job
from workspaces.models import Door, Workspace
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.running_sql import Caller, RunningSql
from workspaces.services.sql_order import CONTENT_TYPES, SqlOrder
from workspaces.sql_errors import QueryTooLarge

JOB_TYPE: Final = "workspace_query"
_BUSY_SECONDS: Final = 0.2
_SUFFIXES: Final = {"json": "json", "csv": "csv", "arrow": "arrows", "parquet": "parquet"}


def request_query(
    *, actor: Actor, project_id: str, workspace_id: str, order: SqlOrder, branch_id: str | None = None
) -> Job:
    """Run the statements in the background. Whoever asks has to be allowed to write: the rows become a file.

    Raises WorkspaceNotFound, WorkspaceExpired, TooManyJobs.
    """
    workspace = find_workspace(
        actor=actor, need=Need.WRITE, project_id=project_id, workspace_id=workspace_id, branch_id=branch_id
    )
    job = Job(
        project_id=project_id,
        branch_id=workspace.branch_id,
        type=JOB_TYPE,
        params={"workspace_id": workspace_id, "order": order.to_json()},
        requested_by=actor.label,
    )
    return submit(job, respond_async=True)


@register(JOB_TYPE)
def run_query_job(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Rights were checked when the job was asked for."""
    actor = Actor(Role.ADMIN, job.requested_by)
    workspace = find_workspace(
        actor=actor, need=Need.WRITE, project_id=job.project_id, workspace_id=job.params["workspace_id"]
    )
    return _run(
        actor=actor,
        project_id=job.project_id,
        branch_id=branch_of(workspace),
        workspace=workspace,
        order=SqlOrder.from_json(job.params["order"]),
        job=job,
        monitor=monitor,
    )


@operation("run_workspace_query", resource_type="workspace", need=Need.WRITE)
def _run(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    workspace: Workspace,
    order: SqlOrder,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    target = settings.STAGING_DIR / f"{uuid.uuid4().hex}.query"
    try:
        running, checksum = _written(workspace, order, job, monitor, target)
        statements = running.statements
        assert statements is not None  # noqa: S101 - run to its end
        with transaction.atomic():
            file = _registered(job, order, target, running.sent_bytes, checksum)
            result = {
                "file_id": file.pk,
                "file_path": file.path,
                "format": order.format,
                "row_count": statements.row_count,
                "rows_changed": statements.changed,
                "truncated": statements.truncated,
                "file_size_bytes": running.sent_bytes,
                "query_id": running.id,
            }
            record_success(workspace.pk, job_id=job.pk, rows=statements.row_count, file_id=file.pk)
            note_success(job, result)
    finally:
        target.unlink(missing_ok=True)
    monitor.rows, monitor.bytes = statements.row_count, running.sent_bytes
    return result


def _written(workspace: Workspace, order: SqlOrder, job: Job, monitor: Monitor, target: Path) -> tuple[RunningSql, str]:
    """Run to the end, into the file; tried again for a while as long as another process holds the workspace."""
    started = time.monotonic()
    while True:
        try:
            return _attempt(workspace, order, job, monitor, target)
        except WorkspaceBusy:
            if time.monotonic() - started > settings.LOCK_TIMEOUT:
                raise
            time.sleep(_BUSY_SECONDS)
            monitor.check()


def _attempt(workspace: Workspace, order: SqlOrder, job: Job, monitor: Monitor, target: Path) -> tuple[RunningSql, str]:
    longest: float = settings.OPERATION_TIMEOUT
    caller = Caller(Door.JOB.value, job.requested_by, job.client_address or "", job.request_id or "", may_write=True)
    running = RunningSql(workspace, order, caller, seconds=min(order.timeout_seconds or longest, longest))
    checksum = hashlib.sha256()

    def look() -> None:
        if monitor.cancelled_with is not None:
            running.stop(monitor.cancelled_with)

    try:
        with monitor.phase(_Watched(running), 0.0, 1.0), target.open("wb") as file:  # type: ignore[arg-type]
            running.wait(running.start(), look=look)
            while (block := running.wait(running.next_block(), look=look)) is not None:
                running.sent_bytes += file.write(block)
                checksum.update(block)
                _check_size(running.sent_bytes)
        return running, checksum.hexdigest()
    finally:
        running.close()


class _Watched:
    """The session as a monitor sees it."""

    def __init__(self, running: RunningSql) -> None:
        self._running = running

    def interrupt(self) -> None:
        self._running.stop(OperationCancelled())

    def query_progress(self) -> float:
        return self._running.progress()


def _check_size(size_bytes: int) -> None:
    limit: int = settings.QUERY_FILE_LIMIT
    if limit and size_bytes > limit:
        raise QueryTooLarge(
            f"The result takes more than {limit} bytes.", details={"sqlstate": "54000", "limit_bytes": limit}
        )


def _registered(job: Job, order: SqlOrder, target: Path, size_bytes: int, checksum: str) -> File:
    stamp = timezone.now().strftime("%Y%m%d_%H%M%S")
    return register_local_file(
        project_id=job.project_id,
        name=f"query_{stamp}.{_SUFFIXES[order.format]}",
        content_type=CONTENT_TYPES[order.format],
        tags={"type": "query", "workspace": job.params["workspace_id"]},
        source=target,
        size_bytes=size_bytes,
        checksum_sha256=checksum,
        lifetime=datetime.timedelta(days=settings.EXPORT_TTL_DAYS) or None,
    )
