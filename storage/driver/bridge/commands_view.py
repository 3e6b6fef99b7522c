"""GET /driver/commands: what this driver can do, for everybody."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.rest.views import ApiView
from storage.driver.capabilities import capabilities, limits
from storage.driver.catalogue import BASELINE, EXTENSION
from storage.driver.policy import LEGACY, REFERENCE
from storage.driver.registry import command_names

PROTOCOL = {"name": "keboola.storageDriver", "messages": 138, "date": "2026-11-01"}


class CommandsView(ApiView):
    """The list is the same for everybody: it says nothing of data."""

    needs = {"GET": None}

    @extend_schema(operation_id="list_driver_commands", responses={200: OpenApiTypes.OBJECT}, tags=["driver"])
    def get(self, request: Request) -> Response:
        return Response(_commands())


def _commands() -> dict[str, Any]:
    switched_on = [entry.to_json() for entry in EXTENSION if entry.type in command_names()]
    return {
        "supported_commands": [entry.to_json() for entry in BASELINE],
        "total_commands": len(BASELINE),
        "extended_commands": switched_on,
        "total_extended": len(switched_on),
        "protocol": PROTOCOL,
        "profiles": {"bridge": LEGACY.name, "grpc": REFERENCE.name},
        "limits": limits(),
        "capabilities": capabilities(),
    }
