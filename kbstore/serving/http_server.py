"""uvicorn inside our own process: our socket, our signals, and word when it listens."""

from __future__ import annotations

import contextlib
import errno
import math
import socket
import ssl
from collections.abc import Callable, Iterator

import uvicorn
from django.conf import settings

from kbstore.errors import ServiceUnavailable
from kbstore.rest.asgi import Application
from kbstore.serving.file_protocol import FileSendingProtocol

BACKLOG = 2048
#: Answers to requests whose jobs were interrupted at the end of the grace still have to go out.
LAST_ANSWERS_SECONDS = 5


class CannotListen(ServiceUnavailable):
    code = "cannot_listen"


def bind(*, host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotListen with a message for the operator."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Naming the protocol matters: asyncio turns Nagle's delay (40 ms an answer) off only where it sees TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(f"Cannot listen on {host} port {port}: {_reason(error)}") from error
    return listener


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process listens there. Stop it, or choose another --port (PORT)."
    if error.errno == errno.EACCES:
        return "this user may not use that port. Choose one above 1023."
    return error.strerror or str(error)


class HttpServer(uvicorn.Server):
    """Serves one socket until `should_exit` is set. Signals are the business of its owner."""

    def __init__(
        self,
        *,
        on_started: Callable[[], None],
        application: Application | str = "kbstore.asgi:application",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(_config(application, tls))
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(application: Application | str, tls: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        application,  # type: ignore[arg-type]
        http=FileSendingProtocol,
        ws="websockets-sansio",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=settings.TRUST_PROXY_HEADERS,
        forwarded_allow_ips="*" if settings.TRUST_PROXY_HEADERS else None,
        ssl_context_factory=None if tls is None else lambda *_: tls,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=math.ceil(settings.SHUTDOWN_GRACE_SECONDS) + LAST_ANSWERS_SECONDS,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
    )
