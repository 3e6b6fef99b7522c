"""Load a file of the project, or objects, into a table: the request, and the job that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.column_choice import check_column_choice
from storage.engine.monitor import Monitor
from storage.engine.specs import CsvOptions, FileFormat, LoadOutcome, LoadSpec
from storage.errors import ImportFailed, InvalidCsvOptions, InvalidFormat
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job, Table, TableVersion
from storage.runtime import engine
from storage.services.import_source import ImportSource, find_source, opened_source
from storage.services.publish_version import Publication, publish
from storage.services.snapshot_before import FULL_LOAD, snapshot_before
from storage.services.write_target import WriteTarget, write_target

JOB_TYPE = "table_import"
FORMATS = ("csv", "parquet")


@dataclass(frozen=True)
class LoadOrder:
    """What the user asked for; `dedup_mode` is any text, unknown ones mean update_duplicates."""

    file_id: str | None = None
    #: In place of a file.
    source: ImportSource | None = None
    format: str = "csv"
    csv: CsvOptions | None = None
    incremental: bool = False
    dedup_mode: str = "update_duplicates"
    columns: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LoadOrder:
        csv = value["csv"] and CsvOptions(**value["csv"])
        columns = None if value["columns"] is None else tuple(value["columns"])
        source = value.get("source") and ImportSource(**value["source"])
        return cls(**(value | {"csv": csv, "columns": columns, "source": source}))


def request_import(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    order: LoadOrder,
    respond_async: bool = False,
) -> Job:
    """Load a file into a table as a job.

    The finished job, or a waiting one when asked for or when the work outlasts the ceiling of a synchronous call.
    Raises what the load raises: the table then holds exactly what it held before.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    table = catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    name, size_bytes = find_source(project_id=project_id, file_id=order.file_id, source=order.source)
    check_order(order, table)
    job = new_table_job(
        JOB_TYPE,
        actor=actor,
        table=table,
        branch_id=branch_id,
        order=order.to_json() | {"file_name": name},
        size_bytes=size_bytes,
    )
    return submit(job, respond_async=respond_async)


def check_order(order: LoadOrder, table: Table) -> None:
    """Raise for what can be known to be wrong before any byte is read."""
    if order.format not in FORMATS:
        raise InvalidFormat(order.format)
    if order.csv is not None:
        check_csv_options(order.csv)
    if order.columns is not None:
        check_column_choice(order.columns, table.current_version.spec.column_names)


def check_csv_options(options: CsvOptions) -> None:
    if not 1 <= len(options.delimiter) <= 4 or set(options.delimiter) & {"\n", "\r", "\0"}:
        raise InvalidCsvOptions.on_field("delimiter", options.delimiter, "has to be 1 to 4 characters, no line break")
    for field, value in (("quote", options.quote), ("escape", options.escape)):
        if len(value.encode()) > 1 or value in ("\n", "\r", "\0"):
            raise InvalidCsvOptions.on_field(field, value, "has to be empty or one ASCII character, no line break")
    if options.quote and options.quote in options.delimiter:
        raise InvalidCsvOptions.on_field("quote", options.quote, "must not be part of the delimiter")


@register(JOB_TYPE)
def run_import(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    target.order.pop("file_name")
    return load_table(
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        table=target.table,
        order=LoadOrder.from_json(target.order),
        job=job,
        monitor=monitor,
    )


@operation("import_table", resource_type="table", need=Need.WRITE)
def load_table(
    *, actor: Actor, project_id: str, branch_id: str, table: Table, order: LoadOrder, job: Job, monitor: Monitor
) -> dict[str, Any]:
    """Make the next version of a table from a file, or from objects.

    Readers keep the version they opened. If any step fails the current version stays.
    """
    with (
        opened_source(project_id=project_id, file_id=order.file_id, source=order.source, monitor=monitor) as source,
        write_target(table, branch_id, monitor) as target,
    ):
        spec = LoadSpec(
            path=source.path,
            format=cast(FileFormat, order.format),
            csv=order.csv,
            incremental=order.incremental,
            dedup_mode=order.dedup_mode,
            columns=order.columns,
            slices=source.slices,
        )
        outcome = _load(project_id, target.base, spec, order, monitor)
        result = import_result(outcome, source.warnings)
        publication = Publication(
            operation="import",
            actor_label=actor.label,
            job=job,
            result=result,
            details={
                "bucket_name": target.bucket.name,
                "table_name": target.name,
                "format": order.format,
                "incremental": order.incremental,
                "imported_rows": outcome.imported_rows,
            },
            also=lambda: None if order.incremental else _keep_replaced(target, actor),
        )
        publish(target, outcome.sealed, publication)
    monitor.rows = outcome.imported_rows
    return result


def _keep_replaced(target: WriteTarget, actor: Actor) -> None:
    if target.table is not None:
        snapshot_before(FULL_LOAD, table=target.table, actor_label=actor.label)


def _load(project_id: str, base: TableVersion, spec: LoadSpec, order: LoadOrder, monitor: Monitor) -> LoadOutcome:
    """What the engine makes of it; a refusal names the file, which the engine does not know."""
    try:
        return engine().load(project_id, base.spec, base.ref, spec, monitor)
    except ImportFailed as error:
        where = {"file_id": order.file_id} if order.source is None else {"source_url": order.source.url}
        error.details = where | {"format": order.format} | (error.details or {})
        raise


def import_result(outcome: LoadOutcome, notes: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "imported_rows": outcome.imported_rows,
        "table_rows_after": outcome.sealed.row_count,
        "table_size_bytes": outcome.sealed.size_bytes,
        "warnings": [*notes, *outcome.warnings],
    }
