"""The SQL server as a part of `manage.py serve`: all else goes on where it cannot have its port."""

from __future__ import annotations

import structlog
from django.conf import settings

from kbstore.listening import note_port
from workspaces.pgwire.session.server import WireServer

log = structlog.get_logger(__name__)


def start_sql_server() -> WireServer | None:
    """Started, or None where its port is taken, which the log says."""
    server = WireServer(host=settings.PGWIRE_LISTEN_HOST, port=settings.PGWIRE_LISTEN_PORT)
    try:
        server.start()
    except OSError as error:
        log.warning(
            "SQL clients are not served: the port is taken. Choose another PGWIRE_LISTEN_PORT, or PGWIRE_ENABLED=false",
            host=settings.PGWIRE_LISTEN_HOST,
            port=settings.PGWIRE_LISTEN_PORT,
            error=error.strerror,
        )
        return None
    note_port("sql", server.port)
    return server
