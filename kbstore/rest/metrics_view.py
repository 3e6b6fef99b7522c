"""What Prometheus scrapes."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kbstore import context
from kbstore.errors import NotAuthenticated
from kbstore.metrics.scrape import scrape
from kbstore.rest.views import ApiView

_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


class MetricsView(ApiView):
    """All metrics; open unless METRICS_TOKEN is set, and then still open to this host."""

    needs = {"GET": None}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        if settings.METRICS_TOKEN and not (_is_from_this_host(request) or _has_token(request)):
            raise NotAuthenticated("Invalid metrics token")
        text, content_type = scrape(request.headers.get("Accept", ""))
        return HttpResponse(text, content_type=content_type, headers={"Cache-Control": "no-store"})


def _has_token(request: Request) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # Bytes: of text, compare_digest takes ASCII only.
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())


def _is_from_this_host(request: Request) -> bool:
    """A proxy on this host speaks for others, so what it forwards does not count as ours."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(context.client_address.get() or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
