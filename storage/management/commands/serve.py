"""`manage.py serve`: the one command that runs everything."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kbstore.console.first_operator import FirstOperator
from kbstore.serving.driver_server import start_driver_server
from kbstore.serving.http_server import CannotListen, bind
from kbstore.serving.s3_server import start_s3_server
from kbstore.serving.server import Server
from kbstore.serving.sql_server import start_sql_server
from kbstore.serving.startup import prepare


class Command(BaseCommand):
    help = "Run kbstore: REST, console, websockets and job workers. Migrates on first start; SIGTERM stops it cleanly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to listen on (HOST)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="0 picks a free one (PORT)")
        parser.add_argument("--no-workers", action="store_true", help="leave queued jobs to `manage.py runjobs`")
        parser.add_argument("--pgwire-port-file", type=Path, help="write the port of the SQL server here")
        parser.add_argument("--s3-port-file", type=Path, help="write the port of the S3 endpoint here")
        parser.add_argument("--grpc-port-file", type=Path, help="write the port of the storage driver here")
        parser.add_argument("--port-file", type=Path, help="write the port here when the server listens")

    def handle(
        self,
        *_: Any,
        host: str,
        port: int,
        no_workers: bool,
        port_file: Path | None,
        pgwire_port_file: Path | None,
        s3_port_file: Path | None,
        grpc_port_file: Path | None,
        **__: Any,
    ) -> None:
        try:
            listener = bind(host=host, port=port)
        except CannotListen as error:
            raise CommandError(error.message) from error
        self._show_operator(prepare())
        sql_server = start_sql_server() if settings.PGWIRE_ENABLED else None
        s3_server = start_s3_server() if settings.S3_ENABLED else None
        driver_server = start_driver_server() if settings.GRPC_ENABLED else None

        def on_started() -> None:
            self._announce(listener, host)
            if sql_server is not None:
                self._announce_part("KBSTORE_PGWIRE_PORT", sql_server.port, pgwire_port_file)
            if s3_server is not None:
                self._announce_part("KBSTORE_S3_PORT", s3_server.port, s3_port_file)
            if driver_server is not None:
                self._announce_part("KBSTORE_GRPC_PORT", driver_server.port, grpc_port_file)
            if port_file is not None:
                write_at_once(port_file, f"{listener.getsockname()[1]}\n")

        code = Server(
            listener=listener,
            workers=0 if no_workers else settings.JOB_WORKERS,
            on_started=on_started,
            sql_server=sql_server,
            s3_server=s3_server,
            driver_server=driver_server,
        ).run()
        if code:
            sys.exit(code)

    def _show_operator(self, operator: FirstOperator | None) -> None:
        if operator is None:
            return
        password = operator.password if operator.is_generated else "as given in KBSTORE_OPERATOR_PASSWORD"
        self._say(
            f"Created the first operator account. It is shown once:\n  user: {operator.name}\n  password: {password}"
        )

    def _announce(self, listener: socket.socket, host: str) -> None:
        port = listener.getsockname()[1]
        place = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        described = "docs" if settings.DEBUG else "openapi.json"
        self._say(
            f"kbstore {settings.VERSION} listens on {host} port {port}\n"
            f"  REST API    http://{place}:{port}/\n"
            f"  API docs    http://{place}:{port}/{described}\n"
            f"  console     http://{place}:{port}/admin/\n"
            f"  websockets  ws://{place}:{port}/ws/jobs/<id>/ and /ws/projects/<id>/jobs/\n"
            f"KBSTORE_PORT={port}"
        )

    def _announce_part(self, name: str, port: int, file: Path | None) -> None:
        self._say(f"{name}={port}")
        if file is not None:
            write_at_once(file, f"{port}\n")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def write_at_once(path: Path, text: str) -> None:
    """Whoever polls for the file never reads half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
