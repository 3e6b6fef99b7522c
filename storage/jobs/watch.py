"""The watcher of a running job: writes its progress and heartbeat, and stops it when it is cancelled or late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import QuerySet
from django.utils import timezone

from kbstore.errors import OperationCancelled, OperationTimeout
from storage.jobs.execution import Execution
from storage.jobs.progress import ring
from storage.models import Job, JobState

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.2
WRITE_SECONDS = 0.35
CANCEL_CHECK_SECONDS = 1.0

Snapshot = tuple[float, int | None, int | None]


@contextmanager
def watched(job: Job, execution: Execution) -> Iterator[None]:
    """Watch the job while the block runs it. A job shorter than one look costs a thread and no query."""
    watcher = _Watcher(job, execution)
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()


class _Watcher(threading.Thread):
    def __init__(self, job: Job, execution: Execution) -> None:
        super().__init__(name=f"watch-{job.id}", daemon=True)
        self._job_id, self._project_id, self._worker = job.id, job.project_id, job.worker
        self._monitor = execution.monitor
        self._stopped = threading.Event()
        now = time.monotonic()
        self._deadline = now + settings.OPERATION_TIMEOUT
        self._checked_at = self._written_at = self._beaten_at = now
        self._written: Snapshot = (0.0, job.rows, job.bytes)

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def run(self) -> None:
        try:
            while not self._stopped.wait(LOOK_SECONDS):
                try:
                    self._look(time.monotonic())
                except DatabaseError as error:
                    log.warning("job progress not written", job_id=self._job_id, error=str(error))
        finally:
            connections.close_all()

    def _look(self, now: float) -> None:
        if self._monitor.cancelled_with is not None:
            # Again: an interrupt that fell between two statements of a step was lost.
            self._monitor.cancel()
        elif now >= self._deadline:
            self._monitor.cancel(late())
        if now - self._checked_at >= CANCEL_CHECK_SECONDS:
            self._checked_at = now
            self._check_row()
        self._write_if_due(now)

    def _check_row(self) -> None:
        """Another process may have cancelled the job, or its project may be gone."""
        row = Job.objects.filter(pk=self._job_id).values_list("state", "cancel_requested_at").first()
        # A job may end in the transaction of its change, before its function returns: that is no reason to stop it.
        if row is None or (row[0] == JobState.PROCESSING and row[1] is not None):
            self._monitor.cancel(OperationCancelled())

    def _write_if_due(self, now: float) -> None:
        snapshot = (round(self._monitor.fraction, 4), self._monitor.rows, self._monitor.bytes)
        has_news = snapshot != self._written and now - self._written_at >= WRITE_SECONDS
        if not has_news and now - self._beaten_at < settings.JOB_HEARTBEAT:
            return
        self._written_at = self._beaten_at = now
        fields = {"progress": snapshot[0], "rows": snapshot[1], "bytes": snapshot[2]}
        changed = {name: value for name, value in fields.items() if value is not None}
        self._row().update(heartbeat_at=timezone.now(), **changed)
        if snapshot != self._written:
            self._written = snapshot
            ring(job_id=self._job_id, project_id=self._project_id)

    def _row(self) -> QuerySet[Job]:
        """The job while this process runs it."""
        return Job.objects.filter(pk=self._job_id, worker=self._worker, state=JobState.PROCESSING)


def late() -> OperationTimeout:
    seconds = settings.OPERATION_TIMEOUT
    return OperationTimeout(
        f"The operation took longer than {seconds:g} seconds and was stopped. Nothing was changed.",
        details={"timeout_seconds": seconds},
    )
