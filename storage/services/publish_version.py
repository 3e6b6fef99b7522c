"""The commit of the publish protocol: the only moment at which anything happens to a table.

The engine has sealed a complete file; here one database transaction inserts its TableVersion, moves the table's pointer
from the version that the work started with, and records the audit event. A crash before it leaves the old version and
one orphan file; after it, everything is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from kbstore import faults
from kbstore.errors import KbstoreError, Locked
from kbstore.operations import record_success
from storage.engine.monitor import Monitor
from storage.engine.specs import SealedVersion, TableAddress
from storage.errors import TableExists, TableNotFound
from storage.jobs.commit import note_success
from storage.models import Branch, Bucket, Job, Table, TableVersion
from storage.runtime import engine
from storage.services.release_versions import forget_superseded

log = structlog.get_logger(__name__)


def address_of(table: Table) -> TableAddress:
    return TableAddress(table.bucket.project_id, table.branch_id, table.bucket.name, table.name)


def resource_id_of(table: Table) -> str:
    """How audit events name a table."""
    return f"{table.bucket.name}.{table.name}"


@contextmanager
def write_locked(table: Table, monitor: Monitor | None = None) -> Iterator[Table]:
    """Hold the table's write lock and yield the row as it is now. Raises Locked, TableNotFound if it was dropped.

    A `monitor` that is cancelled ends the wait for the lock.
    """
    with engine().write_lock(table.lock_key, monitor=monitor):
        fresh = Table.objects.select_related("bucket", "current_version").filter(pk=table.pk).first()
        if fresh is None:
            raise _gone(table)
        yield fresh


def publish_new_table(
    *, bucket: Bucket, branch: Branch | None, name: str, sealed: SealedVersion, operation: str, **details: Any
) -> Table:
    """Make the table whose first version is `sealed`. Raises TableExists; the sealed file is then gone again."""
    faults.reach("publish.before_commit")
    try:
        with transaction.atomic():
            version = TableVersion.from_sealed(sealed, operation=operation)
            version.save(force_insert=True)
            table = Table.objects.create(bucket=bucket, branch=branch, name=name, current_version=version)
            version.table = table
            version.save(update_fields=["table"])
            record_success(resource_id_of(table), **details)
    except IntegrityError as error:
        engine().discard([sealed.ref])
        raise TableExists(bucket.project_id, bucket.name, name) from error
    faults.reach("publish.committed")
    _tidy_up(table)
    return table


def publish_next_version(
    *,
    table: Table,
    base: TableVersion,
    sealed: SealedVersion,
    operation: str,
    actor_label: str,
    job: Job | None = None,
    result: dict[str, Any] | None = None,
    **details: Any,
) -> TableVersion:
    """Move the table from `base` to `sealed`, and end its job with `result`; the caller holds the write lock.

    Raises TableNotFound if the table was dropped meanwhile, as the deletion of its bucket or project does without the
    lock, and Locked if the pointer no longer stands at `base`, which only a broken lock can cause. Nothing has changed.
    """
    faults.reach("publish.before_commit")
    version = TableVersion.from_sealed(sealed, operation=operation)
    version.table, version.job = table, job
    version.number, version.created_by = base.number + 1, actor_label
    try:
        with transaction.atomic():
            version.save(force_insert=True)
            _move_pointer(table, base, version)
            record_success(resource_id_of(table), job_id=job.id if job else None, **details)
            if job is not None:
                note_success(job, result or {})
    except (IntegrityError, Locked, TableNotFound):
        # Surely not committed. After any other error the commit may have happened: an orphan is left to the reaper.
        engine().discard([sealed.ref])
        raise
    faults.reach("publish.committed")
    table.current_version = version
    _tidy_up(table)
    return version


def _move_pointer(table: Table, base: TableVersion, version: TableVersion) -> None:
    if Table.objects.filter(pk=table.pk, current_version=base).update(current_version=version):
        return
    if not Table.objects.filter(pk=table.pk).exists():
        raise _gone(table)
    raise Locked(f"Table {table.name} was changed by somebody else. Nothing was changed; try again.")


def _gone(table: Table) -> TableNotFound:
    return TableNotFound(table.bucket.project_id, table.bucket.name, table.name)


def _tidy_up(table: Table) -> None:
    """What follows the commit. The change is done: should this fail, `doctor` catches up and nobody is told a lie."""
    try:
        engine().point_link(address_of(table), table.current_version.ref)
        faults.reach("publish.linked")
        forget_superseded(table)
        faults.reach("publish.released")
    except KbstoreError as error:
        log.warning("tidying up after a publish failed; doctor will do it", table_id=table.pk, error=error.message)
