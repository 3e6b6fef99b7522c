"""Forget statements of the query log that are old, or more than are kept."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.utils import timezone

from workspaces.models import LoggedQuery

#: A delete holds the catalog's write lock: small ones, often.
_AT_ONCE = 5_000


def purge_query_log() -> int:
    """Delete what is older than `QUERY_LOG_DAYS` or beyond the newest `QUERY_LOG_ROWS`; how many. 0 means no limit."""
    removed = 0
    if settings.QUERY_LOG_DAYS:
        oldest = timezone.now() - datetime.timedelta(days=settings.QUERY_LOG_DAYS)
        kept = LoggedQuery.objects.filter(started_at__lt=oldest).order_by("-id").values_list("id", flat=True).first()
        removed += _delete_up_to(kept)
    if settings.QUERY_LOG_ROWS:
        ids = LoggedQuery.objects.order_by("-id").values_list("id", flat=True)
        removed += _delete_up_to(next(iter(ids[settings.QUERY_LOG_ROWS : settings.QUERY_LOG_ROWS + 1]), None))
    return removed


def _delete_up_to(newest: int | None) -> int:
    removed = 0
    while newest is not None:
        ids = list(LoggedQuery.objects.filter(id__lte=newest).order_by("id").values_list("id", flat=True)[:_AT_ONCE])
        if not ids:
            break
        removed += LoggedQuery.objects.filter(id__lte=ids[-1]).delete()[0]
    return removed
