"""The commit of the publish protocol: the only moment at which anything happens to a table.

The engine has sealed a complete file; here one database transaction inserts its TableVersion, moves the table's pointer
from the version that the work started with, and records the audit event. A crash before it leaves the old version and
one orphan file; after it, everything is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from kbstore import faults, metrics
from kbstore.errors import ChangedMeanwhile, KbstoreError, Locked
from kbstore.operations import record_success
from storage import catalog
from storage.engine.specs import SealedVersion, TableAddress
from storage.errors import TableExists, ViewExists
from storage.jobs.commit import note_success
from storage.models import Branch, Bucket, Job, Table, TableVersion, TableView
from storage.runtime import engine
from storage.services.release_versions import forget_superseded
from storage.services.write_target import WriteTarget, gone

log = structlog.get_logger(__name__)


def address_of(table: Table) -> TableAddress:
    return TableAddress(table.bucket.project_id, table.branch_id, table.bucket.name, table.name)


def resource_id_of(table: Table) -> str:
    """How audit events name a table."""
    return f"{table.bucket.name}.{table.name}"


@dataclass(frozen=True)
class Publication:
    """What is told of a published version: `operation` names it in the history, `details` go into the audit event.

    A `job` ends with `result` in the same transaction. `also` runs in it too, before the pointer moves: what it writes
    and the change are one, and what it raises ends both.
    """

    operation: str
    actor_label: str
    job: Job | None = None
    result: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    also: Callable[[], object] | None = None


def publish_new_table(
    *,
    bucket: Bucket,
    branch: Branch | None,
    name: str,
    sealed: SealedVersion,
    publication: Publication,
    branched_from: str | None = None,
) -> Table:
    """Make the table whose first version is `sealed`; `branched_from` is the version of main that a branch replaces.

    Raises TableExists, ViewExists; the sealed file is then gone again.
    """
    faults.reach("publish.before_commit")
    try:
        with transaction.atomic():
            version = _saved_version(sealed, publication, number=1)
            require_no_view(bucket, branch, name)
            table = Table.objects.create(
                bucket=bucket, branch=branch, name=name, current_version=version, branched_from=branched_from
            )
            version.table = table
            version.save(update_fields=["table"])
            _note(f"{bucket.name}.{name}", publication)
    except IntegrityError as error:
        engine().discard([sealed.ref])
        raise TableExists(bucket.project_id, bucket.name, name) from error
    except KbstoreError:
        engine().discard([sealed.ref])
        raise
    faults.reach("publish.committed")
    tidy_up(table)
    return table


def require_no_view(bucket: Bucket, branch: Branch | None, name: str) -> None:
    """Raises ViewExists where the name is that of a view that the branch sees."""
    seen = Q(branch=None) if branch is None else Q(branch=None) | Q(branch=branch)
    if TableView.objects.filter(seen, bucket=bucket, name=name).exists():
        raise ViewExists(bucket.project_id, bucket.name, name)


def publish(target: WriteTarget, sealed: SealedVersion, publication: Publication) -> TableVersion:
    """Move the table from the target's base to `sealed`; the caller holds the write lock.

    Raises TableNotFound if the table was dropped meanwhile, as the deletion of its bucket or project does without the
    lock, and Locked if the pointer no longer stands at the base, which only a broken lock can cause. Nothing has
    changed then.
    """
    if target.table is None:
        return _publish_copy(target, sealed, publication)
    faults.reach("publish.before_commit")
    table = target.table
    try:
        with transaction.atomic():
            version = _saved_version(sealed, publication, number=target.base.number + 1, table=table)
            _move_pointer(table, target.base, version)
            _note(target.resource_id, publication)
    except (IntegrityError, KbstoreError):
        # Surely not committed. After any other error the commit may have happened: an orphan is left to the reaper.
        engine().discard([sealed.ref])
        raise
    faults.reach("publish.committed")
    table.current_version = version
    tidy_up(table)
    return version


def _publish_copy(target: WriteTarget, sealed: SealedVersion, publication: Publication) -> TableVersion:
    """The branch's own version of a table begins here. Raises what became of its branch or bucket, if they are gone."""
    project_id, branch_id = target.bucket.project_id, target.branch.pk
    try:
        table = publish_new_table(
            bucket=target.bucket,
            branch=target.branch,
            name=target.name,
            sealed=sealed,
            publication=replace(publication, details=publication.details | {"branched_from": target.base.pk}),
            branched_from=target.base.pk,
        )
    except TableExists as error:
        catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=target.bucket.name)
        raise ChangedMeanwhile from error
    metrics.BRANCH_COW_OPERATIONS.labels(project_id, branch_id).inc()
    metrics.BRANCH_COW_BYTES.labels(project_id, branch_id).inc(target.base.size_bytes)
    metrics.BRANCH_COW_DURATION.observe(time.monotonic() - target.started)
    return table.current_version


def _saved_version(
    sealed: SealedVersion, publication: Publication, *, number: int, table: Table | None = None
) -> TableVersion:
    version = TableVersion.from_sealed(sealed, operation=publication.operation)
    version.table, version.number = table, number
    version.job, version.created_by = publication.job, publication.actor_label
    version.save(force_insert=True)
    if publication.also is not None:
        publication.also()
    return version


def _note(resource_id: str, publication: Publication) -> None:
    job = publication.job
    record_success(resource_id, job_id=job.id if job else None, **publication.details)
    if job is not None:
        note_success(job, publication.result)


def _move_pointer(table: Table, base: TableVersion, version: TableVersion) -> None:
    if Table.objects.filter(pk=table.pk, current_version=base).update(current_version=version):
        return
    if not Table.objects.filter(pk=table.pk).exists():
        raise gone(table)
    raise Locked(f"Table {table.name} was changed by somebody else. Nothing was changed; try again.")


def tidy_up(table: Table) -> None:
    """What follows the commit. The change is done: should this fail, `doctor` catches up and nobody is told a lie."""
    try:
        engine().point_link(address_of(table), table.current_version.ref)
        faults.reach("publish.linked")
        forget_superseded(table)
        faults.reach("publish.released")
    except KbstoreError as error:
        log.warning("tidying up after a publish failed; doctor will do it", table_id=table.pk, error=error.message)
