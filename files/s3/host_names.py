"""The host that a client has addressed, and the bucket that it may name: `{bucket}.s3.example.org`."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from kbstore.rest.asgi import Scope, header


def bucket_of_host(scope: Scope) -> str | None:
    """The bucket that the host names, None for addresses in path style."""
    domain = settings.S3_DOMAIN
    if not domain:
        return None
    sent = forwarded_host(scope["headers"]) or header(scope, b"host") or b""
    host = sent.decode("latin-1").partition(":")[0].lower()
    return host.removesuffix(f".{domain}") if host.endswith(f".{domain}") else None


def forwarded_host(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The host that the client saw, where it is not the one received: the nearest proxy's word, if it is trusted."""
    if not settings.TRUST_PROXY_HEADERS:
        return None
    values = [value for name, value in headers if name == b"x-forwarded-host"]
    return values[-1].rpartition(b",")[2].strip() or None if values else None
