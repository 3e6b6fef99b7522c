"""grpc.health.v1 of the driver: SERVING while the catalog and the directories can be used."""

from __future__ import annotations

import asyncio

import structlog
from django.db import close_old_connections
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from storage.driver.rpc.servicer import SERVICE
from storage.driver.rpc.stream_servicer import STREAM_SERVICE
from storage.errors import StorageUnavailable
from storage.services.check_health import check_readiness

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 5.0


class Health:
    """Looks every few seconds and tells whoever watches of a change."""

    def __init__(self) -> None:
        self.servicer = health.aio.HealthServicer()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._look()
        self._task = asyncio.create_task(self._keep_looking())

    async def drain(self) -> None:
        """NOT_SERVING from now on."""
        if self._task is not None:
            self._task.cancel()
        await self.servicer.enter_graceful_shutdown()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self._look()

    async def _look(self) -> None:
        is_ready = await asyncio.get_running_loop().run_in_executor(None, _is_ready)
        status = HealthCheckResponse.SERVING if is_ready else HealthCheckResponse.NOT_SERVING
        for name in ("", SERVICE, STREAM_SERVICE):
            await self.servicer.set(name, status)


def _is_ready() -> bool:
    close_old_connections()
    try:
        check_readiness()
    except StorageUnavailable as error:
        log.warning("the driver is not ready", details=error.details)
        return False
    return True
