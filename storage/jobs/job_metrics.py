"""Counts the ends of jobs, and of the imports and exports among them."""

from __future__ import annotations

from kbstore import metrics
from storage.models import Job, JobState


def count_finished(job: Job) -> None:
    """Count a job that has just reached its final state; its row holds what it did."""
    seconds = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else None
    metrics.KBSTORE_JOBS_FINISHED.labels(job.type, str(job.state)).inc()
    if seconds is not None:
        metrics.KBSTORE_JOB_DURATION.labels(job.type).observe(seconds)
    count = _KINDS.get(job.type)
    if count is not None:
        count(job, seconds or 0.0)


def _count_import(job: Job, seconds: float) -> None:
    file_format, mode = job.params["format"], "incremental" if job.params["incremental"] else "full"
    metrics.IMPORT_OPERATIONS.labels(file_format, mode, _status(job)).inc()
    metrics.IMPORT_DURATION.labels(file_format).observe(seconds)
    if job.state == JobState.SUCCESS:
        metrics.IMPORT_ROWS.inc((job.result or {}).get("imported_rows", 0))
        metrics.IMPORT_BYTES.labels(file_format).inc(job.bytes or 0)


def _count_export(job: Job, seconds: float) -> None:
    file_format = job.params["format"]
    metrics.EXPORT_OPERATIONS.labels(file_format, _status(job)).inc()
    metrics.EXPORT_DURATION.labels(file_format).observe(seconds)
    if job.state == JobState.SUCCESS:
        metrics.EXPORT_ROWS.inc((job.result or {}).get("rows_exported", 0))


def _status(job: Job) -> str:
    return "success" if job.state == JobState.SUCCESS else "error"


_KINDS = {
    "table_import": _count_import,
    "table_row_import": _count_import,
    "table_copy_rows": _count_import,
    "workspace_unload": _count_import,
    "table_load": _count_import,
    "table_export": _count_export,
}
