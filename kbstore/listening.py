"""The ports on which parts of this process listen, for those that a setting leaves to the system to choose."""

from __future__ import annotations

_ports: dict[str, int] = {}


def note_port(part: str, port: int) -> None:
    _ports[part] = port


def port_of(part: str, configured: int) -> int:
    """The port that the part has here, else the configured one: another process may have it."""
    return _ports.get(part, configured)
