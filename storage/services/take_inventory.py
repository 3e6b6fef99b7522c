"""Set the gauges of what exists from the catalog, in a handful of queries: no walk over the disk."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min, Sum
from django.utils import timezone

from files.models import File, FileState, MultipartUpload
from kbstore import metrics
from storage.backup.last_backup import read_last_backup
from storage.models import (
    Branch,
    Bucket,
    BucketShare,
    IdempotentRequest,
    Job,
    Project,
    Snapshot,
    SnapshotType,
    Table,
    TableVersion,
)
from storage.models.job import UNFINISHED

log = structlog.get_logger(__name__)


#: A sum over all rows that took longer than this is not made while Prometheus waits, but by the housekeeping.
PATIENCE_SECONDS = 0.02

_sums_took_seconds = 0.0


def take_inventory() -> None:
    """Refresh the gauges. When the catalog does not answer they keep what they had."""
    started = time.perf_counter()
    _measure_disk()
    backup = read_last_backup()
    metrics.KBSTORE_LAST_BACKUP_TIMESTAMP.set(backup["finished_at"] if backup else 0)
    try:
        _count_structure()
        _count_snapshots()
        _count_jobs()
        metrics.S3_MULTIPART_UPLOADS_ACTIVE.set(MultipartUpload.objects.filter(completed_at=None).count())
        metrics.IDEMPOTENCY_CACHE_SIZE.set(IdempotentRequest.objects.filter(expires_at__gt=timezone.now()).count())
        metrics.STORAGE_SIZE_BYTES.labels("metadata").set(catalog_bytes())
        if _sums_took_seconds < PATIENCE_SECONDS:
            sum_up_sizes()
    except DatabaseError as error:
        log.warning("no inventory: the catalog does not answer", error=str(error))
    metrics.KBSTORE_INVENTORY_DURATION.set(time.perf_counter() - started)


def sum_up_sizes() -> None:
    """Refresh the gauges that need a look at every version, snapshot and file. Raises DatabaseError."""
    global _sums_took_seconds
    started = time.perf_counter()
    versions = TableVersion.objects.aggregate(bytes=Sum("size_bytes"))
    metrics.STORAGE_SIZE_BYTES.labels("tables").set(versions["bytes"] or 0)
    snapshots = Snapshot.objects.live().values("version")
    pinned = TableVersion.objects.filter(pk__in=snapshots).aggregate(bytes=Sum("size_bytes"))
    metrics.SNAPSHOTS_SIZE_BYTES.set(pinned["bytes"] or 0)
    _count_files()
    _sums_took_seconds = time.perf_counter() - started


def _count_structure() -> None:
    metrics.PROJECTS.set(Project.objects.count())
    buckets = Bucket.objects.aggregate(all=Count("pk"), linked=Count("source_project_id"))
    metrics.BUCKETS.set(buckets["all"])
    metrics.BUCKET_LINKS.set(buckets["linked"])
    metrics.BUCKET_SHARES.set(BucketShare.objects.count())
    metrics.BRANCHES.set(Branch.objects.count())
    in_branches = Table.objects.filter(branch__isnull=False).count()
    metrics.TABLES.set(Table.objects.count() - in_branches)
    metrics.BRANCH_TABLES.set(in_branches)


def _count_snapshots() -> None:
    counts = dict(Snapshot.objects.live().order_by().values_list("type").annotate(Count("pk")))
    for snapshot_type in SnapshotType.values:
        metrics.SNAPSHOTS.labels(snapshot_type).set(counts.get(snapshot_type, 0))


def _count_files() -> None:
    rows = File.objects.order_by().values("state").annotate(count=Count("pk"), bytes=Sum("size_bytes"))
    registered = [row for row in rows if row["state"] == FileState.REGISTERED]
    staged = [row for row in rows if row["state"] != FileState.REGISTERED]
    metrics.FILES.set(sum(row["count"] for row in registered))
    metrics.FILES_STAGING_COUNT.set(sum(row["count"] for row in staged))
    metrics.STORAGE_SIZE_BYTES.labels("files").set(sum(row["bytes"] for row in registered))
    metrics.STORAGE_SIZE_BYTES.labels("staging").set(sum(row["bytes"] for row in staged))


def _count_jobs() -> None:
    unfinished = Job.objects.filter(state__in=UNFINISHED).order_by()
    rows = {
        row["state"]: row for row in unfinished.values("state").annotate(count=Count("pk"), first=Min("created_at"))
    }
    for state in UNFINISHED:
        metrics.KBSTORE_JOBS.labels(state.value).set(rows[state]["count"] if state in rows else 0)
    waiting = rows.get(UNFINISHED[0])
    waited = (timezone.now() - waiting["first"]).total_seconds() if waiting else 0.0
    metrics.KBSTORE_OLDEST_WAITING_JOB.set(waited)


def _measure_disk() -> None:
    try:
        disk = shutil.disk_usage(settings.DATA_DIR)
    except OSError as error:
        log.warning("the data directory cannot be measured", error=str(error))
        return
    metrics.KBSTORE_DISK_FREE_BYTES.set(disk.free)
    metrics.KBSTORE_DISK_SIZE_BYTES.set(disk.total)


def catalog_bytes() -> int:
    """Size of the catalog's database, with what SQLite has not yet moved into its file."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        return sum(path.stat().st_size for path in (Path(name), Path(f"{name}-wal")) if path.exists())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
