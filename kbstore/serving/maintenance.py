"""Housekeeping that every running process does now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import connections

from files.services.objects.reap_contents import reap_contents
from files.services.purge_expired import purge_expired
from kbstore import metrics
from storage.idempotency.sweep import sweep_idempotent_requests
from storage.jobs.recover import recover_jobs
from storage.runtime import engine
from storage.services.doctor import staging_age
from storage.services.purge_history import purge_audit_events, purge_console_sessions, purge_finished_jobs
from storage.services.purge_snapshots import purge_expired_snapshots
from storage.services.take_inventory import sum_up_sizes
from workspaces.services.open_workspace import close_idle_workspaces
from workspaces.services.purge_query_log import purge_query_log
from workspaces.services.purge_workspaces import purge_workspaces
from workspaces.services.sweep_sessions import sweep_sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Chore:
    """One thing to do every so often. It may run in several processes at once."""

    name: str
    every_seconds: float
    run: Callable[[], object]


def sweep_staging() -> int:
    # Never younger than any work of this process may be, be it alone or not.
    return engine().sweep_staging(max(staging_age(), 3600.0))


CHORES = (
    Chore("recover_jobs", 30.0, recover_jobs),
    Chore("close_idle_workspaces", 10.0, close_idle_workspaces),
    Chore("sum_up_sizes", 60.0, sum_up_sizes),
    Chore("purge_expired", 300.0, purge_expired),
    Chore("sweep_sessions", 300.0, sweep_sessions),
    Chore("sweep_idempotent_requests", 300.0, sweep_idempotent_requests),
    Chore("sweep_staging", 3600.0, sweep_staging),
    Chore("purge_query_log", 600.0, purge_query_log),
    Chore("purge_audit_events", 3600.0, purge_audit_events),
    Chore("purge_finished_jobs", 3600.0, purge_finished_jobs),
    Chore("purge_console_sessions", 3600.0, purge_console_sessions),
    Chore("purge_expired_snapshots", 3600.0, purge_expired_snapshots),
    Chore("purge_workspaces", 3600.0, purge_workspaces),
    Chore("reap_contents", 3600.0, reap_contents),
)


class Maintenance:
    """One thread that does the chores in turn until it is stopped."""

    def __init__(self, chores: tuple[Chore, ...] = CHORES) -> None:
        self._stopped = threading.Event()
        self._chores = chores
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, timeout_seconds: float) -> None:
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        waiting = {chore.name: chore.every_seconds for chore in self._chores}
        while True:
            pause = min(waiting.values())
            if self._stopped.wait(pause):
                return
            for chore in self._chores:
                waiting[chore.name] -= pause
                if waiting[chore.name] <= 0:
                    waiting[chore.name] = chore.every_seconds
                    do(chore)


def do(chore: Chore) -> None:
    """A chore that fails is logged and tried again next time."""
    status = "success"
    started = time.monotonic()
    try:
        chore.run()
    except Exception as error:  # noqa: BLE001 - a chore must not end the thread that does the others
        status = "error"
        log.error("chore failed", chore=chore.name, exc_info=error)
    finally:
        metrics.KBSTORE_MAINTENANCE_RUNS.labels(chore.name, status).inc()
        metrics.KBSTORE_MAINTENANCE_DURATION.labels(chore.name).observe(time.monotonic() - started)
        connections.close_all()
