"""Remove what only tells of the past and has outlived its time: audit events, finished jobs, console sessions."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from storage.models import Event, Job
from storage.models.job import UNFINISHED
from storage.retention import days_ago

#: A transaction deletes so many rows at most: others want to write, too.
BATCH = 2000


def purge_audit_events() -> int:
    """Remove audit events older than `AUDIT_DAYS`; returns how many. Never what the history still shows."""
    if not settings.AUDIT_DAYS:
        return 0
    days = max(settings.AUDIT_DAYS, settings.OPERATIONS_KEPT_DAYS, settings.OPERATION_ERRORS_KEPT_DAYS)
    return _delete(Event.objects.filter(timestamp__lt=days_ago(days)))


def purge_finished_jobs() -> int:
    """Remove jobs that ended more than `JOBS_KEPT_DAYS` ago; returns how many. What they made stays."""
    if not settings.JOBS_KEPT_DAYS:
        return 0
    ended = Job.objects.exclude(state__in=UNFINISHED)
    return _delete(ended.filter(finished_at__lt=days_ago(settings.JOBS_KEPT_DAYS)))


def purge_console_sessions() -> int:
    """Remove logins of the console that have expired; returns how many."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        store.clear_expired()
        return 0
    return _delete(store.get_model_class().objects.filter(expire_date__lt=timezone.now()))


def _delete(rows: QuerySet[Any]) -> int:
    ids = list(rows.order_by().values_list("pk", flat=True))
    return sum(_delete_some(rows.model, batch) for batch in _batches(ids))


def _delete_some(model: type[Model], ids: list[Any]) -> int:
    _, counts = model._default_manager.filter(pk__in=ids).delete()
    return counts.get(model._meta.label, 0)


def _batches(ids: Iterable[Any]) -> Iterable[list[Any]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch
