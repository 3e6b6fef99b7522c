"""Worker threads: django-tasks workers without signals that wake up at once when this process queues a job."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connections
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction, is_locked_database_exception

from storage.jobs import execution
from storage.jobs.errors import InterruptedByShutdown
from storage.jobs.identity import other_live_workers, this_worker
from storage.jobs.queue import queue_rows, take_wake, wait_for_wake, wake

__all__ = ["WorkerPool", "drain", "other_live_workers"]

log = structlog.get_logger(__name__)

#: How soon a job is found that another process queued.
POLL_SECONDS = 1.0
_OUTAGE_PAUSE_SECONDS = 2.0
_LAST_WORDS_SECONDS = 10.0


class ThreadWorker(Worker):
    """One thread's loop: claim a queue row, run it, wait for the next."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["default"],
            interval=POLL_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=this_worker(),
            excluded_queue_names=[],
        )

    def run(self) -> None:
        """Work until `running` is cleared. An outage of the catalog is waited out."""
        try:
            while self.running:
                try:
                    self._work_or_wait()
                except (DatabaseError, InterfaceError) as error:
                    log.warning("catalog not available to a job worker", error=str(error))
                    connections.close_all()
                    wait_for_wake(_OUTAGE_PAUSE_SECONDS)
        finally:
            connections.close_all()

    def _work_or_wait(self) -> None:
        close_old_connections()
        row = self._claim()
        if row is None:
            wait_for_wake(self.interval)
            return
        take_wake()
        self.run_task(row)

    def _claim(self) -> DBTaskResult | None:
        ready = queue_rows().ready().filter(backend_name=self.backend_name)
        # A look without a lock: an idle worker must not take SQLite's write lock at every poll.
        if not ready.exists():
            return None
        with exclusive_transaction(ready.db):
            try:
                row = ready.get_locked()
                if row is not None:
                    row.claim(self.worker_id)
            except OperationalError as error:
                if not is_locked_database_exception(error):
                    raise
                return None
        return row


class WorkerPool:
    """Threads of this process that run queued jobs. `on_death` is called when one ends although it should not."""

    def __init__(self, *, threads: int, on_death: Callable[[], None]) -> None:
        self._on_death = on_death
        self._workers = [ThreadWorker() for _ in range(threads)]
        self._threads = [
            threading.Thread(target=self._run, args=(worker,), name=f"worker-{number}", daemon=True)
            for number, worker in enumerate(self._workers, start=1)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop_claiming(self) -> None:
        """No thread takes another job; those that run one go on."""
        for worker in self._workers:
            worker.running = False
        for _ in self._workers:
            wake()

    def join(self, timeout_seconds: float) -> bool:
        """Whether all threads have ended."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, worker: ThreadWorker) -> None:
        try:
            worker.run()
        except Exception as error:  # noqa: BLE001 - the job runner's thread: its death has to be seen
            log.critical("a job worker died", exc_info=error)
        finally:
            if worker.running:
                self._on_death()


def drain(pool: WorkerPool, *, grace_seconds: float) -> bool:
    """End all jobs of this process, queued or not: they may finish within the grace, the others are interrupted.

    Returns whether everything has ended and every row says how.
    """
    pool.stop_claiming()
    if not execution.wait_until_idle(grace_seconds):
        count = execution.interrupt_all(InterruptedByShutdown)
        log.warning("jobs interrupted by shutdown", count=count)
    is_idle = execution.wait_until_idle(_LAST_WORDS_SECONDS)
    return pool.join(_LAST_WORDS_SECONDS) and is_idle
