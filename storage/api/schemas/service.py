"""Shapes of the service endpoints."""

from __future__ import annotations

from kbstore.rest.schema import Reply


class ServiceReply(Reply):
    service: str
    version: str
    health: str
    docs: str | None


class HealthReply(Reply):
    status: str
    version: str
    storage_available: bool
    details: dict[str, bool]


class LivenessReply(Reply):
    status: str


class BackendReply(Reply):
    success: bool
    message: str
    storage_paths: dict[str, str] | None
