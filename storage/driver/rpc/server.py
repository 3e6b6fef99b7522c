"""The gRPC server of a process: an event loop in a thread of its own, started and stopped with the rest."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from kbstore.env import is_loopback
from kbstore.errors import ServiceUnavailable
from storage.driver import commands
from storage.driver.capabilities import MAX_RECEIVED_BYTES, MAX_SENT_BYTES
from storage.driver.rpc.health import Health
from storage.driver.rpc.reflection import add_reflection
from storage.driver.rpc.servicer import SERVICE, DriverServicer
from storage.driver.rpc.stream_servicer import STREAM_SERVICE, StreamServicer
from storage.driver.rpc.threads import CommandThreads
from storage.driver.rpc.tls import TlsFiles, server_credentials

#: How soon the end of the last command is seen while the server stops.
_LOOK_SECONDS = 0.05
#: For answers that are on their way when the last command has ended, and for commands that are cancelled.
_LAST_WORDS_SECONDS, _LAST_NOTES_SECONDS = 0.5, 10.0
#: A client that does not answer a ping for so long is gone, and so is its command.
KEEPALIVE_TIMEOUT_SECONDS = 20.0
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_RECEIVED_BYTES),
    ("grpc.max_send_message_length", MAX_SENT_BYTES),
    # Two servers on one port would share its callers in silence.
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.max_connection_idle_ms", 2 * 3_600_000),
)


def _connection_options(options: DriverOptions) -> list[tuple[str, int]]:
    """How long connections live, and how soon a dead one is noticed."""
    found = []
    if options.keepalive_seconds:
        found += [
            ("grpc.keepalive_time_ms", _milliseconds(options.keepalive_seconds)),
            ("grpc.keepalive_timeout_ms", _milliseconds(KEEPALIVE_TIMEOUT_SECONDS)),
        ]
    if options.max_age_seconds:
        found += [
            ("grpc.max_connection_age_ms", _milliseconds(options.max_age_seconds)),
            ("grpc.max_connection_age_grace_ms", _milliseconds(options.max_age_grace_seconds)),
        ]
    return found


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


class CannotListen(ServiceUnavailable):
    code = "cannot_listen"


@dataclass(frozen=True)
class DriverOptions:
    """How a driver is served. Without `tls` others than this machine's programs are refused unless `allows_plain`.

    Silent clients are pinged every `keepalive_seconds`; connections are asked to come again after `max_age_seconds`,
    and calls that still run end `max_age_grace_seconds` later. 0 is never.
    """

    host: str
    port: int
    workers: int = 10
    queue: int = 200
    auth: str = "required"
    tls: TlsFiles | None = None
    allows_plain: bool = False
    reflects: bool = True
    keepalive_seconds: float = 60.0
    max_age_seconds: float = 0.0
    max_age_grace_seconds: float = 600.0

    def check(self) -> None:
        """Raises CannotListen for what would be open to whoever reaches it."""
        if is_loopback(self.host) or self.allows_plain:
            return
        if self.tls is None:
            raise CannotListen(
                f"The storage driver would take keys in plain text on {self.host}. Set GRPC_TLS_CERT and GRPC_TLS_KEY, "
                "or GRPC_ALLOW_INSECURE=true behind a proxy that speaks TLS."
            )
        if self.auth != "required":
            raise CannotListen(
                f"GRPC_AUTH={self.auth} would trust everybody who reaches {self.host}. Set GRPC_AUTH=required, or "
                "GRPC_ALLOW_INSECURE=true if a network of yours is the guard."
            )


class DriverServer:
    """Start it once, then stop it; both block, for any thread."""

    def __init__(self, options: DriverOptions) -> None:
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="driver", daemon=True)
        self._threads = CommandThreads(workers=options.workers, queue=options.queue)
        self._server: grpc.aio.Server | None = None
        self._health: Health | None = None
        self.port = 0

    def start(self) -> None:
        """Listen. Raises CannotListen or UnusableCertificate with a message for the operator."""
        self._options.check()
        commands.register_all()
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        except BaseException:
            self._end()
            raise

    async def _start(self) -> None:
        server = grpc.aio.server(options=[*_OPTIONS, *_connection_options(self._options)])
        self._health = Health()
        for servicer in (DriverServicer, StreamServicer):
            handler = servicer(threads=self._threads, auth=self._options.auth).handler()
            server.add_generic_rpc_handlers((handler,))
        add_HealthServicer_to_server(self._health.servicer, server)
        if self._options.reflects:
            add_reflection(server, (SERVICE, STREAM_SERVICE, health.SERVICE_NAME))
        self.port = self._bind(server)
        await self._health.start()
        await server.start()
        self._server = server

    def _bind(self, server: grpc.aio.Server) -> int:
        host = f"[{self._options.host}]" if ":" in self._options.host else self._options.host
        address = f"{host}:{self._options.port}"
        try:
            if self._options.tls is None:
                return server.add_insecure_port(address)
            return server.add_secure_port(address, server_credentials(self._options.tls))
        except RuntimeError as error:
            raise CannotListen(
                f"Cannot listen on {self._options.host} port {self._options.port}: another process may listen there. "
                "Choose another GRPC_PORT."
            ) from error

    def stop(self, *, grace_seconds: float) -> None:
        """Refuse new calls, let running ones end within the grace, then cancel them, which changes nothing."""
        if self._server is not None:
            asyncio.run_coroutine_threadsafe(self._stop(self._server, grace_seconds), self._loop).result()
            self._server = None
            self._end()

    async def _stop(self, server: grpc.aio.Server, grace_seconds: float) -> None:
        if self._health is not None:
            await self._health.drain()
        # The port stays open meanwhile: who comes is told to try again elsewhere, and a moment later here.
        self._threads.refuse()
        await self._until_idle(grace_seconds)
        await server.stop(_LAST_WORDS_SECONDS if self._threads.is_idle else None)
        # Whoever is cancelled now has to note it.
        await self._until_idle(_LAST_NOTES_SECONDS)

    async def _until_idle(self, seconds: float) -> None:
        until = self._loop.time() + seconds
        while not self._threads.is_idle and self._loop.time() < until:
            await asyncio.sleep(_LOOK_SECONDS)

    def _end(self) -> None:
        self._threads.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
