"""`manage.py runpgwire`: the SQL server in a process of its own."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from storage.live import doorbell
from storage.management.commands.serve import write_at_once
from storage.runtime import close_engine
from workspaces.pgwire.session.server import WireServer
from workspaces.services.open_workspace import close_all_workspaces


class Command(BaseCommand):
    help = (
        "Serve SQL clients of workspaces in this process. It holds the files of the workspaces in use: `serve` beside "
        "it answers 409 workspace_busy for these. SIGTERM: idle clients leave at once, busy ones within the grace."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.PGWIRE_LISTEN_HOST, help="PGWIRE_LISTEN_HOST")
        parser.add_argument("--port", type=int, default=settings.PGWIRE_LISTEN_PORT, help="0 picks a free one")
        parser.add_argument("--port-file", type=Path, help="write the port here when the server listens")
        parser.add_argument(
            "--shutdown-timeout", type=float, default=settings.SHUTDOWN_GRACE_SECONDS, help="seconds for busy clients"
        )

    def handle(self, *_: Any, host: str, port: int, port_file: Path | None, shutdown_timeout: float, **__: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        doorbell.install()
        server = WireServer(host=host, port=port)
        try:
            server.start()
        except OSError as error:
            raise CommandError(f"Cannot listen on {host} port {port}: {error.strerror}") from error
        if port_file is not None:
            write_at_once(port_file, f"{server.port}\n")
        self.stdout.write(f"kbstore serves SQL clients on {host} port {server.port}")
        self.stdout.flush()
        stop.wait()
        server.stop(grace_seconds=shutdown_timeout)
        close_all_workspaces()
        close_engine()
