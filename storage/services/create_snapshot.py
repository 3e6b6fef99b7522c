"""Keep what a table holds now: a row that pins its current version."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kbstore import metrics
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.monitor import Monitor
from storage.errors import SnapshotFailed, SnapshotsDisabled
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job, Snapshot, SnapshotType, Table
from storage.runtime import engine
from storage.services.describe_snapshot import describe_snapshot
from storage.services.pin_version import pin_version
from storage.services.snapshot_config import SnapshotConfig, config_of_table
from storage.services.write_target import gone

JOB_TYPE = "snapshot_create"


def request_snapshot(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    description: str | None = None,
    respond_async: bool = False,
) -> Job:
    """Snapshot a table as the branch sees it, as a job whose result is the snapshot; instant, whatever its size.

    Raises BucketReadOnly for a table of a linked bucket, SnapshotsDisabled.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    table = catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    require_enabled(table)
    job = new_table_job(JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order={"description": description})
    return submit(job, respond_async=respond_async)


def require_enabled(table: Table) -> SnapshotConfig:
    """The settings in force for a table. Raises SnapshotsDisabled."""
    config = config_of_table(table)
    if not config.is_enabled:
        raise SnapshotsDisabled(table.bucket.project_id, table.bucket.name, table.name)
    return config


@register(JOB_TYPE)
def run_snapshot(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    result = create_snapshot(
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        bucket_name=job.bucket_name,
        table_name=job.table_name,
        description=target.order["description"],
        job=job,
    )
    monitor.rows = result["row_count"]
    return result


@operation("create_snapshot", resource_type="snapshot", need=Need.WRITE)
def create_snapshot(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    description: str | None,
    job: Job,
) -> dict[str, Any]:
    """The new snapshot as JSON. It waits for no writer: what is published at this moment is what it holds."""
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name, "table_name": table_name}
    with metrics.SNAPSHOT_CREATE_DURATION.time(), transaction.atomic():
        table = _held(catalog.find_writable_table(**place))
        config = require_enabled(table)
        if not engine().has_version(table.current_version.ref):
            raise SnapshotFailed.of_lost_data(project_id, bucket_name, table_name)
        snapshot = pin_version(
            bucket=table.bucket,
            branch_id=job.branch_id,
            table_name=table.name,
            version=table.current_version,
            config=config,
            description=description,
            created_by=actor.label,
        )
        result = _noted(snapshot, job)
    metrics.SNAPSHOTS_CREATED.labels(type=SnapshotType.MANUAL.value, trigger="manual").inc()
    return result


def _noted(snapshot: Snapshot, job: Job) -> dict[str, Any]:
    """The result, with the event and the end of the job in the transaction of the snapshot."""
    result = describe_snapshot(snapshot)
    record_success(
        snapshot.pk,
        job_id=job.id,
        bucket_name=snapshot.bucket_name,
        table_name=snapshot.table_name,
        row_count=result["row_count"],
    )
    note_success(job, result)
    return result


def _held(table: Table) -> Table:
    """The row as it is now; until the transaction ends no publish moves its pointer."""
    held = Table.objects.select_for_update(of=("self",)).filter(pk=table.pk)
    fresh = held.select_related("bucket__project", "current_version").first()
    if fresh is None:
        raise gone(table)
    return fresh
