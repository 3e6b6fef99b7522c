"""The storage driver as a part of `manage.py serve`: all else goes on where it cannot be served."""

from __future__ import annotations

from pathlib import Path

import structlog
from django.conf import settings

from kbstore.errors import ServiceUnavailable
from kbstore.listening import note_port
from storage.driver.rpc.server import DriverOptions, DriverServer
from storage.driver.rpc.tls import TlsFiles

log = structlog.get_logger(__name__)


def driver_options() -> DriverOptions:
    """As the settings have them."""
    return DriverOptions(
        host=settings.GRPC_HOST,
        port=settings.GRPC_PORT,
        workers=settings.GRPC_WORKERS,
        queue=settings.GRPC_QUEUE,
        auth=settings.GRPC_AUTH,
        tls=tls_files(settings.GRPC_TLS_CERT, settings.GRPC_TLS_KEY, settings.GRPC_TLS_CLIENT_CA),
        allows_plain=settings.GRPC_ALLOW_INSECURE,
        reflects=settings.GRPC_REFLECTION,
        keepalive_seconds=settings.GRPC_KEEPALIVE_SECONDS,
        max_age_seconds=settings.GRPC_MAX_CONNECTION_AGE,
        max_age_grace_seconds=settings.GRPC_MAX_CONNECTION_AGE_GRACE,
    )


def tls_files(certificate: str, key: str, client_ca: str) -> TlsFiles | None:
    """None where no certificate is named: then the driver speaks plain text. The key may be in the same file."""
    if not certificate:
        return None
    return TlsFiles(Path(certificate), Path(key or certificate), Path(client_ca) if client_ca else None)


def start_driver_server() -> DriverServer | None:
    """Started, or None where it cannot be, which the log says."""
    server = DriverServer(driver_options())
    try:
        server.start()
    except ServiceUnavailable as error:
        log.warning(
            "The storage driver is served under /driver only. Choose other settings, or GRPC_ENABLED=false",
            host=settings.GRPC_HOST,
            port=settings.GRPC_PORT,
            error=error.message,
        )
        return None
    note_port("driver", server.port)
    return server
