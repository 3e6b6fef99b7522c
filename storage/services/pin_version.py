"""The row that makes a snapshot: it pins a version, and that is all there is to it."""

from __future__ import annotations

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from storage.models import Bucket, Snapshot, SnapshotType, TableVersion
from storage.services.snapshot_config import SnapshotConfig

_ATTEMPTS = 1000


def pin_version(
    *,
    bucket: Bucket,
    branch_id: str | None,
    table_name: str,
    version: TableVersion,
    config: SnapshotConfig,
    snapshot_type: SnapshotType = SnapshotType.MANUAL,
    description: str | None = None,
    created_by: str,
) -> Snapshot:
    """A new snapshot of a version, in the caller's transaction; it expires as the settings in force say."""
    now = timezone.now()
    days = config.retention_days(automatic=snapshot_type is not SnapshotType.MANUAL)
    fields = {
        "project_id": bucket.project_id,
        "branch_id": branch_id,
        "bucket_name": bucket.name,
        "table_name": table_name,
        "type": snapshot_type,
        "version": version,
        "description": description,
        "created_at": now,
        "created_by": created_by,
        "expires_at": now + datetime.timedelta(days=days),
    }
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return Snapshot.objects.create(id=snapshot_id(table_name, now, attempt), **fields)
        except IntegrityError:
            # Another one in the same millisecond; any other reason comes again at the last attempt.
            if not Snapshot.objects.filter(pk=snapshot_id(table_name, now, attempt)).exists():
                raise
    raise AssertionError("unreachable")


def snapshot_id(table_name: str, moment: datetime.datetime, attempt: int = 0) -> str:
    """`snap_{table}_{YYYYMMDD}_{HHMMSS}_{milliseconds}`, with a number where that is taken."""
    stamp = f"{moment:%Y%m%d_%H%M%S}_{moment.microsecond // 1000:03d}"
    return f"snap_{table_name}_{stamp}" + (f"_{attempt}" if attempt else "")
