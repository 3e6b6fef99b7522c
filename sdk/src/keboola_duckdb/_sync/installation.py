# Written by generate_sync.py from _async/installation.py: change that and run it again.

"""The server itself: what it is, and whether it is well."""

from __future__ import annotations

from keboola_duckdb._sync.resource import Resource
from keboola_duckdb.models.installation import BackendState, Health, Liveness, Service


class Installation(Resource):
    """`kb.installation`. Looking needs no key, `init` and `remove` the admin's."""

    def info(self) -> Service:
        """Name and version of the server."""
        return self._call("GET", "/", into=Service)

    def health(self) -> Health:
        """Raises ServerError if storage directories are missing."""
        return self._call("GET", "/health", into=Health)

    def live(self) -> Liveness:
        """The process answers."""
        return self._call("GET", "/health/live", into=Liveness)

    def ready(self) -> Health:
        """Raises ServerError unless the server can take work: directories, free space, catalog."""
        return self._call("GET", "/health/ready", into=Health)

    def init(self) -> BackendState:
        """Make the storage directories, where they are missing."""
        return self._call("POST", "/backend/init", into=BackendState)

    def remove(self) -> BackendState:
        """Acknowledged, removes nothing."""
        return self._call("POST", "/backend/remove", into=BackendState)
