"""Everything that one process runs: HTTP, websockets, job workers, housekeeping; started and stopped together."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from django.conf import settings
from django.db import connections
from django.urls import get_resolver

from kbstore.serving.http_server import HttpServer
from kbstore.serving.maintenance import Maintenance
from kbstore.serving.s3_server import S3Server
from storage.driver.rpc.server import DriverServer
from storage.jobs.workers import WorkerPool, drain
from storage.runtime import close_engine
from workspaces.pgwire.session.server import WireServer
from workspaces.services.open_workspace import close_all_workspaces, keep_workspaces_open

log = structlog.get_logger(__name__)

_LEFTOVER_SECONDS = 5.0
#: How long one thread may keep the interpreter while others wait: Python's 5 ms add up for a request that changes
#: threads a few times while others compute.
SWITCH_INTERVAL_SECONDS = 0.0005


class Server:
    """`run` returns the exit code: 0 after a stop that was asked for, 1 when a part died or did not end."""

    def __init__(
        self,
        *,
        listener: socket.socket,
        workers: int,
        on_started: Callable[[], None],
        sql_server: WireServer | None = None,
        s3_server: S3Server | None = None,
        driver_server: DriverServer | None = None,
    ) -> None:
        """`sql_server`, `s3_server` and `driver_server` have been started; they are stopped with the rest."""
        self._listener = listener
        self._http = HttpServer(on_started=on_started)
        self._pool = WorkerPool(threads=workers, on_death=self._part_died)
        self._maintenance = Maintenance()
        self._sql_server = sql_server
        self._s3_server = s3_server
        self._driver_server = driver_server
        self._drain: threading.Thread | None = None
        self._drained = False
        self._is_broken = False

    def run(self) -> int:
        """Serve until a signal or the death of a part; blocks. Call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        _spare_what_stays()
        keep_workspaces_open()
        self._pool.start()
        self._maintenance.start()
        try:
            self._http.run(sockets=[self._listener])
        finally:
            self._begin_drain()
            self._finish()
        return 0 if self._drained and not self._is_broken else 1

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._http.should_exit:
            # Asked twice: the operator does not want to wait. Jobs that run are found lost at the next start.
            os._exit(128 + number)
        self._http.should_exit = True
        # A signal handler must not take locks that its own thread may hold: the rest happens elsewhere.
        self._begin_drain()

    def _part_died(self) -> None:
        self._is_broken = True
        self._http.should_exit = True

    def _begin_drain(self) -> None:
        if self._drain is None:
            self._drain = threading.Thread(target=self._drain_jobs, name="drain", daemon=True)
            self._drain.start()

    def _drain_jobs(self) -> None:
        log.info("stopping", grace_seconds=settings.SHUTDOWN_GRACE_SECONDS)
        self._maintenance.stop()
        stopping = [
            threading.Thread(target=self._stop_sql_server, name="stop pgwire"),
            threading.Thread(target=self._stop_s3_server, name="stop s3"),
            threading.Thread(target=self._stop_driver_server, name="stop driver"),
        ]
        for thread in stopping:
            thread.start()
        self._drained = drain(self._pool, grace_seconds=settings.SHUTDOWN_GRACE_SECONDS)
        for thread in stopping:
            thread.join()

    def _stop_sql_server(self) -> None:
        if self._sql_server is not None:
            self._sql_server.stop(grace_seconds=settings.SHUTDOWN_GRACE_SECONDS)

    def _stop_s3_server(self) -> None:
        if self._s3_server is not None:
            self._s3_server.stop()

    def _stop_driver_server(self) -> None:
        if self._driver_server is not None:
            self._driver_server.stop(grace_seconds=settings.SHUTDOWN_GRACE_SECONDS)

    def _finish(self) -> None:
        assert self._drain is not None  # noqa: S101 - started by the caller
        self._drain.join()
        self._maintenance.join(_LEFTOVER_SECONDS)
        close_all_workspaces()
        close_engine()
        connections.close_all()
        log.info("stopped", clean=self._drained)


def _spare_what_stays() -> None:
    """Keep what was loaded out of garbage collections: one that walks all modules stops every request for 0.1 s."""
    assert get_resolver().url_patterns  # noqa: S101 - loads the views, which the first request would do otherwise
    gc.collect()
    gc.freeze()
