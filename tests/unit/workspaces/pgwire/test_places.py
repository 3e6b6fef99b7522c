"""Who gives way when there are too many: floods push out themselves, guests stay."""

from __future__ import annotations

import pytest

from workspaces.pgwire.places import NoPlace, Place, PlaceLimits, Places
from workspaces.pgwire.refusal import Refusal


def enter(places: Places, address: str, evicted: list[str], name: str = "") -> Place:
    return places.enter(address=address, evict=lambda: evicted.append(name or address))


def test_the_oldest_silent_one_of_the_busiest_address_gives_way() -> None:
    places, evicted = Places(PlaceLimits(unauthenticated=4)), []
    enter(places, "192.0.2.9", evicted)
    for number in range(3):
        enter(places, "192.0.2.1", evicted, f"flood {number}")
    enter(places, "192.0.2.8", evicted)
    assert evicted == ["flood 0"]


def test_those_that_said_who_they_are_stay() -> None:
    places, evicted = Places(PlaceLimits(unauthenticated=2)), []
    for _ in range(2):
        places.introduce(enter(places, "192.0.2.1", evicted))
    with pytest.raises(NoPlace):
        enter(places, "192.0.2.2", evicted)
    assert evicted == []


def test_guests_do_not_count_as_waiting() -> None:
    places, evicted = Places(PlaceLimits(unauthenticated=1)), []
    for _ in range(3):
        place = enter(places, "192.0.2.1", evicted)
        places.introduce(place)
        places.admit(place)
    assert evicted == []


def test_a_full_server_and_a_full_address_say_so() -> None:
    places = Places(PlaceLimits(connections=1, per_address=2))
    first, second, third = (enter(places, "192.0.2.1", []) for _ in range(3))
    with pytest.raises(Refusal, match="from this address"):
        places.introduce(first)
    places.leave(third)
    places.introduce(first)
    places.admit(first)
    places.introduce(second)
    with pytest.raises(Refusal, match="too many clients"):
        places.admit(second)
    places.leave(first)
    places.leave(first)
    places.admit(second)
