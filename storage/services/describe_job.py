"""A job as every door shows it: plain JSON, without secrets."""

from __future__ import annotations

import datetime
from typing import Any

from storage.models import Job

#: A parameter whose name holds one of these is not shown.
_SECRET_WORDS = ("secret", "password", "token", "credential", "access_key", "authorization")


def describe_job(job: Job) -> dict[str, Any]:
    """The job object of the wire: ids, state, progress 0 to 1, result or error, times in UTC."""
    return {
        "id": job.id,
        "project_id": job.project_id,
        "branch_id": job.branch_id or "default",
        "type": job.type,
        "state": str(job.state),
        "progress": round(job.progress, 4),
        "rows": job.rows,
        "bytes": job.bytes,
        "bucket_name": job.bucket_name or None,
        "table_name": job.table_name or None,
        "params": without_secrets(job.params),
        "result": job.result,
        "error": job.error,
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
        "cancel_requested_at": _time(job.cancel_requested_at),
        "requested_by": job.requested_by,
        "request_id": job.request_id or None,
        "url": f"/jobs/{job.id}",
    }


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if _is_secret(key) and item else without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)


def _time(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")
