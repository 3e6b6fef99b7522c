"""Close the rows of sessions that nobody uses any more, and forget those that ended long ago."""

from __future__ import annotations

import datetime

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from storage.jobs.identity import is_locked, is_on_this_host
from workspaces.models import WorkspaceSession
from workspaces.models.session import ACTIVE

log = structlog.get_logger(__name__)

TIMED_OUT = "timeout"
LOST = "lost"
#: Longer than any idle time can be, and short enough to be subtracted from today.
_LONGEST_SECONDS = 10**9


def sweep_sessions() -> None:
    """Everything below, at the configured times; any number of processes may do it at once."""
    timed_out, _ = sweep_idle_sessions()
    lost = mark_lost_sessions()
    forgotten = forget_closed_sessions()
    if timed_out or lost:
        log.info("sessions swept", timed_out=timed_out, lost=lost, forgotten=forgotten)


def sweep_idle_sessions(idle_seconds: int | None = None) -> tuple[int, int]:
    """Mark open sessions without activity for so long as `timeout`: how many, and the seconds that counted.

    None and 0 mean the configured time.
    """
    seconds = idle_seconds or settings.PGWIRE_IDLE_TIMEOUT_SECONDS
    limit = timezone.now() - datetime.timedelta(seconds=min(seconds, _LONGEST_SECONDS))
    return _open().filter(last_activity_at__lt=limit).update(status=TIMED_OUT), seconds


def mark_lost_sessions(*, workspace_id: str | None = None) -> int:
    """Mark open sessions of our own processes that have died as `lost`; returns how many.

    Of a process on another host only silence tells: its sessions time out.
    """
    sessions = _open() if workspace_id is None else _open().filter(workspace=workspace_id)
    workers = set(sessions.exclude(worker="").order_by().values_list("worker", flat=True).distinct())
    dead = [worker for worker in workers if is_on_this_host(worker) and not is_locked(worker)]
    return sessions.filter(worker__in=dead).update(status=LOST) if dead else 0


def forget_closed_sessions() -> int:
    """Delete the rows of sessions that ended long ago; returns how many."""
    days: float = settings.WORKSPACE_SESSIONS_KEPT_DAYS
    if not days:
        return 0
    limit = timezone.now() - datetime.timedelta(days=days)
    old = WorkspaceSession.objects.exclude(status=ACTIVE).filter(last_activity_at__lt=limit)
    return old.delete()[0]


def _open() -> QuerySet[WorkspaceSession]:
    return WorkspaceSession.objects.filter(status=ACTIVE)
