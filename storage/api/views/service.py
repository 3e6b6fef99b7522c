"""The service itself: what it is, whether it is well, its directories."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.service import BackendReply, HealthReply, LivenessReply, ServiceReply
from storage.services.backend_init import backend_init
from storage.services.check_health import check_health, check_readiness


class ServiceView(ApiView):
    """The service's name and version."""

    needs = {"GET": None}

    @extend_schema(operation_id="get_service", responses={200: ServiceReply}, tags=["service"])
    def get(self, request: Request) -> Response:
        docs = "/docs" if settings.DEBUG else None
        return reply(ServiceReply(service=settings.API_TITLE, version=settings.VERSION, health="/health", docs=docs))


class HealthView(ApiView):
    """Whether the storage directories exist."""

    needs = {"GET": None}

    @extend_schema(operation_id="get_health", responses={200: HealthReply}, tags=["service"])
    def get(self, request: Request) -> Response:
        return _healthy(check_health())


class ReadinessView(ApiView):
    """Whether this server can take work: directories, free space and catalog."""

    needs = {"GET": None}

    @extend_schema(operation_id="get_readiness", responses={200: HealthReply}, tags=["service"])
    def get(self, request: Request) -> Response:
        return _healthy(check_readiness())


class LivenessView(ApiView):
    """Whether this process answers at all."""

    needs = {"GET": None}

    @extend_schema(operation_id="get_liveness", responses={200: LivenessReply}, tags=["service"])
    def get(self, request: Request) -> Response:
        return reply(LivenessReply(status="alive"))


class BackendInitView(ApiView):
    """Make the storage directories."""

    needs = {"POST": Need.ADMIN}

    @extend_schema(operation_id="init_backend", request=None, responses={200: BackendReply}, tags=["service"])
    def post(self, request: Request) -> Response:
        outcome = backend_init(actor=self.actor)
        message = "Backend initialized successfully"
        if outcome.created:
            message += f" (created: {', '.join(map(str, outcome.created))})"
        paths = {name: str(path) for name, path in outcome.paths.items()}
        return reply(BackendReply(success=True, message=message, storage_paths=paths))


class BackendRemoveView(ApiView):
    """Acknowledged, never done: data is removed project by project."""

    needs = {"POST": Need.ADMIN}

    @extend_schema(operation_id="remove_backend", request=None, responses={200: BackendReply}, tags=["service"])
    def post(self, request: Request) -> Response:
        message = "Backend removal acknowledged (no-op)"
        return reply(BackendReply(success=True, message=message, storage_paths=None))


def _healthy(details: dict[str, bool]) -> Response:
    return reply(HealthReply(status="healthy", version=settings.VERSION, storage_available=True, details=details))
