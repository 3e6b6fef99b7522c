"""Which hosts imports may read from: those that the installation lists, by addresses that are nobody's own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from files.errors import ObjectHostNotAllowed

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Endpoint:
    """A service: `scheme`, `host` in lower case, `port`."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """`https://host`, `http://host:port`, or without a scheme: https. Raises ObjectHostNotAllowed."""
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
    is_plain = host and parts.scheme in _PORTS and not parts.username and not parts.query and parts.path in ("", "/")
    if not is_plain or not host.isascii() or any(character.isspace() for character in host):
        raise ObjectHostNotAllowed(
            text[:256].encode("ascii", "replace").decode(), "it is no endpoint of the form https://host:port"
        )
    return Endpoint(parts.scheme, host, port or _PORTS[parts.scheme])


def require_allowed(endpoint: Endpoint, allowed: Sequence[str]) -> None:
    """Raise ObjectHostNotAllowed unless the list has the host, or the host with this port."""
    if not allowed:
        raise ObjectHostNotAllowed(endpoint.host, "imports from other services are switched off")
    names = {name.lower() for name in allowed}
    if not {endpoint.host, f"{endpoint.host}:{endpoint.port}"} & names:
        raise ObjectHostNotAllowed(endpoint.host, "the host is not on the list of this installation")


def checked_address(endpoint: Endpoint, allowed: Sequence[str]) -> str:
    """The address to connect to, so that it is the one that was checked. Raises ObjectHostNotAllowed.

    All addresses of the name have to be public ones or on the list themselves, alone or in a network.
    """
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ObjectHostNotAllowed(endpoint.host, "its name has no address") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    networks = [network for network in map(_network, allowed) if network is not None]
    for text in addresses:
        address = ipaddress.ip_address(text)
        mapped = getattr(address, "ipv4_mapped", None) or address
        is_listed = any(mapped in network for network in networks)
        if not is_listed and (not mapped.is_global or mapped.is_multicast):
            raise ObjectHostNotAllowed(endpoint.host, "its address is a private one that is not on the list")
    # Many a host has a name for the newer protocol and listens to the older one only.
    return min(addresses, key=lambda text: ":" in text)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
