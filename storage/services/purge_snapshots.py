"""Remove the snapshots whose time is over."""

from __future__ import annotations

import datetime

import structlog
from django.utils import timezone

from kbstore import metrics
from storage.models import Snapshot, TableVersion
from storage.services.release_versions import forget, forget_if_unused

log = structlog.get_logger(__name__)


def purge_expired_snapshots(*, now: datetime.datetime | None = None) -> int:
    """Returns how many were removed; safe to run in several processes at once. Their versions go where unused."""
    expired = Snapshot.objects.filter(expires_at__lte=now or timezone.now())
    removed = 0
    for snapshot_id, version_id in list(expired.values_list("pk", "version_id")):
        if not expired.filter(pk=snapshot_id).delete()[0]:
            continue  # somebody else was faster
        removed += 1
        metrics.SNAPSHOTS_EXPIRED.inc()
        forget_if_unused(version_id)
    # Snapshots also go with their branch, which leaves versions that nobody can name any more.
    forgotten = forget(TableVersion.objects.filter(table=None))
    if removed or forgotten:
        log.info("snapshots purged", snapshots=removed, versions=forgotten)
    return removed
