"""Write a worn table anew: the same rows without the space of those that were deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.monitor import Monitor
from storage.models import Bucket, Table
from storage.names import DEFAULT_BRANCH
from storage.runtime import engine
from storage.services.publish_version import Publication, publish
from storage.services.write_target import WriteTarget, write_locked


@dataclass(frozen=True)
class Compaction:
    """Bytes of the table's file before and after; `is_kept` is False where writing it anew saved nothing."""

    before_bytes: int
    after_bytes: int
    is_kept: bool


def tables_to_compact(
    *, project_id: str | None = None, bucket_name: str | None = None, table_name: str | None = None
) -> QuerySet[Table]:
    """The tables of these names in all branches; None means all. Raises the 404 of a name that is not there."""
    tables = Table.objects.order_by("bucket__project", "bucket__name", "name", "branch")
    if project_id is not None:
        tables = tables.filter(bucket__project=catalog.find_project(project_id))
    if project_id is not None and bucket_name is not None:
        tables = tables.filter(bucket=_bucket(project_id, bucket_name))
    if project_id is not None and bucket_name is not None and table_name is not None:
        place = {"project_id": project_id, "branch_id": DEFAULT_BRANCH, "bucket_name": bucket_name}
        tables = tables.filter(name=catalog.find_writable_table(**place, table_name=table_name).name)
    return tables.select_related("bucket", "current_version")


def _bucket(project_id: str, bucket_name: str) -> Bucket:
    return catalog.find_writable_bucket(project_id=project_id, branch_id=DEFAULT_BRANCH, bucket_name=bucket_name)


def worn_tables(tables: QuerySet[Table]) -> Iterator[Table]:
    """Those of the tables whose file is much larger than their rows need; each is opened and looked at."""
    return (table for table in tables.iterator() if engine().is_wasteful(table.current_version.ref))


@operation("compact_table", resource_type="table", need=Need.WRITE)
def compact_table(
    *, actor: Actor, project_id: str, branch_id: str, table: Table, is_forced: bool = False, monitor: Monitor
) -> Compaction:
    """Publish the same rows in a fresh file if that is smaller, or in any case if forced.

    Readers go on with the version they opened; the worn one stays in the table's history like any other. Raises Locked,
    TableNotFound.
    """
    with write_locked(table, monitor) as fresh:
        base = fresh.current_version
        sealed = engine().compact(project_id, base.spec, base.ref, monitor)
        outcome = Compaction(base.size_bytes, sealed.size_bytes, is_forced or sealed.size_bytes < base.size_bytes)
        if not outcome.is_kept:
            engine().discard([sealed.ref])
            return outcome
        details = {
            "bucket_name": fresh.bucket.name,
            "table_name": fresh.name,
            "row_count": sealed.row_count,
            "before_bytes": outcome.before_bytes,
            "after_bytes": outcome.after_bytes,
        }
        publish(
            WriteTarget(fresh.bucket, fresh.branch, fresh.name, base, fresh),
            sealed,
            Publication("compact", actor.label, details=details),
        )
    return outcome
