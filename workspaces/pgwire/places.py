"""How many connections there are, in all, from one address, and before their login."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kbstore.throttle import source_of
from workspaces.pgwire.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """`connections` counts logged-in clients of the whole server, `per_address` all connections of one address (of a
    /64 network with IPv6), `unauthenticated` those before their login."""

    connections: int = 100
    per_address: int = 100
    unauthenticated: int = 200


class NoPlace(Exception):
    """Too many connections before their login, all of which have said who they are: this one is dropped unheard."""


@dataclass(eq=False, slots=True)
class Place:
    source: str
    evict: Callable[[], None]


class Places:
    """Of one listener and for its thread."""

    def __init__(self, limits: PlaceLimits) -> None:
        self._limits = limits
        self._silent: dict[Place, None] = {}  # in the order of arrival
        self._opening: set[Place] = set()
        self._open: set[Place] = set()
        self._sources: Counter[str] = Counter()

    def enter(self, *, address: str, evict: Callable[[], None]) -> Place:
        """A place for a new connection. When those before their login are too many, the one that has been silent
        longest gives way, of the address that has most of them: a flood pushes out itself. Raises NoPlace."""
        if len(self._silent) + len(self._opening) >= self._limits.unauthenticated:
            self._make_room()
        place = Place(source_of(address), evict)
        self._silent[place] = None
        self._sources[place.source] += 1
        return place

    def introduce(self, place: Place) -> None:
        """Its start-up packet has come. Raises Refusal if its address has too many connections."""
        if place in self._silent:
            del self._silent[place]
            self._opening.add(place)
        if self._sources[place.source] > self._limits.per_address:
            raise Refusal("53300", "too many connections from this address")

    def admit(self, place: Place) -> None:
        """It has logged in. Raises Refusal if the server is full."""
        if len(self._open) >= self._limits.connections:
            raise Refusal("53300", "sorry, too many clients already")
        self._opening.discard(place)
        self._open.add(place)

    def leave(self, place: Place) -> None:
        """Safe to call twice."""
        if place not in self._silent and place not in self._opening and place not in self._open:
            return
        self._silent.pop(place, None)
        self._opening.discard(place)
        self._open.discard(place)
        self._sources[place.source] -= 1
        if not self._sources[place.source]:
            del self._sources[place.source]

    def _make_room(self) -> None:
        if not self._silent:
            raise NoPlace
        crowd = Counter(place.source for place in self._silent)
        most = max(crowd.values())
        victim = next(place for place in self._silent if crowd[place.source] == most)
        self.leave(victim)
        victim.evict()
