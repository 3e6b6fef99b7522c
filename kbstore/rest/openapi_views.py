"""The OpenAPI document and, in debug mode, its pages with assets of our own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.rest.openapi import openapi_document
from kbstore.rest.responses import WireJSONRenderer
from kbstore.rest.views import ApiView


class OpenApiView(ApiView):
    """The OpenAPI document of this service."""

    needs = {"GET": None}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(openapi_document())


class _DebugPage:
    """A page that only exists in debug mode."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = WireJSONRenderer(), WireJSONRenderer.media_type
        if not settings.DEBUG:
            raise Http404
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)  # type: ignore[misc]


class SwaggerView(_DebugPage, SpectacularSwaggerView):
    url_name = "openapi"


class RedocView(_DebugPage, SpectacularRedocView):
    url_name = "openapi"
    template_name = "rest/redoc.html"
