"""Removes stored answers past their time."""

from __future__ import annotations

import structlog
from django.utils import timezone

from storage.idempotency.claim import is_over, rows_like
from storage.models import IdempotentRequest

log = structlog.get_logger(__name__)


def sweep_idempotent_requests() -> int:
    """Remove answers past their time and rows that dead processes left running; returns how many."""
    past = IdempotentRequest.objects.filter(expires_at__lte=timezone.now())
    removed, _ = past.exclude(status=None).delete()
    for row in past.filter(status=None):
        if is_over(row):
            removed += rows_like(row.key_hash, worker=row.worker, created_at=row.created_at).delete()[0]
    log.info("idempotent requests swept", removed=removed)
    return removed
