"""Bring a snapshot back, in its own place or another one: its version is published again, nothing is copied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kbstore import metrics
from kbstore.access import Actor, Need, Role
from kbstore.operations import operation
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.monitor import Monitor
from storage.engine.specs import SealedVersion
from storage.errors import BucketNotFound, SnapshotFileNotFound, TableExists, TableNotFound
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job, Snapshot, Table
from storage.names import check_table_name
from storage.runtime import engine
from storage.services.get_snapshot import find_snapshot
from storage.services.publish_version import Publication, publish, publish_new_table
from storage.services.snapshot_before import RESTORE, snapshot_before
from storage.services.structure_lock import structure_locked
from storage.services.write_target import WriteTarget, write_target

JOB_TYPE = "snapshot_restore"
_ATTEMPTS = 3


@dataclass(frozen=True)
class Destination:
    """Where a snapshot goes; `is_original` if that is where it was taken, so that it may replace what is there."""

    project_id: str
    branch_id: str
    bucket_name: str
    table_name: str
    is_original: bool

    @property
    def place(self) -> dict[str, str]:
        return {"project_id": self.project_id, "branch_id": self.branch_id, "bucket_name": self.bucket_name}

    def table(self) -> Table | None:
        """The table that is there now, as the branch sees it."""
        try:
            return catalog.find_writable_table(**self.place, table_name=self.table_name)
        except TableNotFound:
            return None


def request_restore(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    snapshot_id: str,
    target_bucket: str | None = None,
    target_table: str | None = None,
    force: bool = False,
    respond_async: bool = False,
) -> Job:
    """Restore a snapshot as a job; finished on return unless asked otherwise.

    Raises SnapshotNotFound, BucketNotFound, BucketReadOnly, SnapshotFileNotFound, TableExists, InvalidName.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    snapshot = find_snapshot(project_id=project_id, branch_id=branch_id, snapshot_id=snapshot_id)
    destination = destination_of(snapshot, branch_id, target_bucket, target_table)
    check_destination(snapshot, destination)
    job = Job(
        project_id=project_id,
        branch=catalog.find_branch(project_id, branch_id),
        type=JOB_TYPE,
        bucket_name=destination.bucket_name,
        table_name=destination.table_name,
        params={"snapshot_id": snapshot_id, "branch_id": branch_id, "force": force},
        requested_by=actor.label,
    )
    return submit(job, respond_async=respond_async)


def destination_of(
    snapshot: Snapshot, branch_id: str, bucket_name: str | None = None, table_name: str | None = None
) -> Destination:
    """Its own place but for what is named."""
    own = (snapshot.bucket_name, snapshot.table_name)
    place = (own[0] if bucket_name is None else bucket_name, own[1] if table_name is None else table_name)
    return Destination(snapshot.project_id, branch_id, *place, is_original=place == own)


def check_destination(snapshot: Snapshot, destination: Destination) -> None:
    """Raise for what can be known to be wrong before the work begins."""
    try:
        catalog.find_writable_bucket(**destination.place)
    except BucketNotFound as error:
        error.message = f"Target bucket {destination.bucket_name} not found"
        raise
    if not engine().has_version(snapshot.version.ref):
        raise SnapshotFileNotFound(snapshot.pk)
    if destination.table() is None:
        check_table_name(destination.table_name)
    elif not destination.is_original:
        raise TableExists(destination.project_id, destination.bucket_name, destination.table_name)


@register(JOB_TYPE)
def run_restore(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Rights were checked when the job was asked for: it runs as the system, in the name of the requester."""
    return restore_snapshot(
        actor=Actor(Role.ADMIN, job.requested_by),
        project_id=job.project_id,
        branch_id=job.params["branch_id"],
        snapshot_id=job.params["snapshot_id"],
        bucket_name=job.bucket_name,
        table_name=job.table_name,
        force=job.params["force"],
        job=job,
        monitor=monitor,
    )


@operation("restore_snapshot", resource_type="table", need=Need.WRITE)
def restore_snapshot(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    snapshot_id: str,
    bucket_name: str,
    table_name: str,
    force: bool,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Make the pinned version the table's next one, or the first one of a new table.

    What it replaces is kept first, if snapshots are enabled. Raises SnapshotFailed where that fails, unless `force`.
    """
    snapshot = find_snapshot(project_id=project_id, branch_id=branch_id, snapshot_id=snapshot_id)
    destination = destination_of(snapshot, branch_id, bucket_name, table_name)
    restored_to = {"bucket": bucket_name, "table": table_name}
    result = {"restored_to": restored_to, "row_count": snapshot.version.row_count}
    publication = Publication(
        operation="restore",
        actor_label=actor.label,
        job=job,
        result=result,
        details={
            "snapshot_id": snapshot_id,
            "bucket_name": bucket_name,
            "table_name": table_name,
            "row_count": snapshot.version.row_count,
        },
    )
    with metrics.SNAPSHOT_RESTORE_DURATION.time():
        _restore(snapshot, destination, publication, force=force, monitor=monitor)
    metrics.SNAPSHOTS_RESTORED.inc()
    monitor.rows = snapshot.version.row_count
    return result


def _restore(
    snapshot: Snapshot, destination: Destination, publication: Publication, *, force: bool, monitor: Monitor
) -> None:
    """Replace or make the table, whichever it takes: others may drop or make it in between."""
    for attempt in range(1, _ATTEMPTS + 1):
        table = destination.table()
        try:
            if table is None:
                _make(snapshot, destination, publication)
                return
            if not destination.is_original:
                raise TableExists(destination.project_id, destination.bucket_name, destination.table_name)
            with write_target(table, destination.branch_id, monitor) as target:
                _replace(snapshot, target, publication, force=force)
            return
        except (TableExists, TableNotFound):
            if not destination.is_original or attempt == _ATTEMPTS:
                raise


def _make(snapshot: Snapshot, destination: Destination, publication: Publication) -> None:
    with structure_locked(destination.project_id):
        bucket = catalog.find_writable_bucket(**destination.place)
        publish_new_table(
            bucket=bucket,
            branch=catalog.find_branch(destination.project_id, destination.branch_id),
            name=destination.table_name,
            sealed=second_name_of(snapshot),
            publication=publication,
        )


def _replace(snapshot: Snapshot, target: WriteTarget, publication: Publication, *, force: bool) -> None:
    def keep_replaced() -> None:
        if target.table is not None:
            snapshot_before(RESTORE, table=target.table, actor_label=publication.actor_label, force=force)

    publish(target, second_name_of(snapshot), replace(publication, also=keep_replaced))


def second_name_of(snapshot: Snapshot) -> SealedVersion:
    """The pinned content as a version of its own. Raises SnapshotFileNotFound."""
    try:
        return engine().duplicate(snapshot.version.sealed, snapshot.project_id)
    except VersionGone as error:
        raise SnapshotFileNotFound(snapshot.pk) from error
