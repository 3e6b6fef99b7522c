"""Write a table, or a part of it, into a file or objects of the project: the request, and the job that does it."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from files.models import File
from files.services.store_file import register_local_file
from kbstore.access import Actor, Need, Role
from kbstore.operations import operation, record_success
from storage.engine.column_choice import check_column_choice
from storage.engine.errors import VersionGone
from storage.engine.expressions import check_predicate
from storage.engine.monitor import Monitor
from storage.engine.row_conditions import check_selection
from storage.engine.specs import ExportOutcome, ExportSpec, TableSpec
from storage.errors import InvalidCompression, InvalidCsvOptions, InvalidFormat, InvalidLimit
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, order_of, target_of
from storage.models import Job
from storage.runtime import engine
from storage.services.export_target import CONTENT_TYPES, ExportTarget, check_target, export_to_objects
from storage.services.find_readable import Readable, find_readable

JOB_TYPE = "table_export"
COMPRESSIONS = {"csv": ("gzip",), "parquet": ("gzip", "zstd", "snappy")}
UNCOMPRESSED = "uncompressed"
NO_MARKS = ("\n", "\r", "\0")


def request_export(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    order: ExportSpec,
    target: ExportTarget | None = None,
    respond_async: bool = False,
) -> Job:
    """Write rows of a table or view into a new file, or into objects, as a job; finished on return unless asked
    otherwise.

    Takes no lock.
    """
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    source = find_readable(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name)
    check_order(order, source.spec)
    params = asdict(order)
    if target is not None:
        check_target(project_id=project_id, target=target)
        params |= {"target": asdict(target)}
    view = (source.bucket, source.name) if source.is_view else None
    job = new_table_job(JOB_TYPE, actor=actor, table=source.table, branch_id=branch_id, order=params, view=view)
    return submit(job, respond_async=respond_async)


def check_order(order: ExportSpec, spec: TableSpec) -> None:
    """Raise for what can be known to be wrong before the work begins, the first in the contract's order."""
    if order.format not in COMPRESSIONS:
        raise InvalidFormat(order.format)
    valid = COMPRESSIONS[order.format]
    if order.compression is not None and order.compression not in valid and not _is_left_bare(order):
        raise InvalidCompression(order.format, order.compression, valid)
    names = spec.column_names
    if order.selection is not None:
        check_selection(order.selection, spec)
    if order.where:
        check_predicate(order.where, names)
    for chosen in (order.columns, order.order_by):
        if chosen:
            check_column_choice(chosen, names)
    if order.limit is not None and order.limit < 0:
        raise InvalidLimit(order.limit)
    if order.format == "csv":
        check_csv_dialect(order)


def _is_left_bare(order: ExportSpec) -> bool:
    """Parquet that is not compressed at all is something that only hosts of the driver ask for."""
    return order.selection is not None and (order.format, order.compression) == ("parquet", UNCOMPRESSED)


def check_csv_dialect(order: ExportSpec) -> None:
    """Raise InvalidCsvOptions for what would make a file that nobody can read back."""
    delimiter, quote = order.delimiter, order.quote
    # Of a longer delimiter the engine would write the first character only.
    if not is_mark(delimiter):
        raise InvalidCsvOptions.on_field("delimiter", delimiter, "has to be one ASCII character, no line break")
    if quote and not is_mark(quote):
        raise InvalidCsvOptions.on_field("quote", quote, "has to be empty or one ASCII character, no line break")
    if quote == delimiter:
        raise InvalidCsvOptions.on_field("quote", quote, "must not be the delimiter")
    if set(order.null_string) & {delimiter, quote, *NO_MARKS}:
        reason = "must not hold the delimiter, the quote or a line break"
        raise InvalidCsvOptions.on_field("null_string", order.null_string, reason)


def is_mark(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in NO_MARKS


@register(JOB_TYPE)
def run_export(job: Job, monitor: Monitor) -> dict[str, Any]:
    def export() -> dict[str, Any]:
        params = order_of(job)
        place, source = params.pop("target", None), _source_of(job)
        return export_table(
            # Rights were checked when the job was asked for.
            actor=Actor(Role.ADMIN, job.requested_by),
            project_id=job.project_id,
            branch_id=job.params["branch_id"],
            source=source,
            order=replace(ExportSpec.from_json(params), view=source.shape),
            target=place and ExportTarget(**place),
            job=job,
            monitor=monitor,
        )

    try:
        return export()
    except VersionGone:
        # Writers let go of the version while this waited for its turn: there is a newer one.
        return export()


def _source_of(job: Job) -> Readable:
    """Raises TableNotFound for a table that was dropped meanwhile, also if it was made anew."""
    if not job.params.get("is_view"):
        table = target_of(job).table
        return Readable(table.bucket, table.name, table)
    return find_readable(
        project_id=job.project_id,
        branch_id=job.params["branch_id"],
        bucket_name=job.bucket_name or "",
        table_name=job.table_name or "",
    )


@operation("export_table", resource_type="table", need=Need.WRITE)
def export_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    source: Readable,
    order: ExportSpec,
    target: ExportTarget | None,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Write one version of the table, the current one at the start, into a registered file or into objects."""
    if target is not None:
        return _to_objects(project_id=project_id, source=source, order=order, target=target, job=job, monitor=monitor)
    return _to_file(project_id=project_id, source=source, order=order, job=job, monitor=monitor)


def _to_objects(
    *, project_id: str, source: Readable, order: ExportSpec, target: ExportTarget, job: Job, monitor: Monitor
) -> dict[str, Any]:
    stored = export_to_objects(
        project_id=project_id, target=target, version=source.version, order=order, monitor=monitor
    )
    result = {
        "file_id": None,
        "file_path": f"{stored.url.bucket}/{stored.url.key}",
        "rows_exported": stored.row_count,
        "file_size_bytes": stored.size_bytes,
        "target_url": str(stored.url),
        "file_count": stored.file_count,
    }
    with transaction.atomic():
        _record(
            job, source.name, order, rows=stored.row_count, size_bytes=stored.size_bytes, target_url=str(stored.url)
        )
        note_success(job, result)
    monitor.rows, monitor.bytes = stored.row_count, stored.size_bytes
    return result


def _record(job: Job, name: str, order: ExportSpec, *, rows: int, size_bytes: int, **place: str) -> None:
    record_success(
        f"{job.bucket_name}.{name}",
        job_id=job.id,
        bucket_name=job.bucket_name,
        table_name=name,
        format=order.format,
        rows_exported=rows,
        bytes_out=size_bytes,
        **place,
    )


def _to_file(*, project_id: str, source: Readable, order: ExportSpec, job: Job, monitor: Monitor) -> dict[str, Any]:
    version = source.version
    target = settings.STAGING_DIR / f"{uuid.uuid4().hex}.export"
    try:
        outcome = engine().export(version.ref, version.spec, order, target, monitor)
        with transaction.atomic():
            file = register_local_file(
                project_id=project_id,
                name=export_name(source.name, order),
                content_type=CONTENT_TYPES[order.format],
                tags={"type": "export", "table": f"{job.bucket_name}.{source.name}"},
                source=target,
                size_bytes=outcome.size_bytes,
                checksum_sha256=outcome.checksum_sha256,
                lifetime=datetime.timedelta(days=settings.EXPORT_TTL_DAYS) or None,
            )
            _record(job, source.name, order, rows=outcome.row_count, size_bytes=outcome.size_bytes, file_id=file.id)
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


def export_name(table_name: str, order: ExportSpec) -> str:
    stamp = timezone.now().strftime("%Y%m%d_%H%M%S")
    suffix = ".gz" if (order.format, order.compression) == ("csv", "gzip") else ""
    return f"export_{table_name}_{stamp}.{order.format}{suffix}"
