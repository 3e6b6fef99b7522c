"""`manage.py runjobs`: job workers in a process of their own."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kbstore.serving.maintenance import Maintenance
from storage.jobs.identity import this_worker
from storage.jobs.recover import recover_jobs
from storage.jobs.workers import WorkerPool, drain
from storage.live import doorbell
from storage.runtime import close_engine


class Command(BaseCommand):
    help = "Run queued jobs in this process. SIGTERM: takes no more, lets those that run finish within the grace."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=max(1, settings.JOB_WORKERS), help="KBSTORE_JOB_WORKERS")

    def handle(self, *_: Any, threads: int, **__: Any) -> None:
        if threads < 1:
            raise CommandError("--threads has to be at least 1.")
        stop, died = threading.Event(), threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())

        def on_death() -> None:
            died.set()
            stop.set()

        doorbell.install()
        recover_jobs()
        pool, maintenance = WorkerPool(threads=threads, on_death=on_death), Maintenance()
        pool.start()
        maintenance.start()
        self.stdout.write(f"kbstore runs jobs as {this_worker()} with {threads} threads")
        self.stdout.flush()
        stop.wait()
        maintenance.stop()
        is_clean = drain(pool, grace_seconds=settings.SHUTDOWN_GRACE_SECONDS)
        maintenance.join(5.0)
        close_engine()
        if died.is_set() or not is_clean:
            sys.exit(1)
