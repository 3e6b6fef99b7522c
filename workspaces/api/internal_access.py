"""Who may call `/internal/*`: this host, or an operator's service that has the internal token."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import Http404

from kbstore import context
from kbstore.rest.authentication import HasHeaders
from kbstore.rest.failed_logins import note_failed_login
from workspaces.session_errors import InternalTokenRequired

_HEADER = "X-Internal-Token"
#: A proxy on this host speaks for others, and a browser for whatever page it shows.
_SPEAKS_FOR_OTHERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "Origin")
_NEAR = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def require_internal_caller(request: HasHeaders) -> None:
    """Return if the caller is one of the operator's own.

    Raises Http404 outside of the allowed networks, for whom these routes do not exist; InternalTokenRequired for a
    token that is wrong, or missing where one is needed; wrong ones count, up to TooManyFailedLogins.
    """
    address = _caller()
    if address is None or not _is_allowed(address):
        raise Http404
    if settings.INTERNAL_API_TOKEN:
        _require_token(request.headers.get(_HEADER))
    elif not (address.is_loopback and not any(name in request.headers for name in _SPEAKS_FOR_OTHERS)):
        raise InternalTokenRequired


def _require_token(sent: str | None) -> None:
    # Bytes: of text, compare_digest takes ASCII only.
    if sent is not None and hmac.compare_digest(sent.encode(), settings.INTERNAL_API_TOKEN.encode()):
        return
    if sent:
        note_failed_login()
    raise InternalTokenRequired


def _caller() -> Address | None:
    try:
        address = ipaddress.ip_address((context.client_address.get() or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_allowed(address: Address) -> bool:
    return any(address in network for network in settings.INTERNAL_API_ALLOWED_NETS or _NEAR)
