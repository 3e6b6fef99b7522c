"""A snapshot as every door shows it."""

from __future__ import annotations

import datetime
from typing import Any

from storage.models import Snapshot


def describe_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot object of the wire as plain JSON; its version has to be loaded."""
    version = snapshot.version
    return {
        "id": snapshot.pk,
        "project_id": snapshot.project_id,
        "bucket_name": snapshot.bucket_name,
        "table_name": snapshot.table_name,
        "snapshot_type": str(snapshot.type),
        "row_count": version.row_count,
        "size_bytes": version.size_bytes,
        "created_at": _time(snapshot.created_at),
        "created_by": snapshot.created_by,
        "expires_at": _time(snapshot.expires_at) if snapshot.expires_at else None,
        "description": snapshot.description,
    }


def _time(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")
