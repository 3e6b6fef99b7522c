"""Everything that the house removes because its time is over, by name: what the command and the chores run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import DatabaseError

from files.services.objects.reap_contents import reap_contents
from files.services.purge_expired import purge_expired
from kbstore.errors import KbstoreError
from storage.idempotency.sweep import sweep_idempotent_requests
from storage.services.purge_history import purge_audit_events, purge_console_sessions, purge_finished_jobs
from storage.services.purge_snapshots import purge_expired_snapshots

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Purged:
    """What one part did; `error` says why it could not end, in words for the operator."""

    part: str
    removed: int
    seconds: float
    error: str | None = None


def purge_files() -> int:
    """Remove expired files and upload sessions, and contents or records without their counterpart."""
    return sum(vars(purge_expired()).values())


def purge_objects() -> int:
    """Remove old uploads in parts, contents that nothing names, and bytes without a record."""
    return sum(vars(reap_contents()).values())


#: Each part may run at any time, beside others, and again.
PARTS: dict[str, Callable[[], int]] = {
    "snapshots": purge_expired_snapshots,
    "files": purge_files,
    "objects": purge_objects,
    "idempotency keys": sweep_idempotent_requests,
    "audit events": purge_audit_events,
    "finished jobs": purge_finished_jobs,
    "console sessions": purge_console_sessions,
}


def register_part(name: str, run: Callable[[], int]) -> None:
    """Called once by an app above this one, which has something of its own that ends."""
    PARTS[name] = run


def purge() -> list[Purged]:
    """Run every part now; one that fails does not keep the others from their work."""
    return [_purge_part(name, run) for name, run in PARTS.items()]


def _purge_part(name: str, run: Callable[[], int]) -> Purged:
    started, removed, problem = time.monotonic(), 0, None
    try:
        removed = run()
    except (KbstoreError, DatabaseError, OSError) as error:
        log.error("purge failed", part=name, exc_info=error)
        problem = error.message if isinstance(error, KbstoreError) else str(error)
    return Purged(name, removed, round(time.monotonic() - started, 3), problem)
