"""The storage driver as a part of `manage.py serve`: all else goes on where it cannot have its port."""

from __future__ import annotations

import structlog
from django.conf import settings

from kbstore.listening import note_port
from storage.driver.rpc.server import CannotListen, DriverServer

log = structlog.get_logger(__name__)


def start_driver_server() -> DriverServer | None:
    """Started, or None where its port is taken, which the log says."""
    server = DriverServer(host=settings.GRPC_HOST, port=settings.GRPC_PORT, workers=settings.GRPC_WORKERS)
    try:
        server.start()
    except CannotListen as error:
        log.warning(
            "The storage driver is served under /driver only. Choose another GRPC_PORT, or GRPC_ENABLED=false",
            host=settings.GRPC_HOST,
            port=settings.GRPC_PORT,
            error=error.message,
        )
        return None
    note_port("driver", server.port)
    return server
