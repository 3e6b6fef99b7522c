"""A whole life with kbstore as a host leads it, through both doors; docs/driver.md shows it."""

from __future__ import annotations

import re
import uuid

from tests.cast import Server
from tests.driver.connection_host import ConnectionHost
from tests.driver.doors import Door
from tests.driver.guide import BEGIN, PAGE


def test_a_host_creates_loads_transforms_shares_branches_and_drops(door: Door, driver_server: Server) -> None:
    suffix = uuid.uuid4().hex[:8]
    host = ConnectionHost(door, driver_server.http, f"a{suffix}", f"b{suffix}")

    host.play()

    assert len(host.steps) > 35
    assert all(step.told.messages for step in host.steps)
    assert told_by_the_guide() == [step.command.DESCRIPTOR.name.removesuffix("Command") for step in host.steps]


def told_by_the_guide() -> list[str]:
    """The commands of the transcript in docs/driver.md, in their order."""
    return re.findall(r"^\*\*(\w+)\*\*$", PAGE.read_text().split(BEGIN)[1], re.MULTILINE)
