"""Write a table, or a part of it, into a file of the project: the request, and the job that does it."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from files.models import File
from files.services.store_file import register_local_file
from kbstore import context
from kbstore.access import Actor, Need, Role
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.monitor import Monitor
from storage.engine.specs import ExportOutcome, ExportSpec
from storage.errors import InvalidCompression, InvalidFormat, InvalidLimit
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job, Table
from storage.runtime import engine

JOB_TYPE = "table_export"
COMPRESSIONS: dict[str, tuple[str | None, ...]] = {
    "csv": (None, "gzip"),
    "parquet": (None, "gzip", "zstd", "snappy"),
}
CONTENT_TYPES = {"csv": "text/csv", "parquet": "application/x-parquet"}


@dataclass(frozen=True)
class ExportOrder:
    """What the user asked for; names and the filter are checked against the table before anything is written."""

    format: str = "csv"
    compression: str | None = None
    columns: tuple[str, ...] | None = None
    where_filter: str | None = None
    limit: int | None = None
    order_by: tuple[str, ...] | None = None
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    null_string: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ExportOrder:
        lists = {name: tuple(value[name]) if value[name] else None for name in ("columns", "order_by")}
        return cls(**(value | lists))

    def spec(self) -> ExportSpec:
        fields = self.to_json()
        return ExportSpec(**(fields | {"where": fields.pop("where_filter") or None, "columns": self.columns or None}))


def request_export(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    order: ExportOrder,
    respond_async: bool = False,
) -> Job:
    """Write rows of a table into a new file as a job; finished on return unless asked otherwise. Takes no lock."""
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    table = catalog.find_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    check_order(order)
    job = Job(
        project_id=project_id,
        branch_id=table.branch_id,
        type=JOB_TYPE,
        bucket_name=bucket_name,
        table_name=table_name,
        params=order.to_json() | {"table": table.pk, "branch_id": branch_id},
        requested_by=actor.label,
        request_id=context.request_id.get() or "",
        client_address=context.client_address.get() or "",
    )
    return submit(job, respond_async=respond_async)


def check_order(order: ExportOrder) -> None:
    if order.format not in COMPRESSIONS:
        raise InvalidFormat(order.format)
    valid = COMPRESSIONS[order.format]
    if order.compression not in valid:
        raise InvalidCompression(order.format, order.compression, list(valid))
    if order.limit is not None and order.limit < 0:
        raise InvalidLimit(order.limit)


@register(JOB_TYPE)
def run_export(job: Job, monitor: Monitor) -> dict[str, Any]:
    params = dict(job.params)
    table_id, branch_id = params.pop("table"), params.pop("branch_id")
    return export_table(
        actor=Actor(Role.ADMIN, job.requested_by),
        project_id=job.project_id,
        branch_id=branch_id,
        table=catalog.table_by_id(table_id, job),
        order=ExportOrder.from_json(params),
        job=job,
        monitor=monitor,
    )


@operation("export_table", resource_type="table", need=Need.WRITE)
def export_table(
    *, actor: Actor, project_id: str, branch_id: str, table: Table, order: ExportOrder, job: Job, monitor: Monitor
) -> dict[str, Any]:
    """Write one version of the table, the current one at the start, into a registered file."""
    version = table.current_version
    target = settings.STAGING_DIR / f"{uuid.uuid4().hex}.export"
    try:
        outcome = engine().export(version.ref, version.spec, order.spec(), target, monitor)
        with transaction.atomic():
            file = register_local_file(
                project_id=project_id,
                name=export_name(table.name, order),
                content_type=CONTENT_TYPES[order.format],
                tags={"type": "export", "table": f"{table.bucket.name}.{table.name}"},
                source=target,
                size_bytes=outcome.size_bytes,
                checksum_sha256=outcome.checksum_sha256,
                expires_at=expiry(),
            )
            record_success(
                f"{table.bucket.name}.{table.name}",
                job_id=job.id,
                format=order.format,
                rows_exported=outcome.row_count,
                file_id=file.id,
            )
            result = export_result(file, outcome)
            note_success(job, result)
    finally:
        target.unlink(missing_ok=True)
    monitor.rows, monitor.bytes = outcome.row_count, outcome.size_bytes
    return result


def export_result(file: File, outcome: ExportOutcome) -> dict[str, Any]:
    return {
        "file_id": file.id,
        "file_path": file.path,
        "rows_exported": outcome.row_count,
        "file_size_bytes": outcome.size_bytes,
    }


def export_name(table_name: str, order: ExportOrder) -> str:
    stamp = timezone.now().strftime("%Y%m%d_%H%M%S")
    suffix = ".gz" if (order.format, order.compression) == ("csv", "gzip") else ""
    return f"export_{table_name}_{stamp}.{order.format}{suffix}"


def expiry() -> datetime.datetime | None:
    days = settings.EXPORT_TTL_DAYS
    return timezone.now() + datetime.timedelta(days=days) if days else None
