"""The gRPC server of a process: an event loop in a thread of its own, started and stopped with the rest."""

from __future__ import annotations

import asyncio
import threading

import grpc

from kbstore.errors import ServiceUnavailable
from storage.driver import commands
from storage.driver.generated.service_pb2_grpc import add_StorageDriverServiceServicer_to_server
from storage.driver.rpc.servicer import DriverServicer


class CannotListen(ServiceUnavailable):
    code = "cannot_listen"


class DriverServer:
    """Start it once, then stop it; both block, for any thread."""

    def __init__(self, *, host: str, port: int, workers: int) -> None:
        self._host, self._asked_port, self._workers = host, port, workers
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="driver", daemon=True)
        self._server: grpc.aio.Server | None = None
        self.port = 0

    def start(self) -> None:
        """Listen. Raises CannotListen with a message for the operator."""
        commands.load()
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    async def _start(self) -> None:
        self._server = grpc.aio.server()
        add_StorageDriverServiceServicer_to_server(DriverServicer(workers=self._workers), self._server)
        try:
            self.port = self._server.add_insecure_port(f"{self._host}:{self._asked_port}")
        except RuntimeError as error:
            raise CannotListen(f"Cannot listen on {self._host} port {self._asked_port}: {error}") from error
        await self._server.start()

    def stop(self, *, grace_seconds: float) -> None:
        """Refuse new calls, let running ones end within the grace, then cancel them."""
        if self._server is None:
            return
        asyncio.run_coroutine_threadsafe(self._server.stop(grace_seconds), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
