"""The server itself: what it is, and whether it is well."""

from __future__ import annotations

from keboola_duckdb._async.resource import AsyncResource
from keboola_duckdb.models.installation import BackendState, Health, Liveness, Service


class AsyncInstallation(AsyncResource):
    """`kb.installation`. Looking needs no key, `init` and `remove` the admin's."""

    async def info(self) -> Service:
        """Name and version of the server."""
        return await self._call("GET", "/", into=Service)

    async def health(self) -> Health:
        """Raises ServerError if storage directories are missing."""
        return await self._call("GET", "/health", into=Health)

    async def live(self) -> Liveness:
        """The process answers."""
        return await self._call("GET", "/health/live", into=Liveness)

    async def ready(self) -> Health:
        """Raises ServerError unless the server can take work: directories, free space, catalog."""
        return await self._call("GET", "/health/ready", into=Health)

    async def init(self) -> BackendState:
        """Make the storage directories, where they are missing."""
        return await self._call("POST", "/backend/init", into=BackendState)

    async def remove(self) -> BackendState:
        """Acknowledged, removes nothing."""
        return await self._call("POST", "/backend/remove", into=BackendState)
