"""Addresses that name the bucket in their host: `{bucket}.s3.example.org`."""

from __future__ import annotations

from django.conf import settings

from kbstore.rest.asgi import Scope, header


def bucket_of_host(scope: Scope) -> str | None:
    """The bucket that the host names, None for addresses in path style."""
    domain = settings.S3_DOMAIN
    if not domain:
        return None
    host = (header(scope, b"host") or b"").decode("latin-1").partition(":")[0].lower()
    return host.removesuffix(f".{domain}") if host.endswith(f".{domain}") else None
