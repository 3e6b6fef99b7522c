"""`manage.py s3server`: the S3 endpoint in a process of its own."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kbstore.serving.http_server import CannotListen
from kbstore.serving.s3_server import S3Server
from storage.management.commands.serve import write_at_once


class Command(BaseCommand):
    help = (
        "Serve S3 at the root of a port. Any number may run beside `serve`. SIGTERM lets requests finish in the grace."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.S3_LISTEN_HOST, help="S3_LISTEN_HOST")
        parser.add_argument("--port", type=int, default=settings.S3_LISTEN, help="0 picks a free one (S3_LISTEN)")
        parser.add_argument("--port-file", type=Path, help="write the port here when the server listens")

    def handle(self, *_: Any, host: str, port: int, port_file: Path | None, **__: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        server = S3Server(host=host, port=port)
        try:
            server.start()
        except CannotListen as error:
            raise CommandError(error.message) from error
        if port_file is not None:
            write_at_once(port_file, f"{server.port}\n")
        self.stdout.write(f"kbstore serves S3 on {host} port {server.port}")
        self.stdout.flush()
        stop.wait()
        server.stop()
