"""`manage.py rundriver`: the gRPC storage driver in a process of its own."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kbstore.env import is_loopback
from kbstore.errors import ServiceUnavailable
from kbstore.serving.driver_server import driver_options, tls_files
from kbstore.serving.server import SWITCH_INTERVAL_SECONDS
from storage.driver.rpc.server import DriverServer
from storage.management.commands.serve import write_at_once
from storage.runtime import close_engine
from workspaces.services.open_workspace import close_all_workspaces, keep_workspaces_open


class Command(BaseCommand):
    help = "Serve the storage driver over gRPC. Any number may run beside `serve`. SIGTERM lets commands end."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.GRPC_HOST, help="GRPC_HOST")
        parser.add_argument("--port", type=int, default=settings.GRPC_PORT, help="0 picks a free one (GRPC_PORT)")
        parser.add_argument("--workers", type=int, default=settings.GRPC_WORKERS, help="GRPC_WORKERS")
        parser.add_argument("--tls-cert", default=settings.GRPC_TLS_CERT, help="PEM file (GRPC_TLS_CERT)")
        parser.add_argument("--tls-key", default=settings.GRPC_TLS_KEY, help="PEM file (GRPC_TLS_KEY)")
        parser.add_argument("--tls-client-ca", default=settings.GRPC_TLS_CLIENT_CA, help="GRPC_TLS_CLIENT_CA")
        parser.add_argument("--auth", choices=("optional", "required", "off"), help="GRPC_AUTH")
        parser.add_argument(
            "--allow-insecure", action="store_true", default=settings.GRPC_ALLOW_INSECURE, help="GRPC_ALLOW_INSECURE"
        )
        parser.add_argument("--port-file", type=Path, help="write the port here when the server listens")

    def handle(self, *_: Any, host: str, port: int, workers: int, port_file: Path | None, **more: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        server = DriverServer(
            replace(
                driver_options(),
                host=host,
                port=port,
                workers=workers,
                auth=more["auth"] or _auth_of(host),
                tls=tls_files(more["tls_cert"], more["tls_key"], more["tls_client_ca"]),
                allows_plain=more["allow_insecure"],
            )
        )
        keep_workspaces_open()
        try:
            server.start()
        except ServiceUnavailable as error:
            raise CommandError(error.message) from error
        if port_file is not None:
            write_at_once(port_file, f"{server.port}\n")
        self.stdout.write(f"kbstore serves the storage driver on {host} port {server.port}")
        self.stdout.flush()
        stop.wait()
        server.stop(grace_seconds=settings.SHUTDOWN_GRACE_SECONDS)
        close_all_workspaces()
        close_engine()


def _auth_of(host: str) -> str:
    """As set, unless the options open the door wider than the settings did."""
    is_wider = is_loopback(settings.GRPC_HOST) and not is_loopback(host)
    return "required" if is_wider else settings.GRPC_AUTH
