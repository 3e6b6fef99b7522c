"""Removes stored answers past their time."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from storage.idempotency.claim import is_over, rows_like
from storage.models import IdempotentRequest


def sweep_idempotent_requests() -> int:
    """Remove answers past their time and rows that dead processes left running; returns how many."""
    past = IdempotentRequest.objects.filter(expires_at__lte=timezone.now())
    removed, _ = past.exclude(status=None).delete()
    for row in past.filter(status=None):
        if is_over(row):
            removed += rows_like(row.key_hash, worker=row.worker, created_at=row.created_at).delete()[0]
    return removed


def count_live_idempotent_requests() -> int:
    """Keys that are in use: with a stored answer, or running."""
    return IdempotentRequest.objects.filter(Q(status=None) | Q(expires_at__gt=timezone.now())).count()
