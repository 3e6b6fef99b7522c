"""The server itself."""

from __future__ import annotations

from keboola_duckdb.models.base import Model


class Service(Model):
    """Name and version of the server."""

    service: str
    version: str
    docs: str | None
    health: str


class Health(Model):
    """`details` says for each check whether it is well."""

    status: str
    version: str
    storage_available: bool
    details: dict[str, bool]


class Liveness(Model):
    """The process answers."""

    status: str


class BackendState(Model):
    """What an initialization or removal did."""

    success: bool
    message: str
    storage_paths: dict[str, str] | None
