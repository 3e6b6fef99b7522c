"""Load a file into a table that does not exist yet: it appears with its rows, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from kbstore.access import Actor, Need, Role
from kbstore.errors import KbstoreError
from kbstore.operations import operation
from storage import catalog
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, FileFormat, LoadOutcome, LoadSpec, TableSpec
from storage.errors import ImportFailed, InvalidFormat, TableExists
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job
from storage.names import check_table_name
from storage.runtime import engine
from storage.services.create_table import checked_spec
from storage.services.import_source import find_source, opened_source
from storage.services.import_table import FORMATS, LoadOrder, check_csv_options, import_result
from storage.services.publish_version import Publication, publish_new_table
from storage.services.structure_lock import structure_locked

JOB_TYPE = "table_load"


def request_load(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    columns: Sequence[ColumnSpec],
    primary_key: Sequence[str],
    order: LoadOrder,
    respond_async: bool = False,
) -> Job:
    """Make a table of these columns out of a file, as a job.

    Raises TableExists, what `create_table` raises for a shape, and what the load raises; there is no table then.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    bucket = catalog.find_writable_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    branch = catalog.find_branch(project_id, branch_id)
    if catalog.visible_tables(bucket, branch).filter(name=table_name).exists():
        raise TableExists(project_id, bucket_name, table_name)
    check_table_name(table_name)
    spec = checked_spec(bucket, table_name, TableSpec(tuple(columns), tuple(primary_key)))
    _check_order(order)
    file_name, size_bytes = find_source(project_id=project_id, file_id=order.file_id, source=order.source)
    job = Job(
        project_id=project_id,
        branch=branch,
        type=JOB_TYPE,
        bucket_name=bucket_name,
        table_name=table_name,
        params=order.to_json()
        | {
            "file_name": file_name,
            "branch_id": branch_id,
            "table_columns": [column.to_json() for column in spec.columns],
            "primary_key": list(spec.primary_key),
        },
        bytes=size_bytes,
        requested_by=actor.label,
    )
    return submit(job, respond_async=respond_async)


def _check_order(order: LoadOrder) -> None:
    if order.format not in FORMATS:
        raise InvalidFormat(order.format)
    if order.csv is not None:
        check_csv_options(order.csv)


@register(JOB_TYPE)
def run_load(job: Job, monitor: Monitor) -> dict[str, Any]:
    fields = LoadOrder.__dataclass_fields__
    order = LoadOrder.from_json({name: value for name, value in job.params.items() if name in fields})
    columns = tuple(ColumnSpec.from_json(column) for column in job.params["table_columns"])
    return load_new_table(
        # Rights were checked when the job was asked for.
        actor=Actor(Role.ADMIN, job.requested_by),
        project_id=job.project_id,
        branch_id=job.params["branch_id"],
        bucket_name=job.bucket_name,
        table_name=job.table_name,
        spec=TableSpec(columns, tuple(job.params["primary_key"])),
        # All of its rows are new, whatever was asked for.
        order=replace(order, incremental=False, columns=None),
        job=job,
        monitor=monitor,
    )


@operation("load_table", resource_type="table", need=Need.WRITE)
def load_new_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    spec: TableSpec,
    order: LoadOrder,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """The result of the import into the new table, whose first version holds the rows. Raises TableExists."""
    outcome, warnings = _loaded(project_id, spec, order, monitor)
    result = import_result(outcome, warnings)
    publication = Publication(
        operation="import",
        actor_label=actor.label,
        job=job,
        result=result,
        details={
            "bucket_name": bucket_name,
            "table_name": table_name,
            "column_count": len(spec.columns),
            "format": order.format,
            "imported_rows": outcome.imported_rows,
        },
    )
    try:
        with structure_locked(project_id):
            place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
            publish_new_table(
                bucket=catalog.find_writable_bucket(**place),
                branch=catalog.find_branch(project_id, branch_id),
                name=table_name,
                sealed=outcome.sealed,
                publication=publication,
            )
    except KbstoreError:  # the bucket went away meanwhile, or somebody else was first
        engine().discard([outcome.sealed.ref])
        raise
    monitor.rows = outcome.imported_rows
    return result


def _loaded(
    project_id: str, spec: TableSpec, order: LoadOrder, monitor: Monitor
) -> tuple[LoadOutcome, tuple[str, ...]]:
    """A sealed version with the rows; the empty one that it grew from is gone."""
    with opened_source(project_id=project_id, file_id=order.file_id, source=order.source, monitor=monitor) as source:
        load = LoadSpec(
            path=source.path,
            format=cast(FileFormat, order.format),
            csv=order.csv,
            dedup_mode=order.dedup_mode,
            slices=source.slices,
        )
        empty = engine().create(project_id, spec)
        try:
            return engine().load(project_id, spec, empty.ref, load, monitor), source.warnings
        except ImportFailed as error:
            error.details = {"file_id": order.file_id, "format": order.format} | (error.details or {})
            raise
        finally:
            engine().discard([empty.ref])
