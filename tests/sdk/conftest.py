"""Clients of the SDK for the people of the tests; each test that asks for one runs with both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.cast import Person
from tests.sdk.both_clients import AnyClient, connected
from tests.sdk.scripted_server import ScriptedServer

Connect = Callable[..., AnyClient]


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread of its own."""
    with start_blocking_portal() as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, portal: BlockingPortal) -> Iterator[Connect]:
    """Makes a client for a person, a scripted server, or an address; it is closed after the test."""
    with ExitStack() as clients:

        def connect_to(target: Person | ScriptedServer | str, key: str | None = None, **options: Any) -> AnyClient:
            if isinstance(target, Person):
                target, key = target.server.url, target.key
            elif isinstance(target, ScriptedServer):
                target = target.url
            return clients.enter_context(connected(request.param, portal, target, key, **options))

        yield connect_to


@pytest.fixture
def kb(connect: Connect, alice: Person) -> AnyClient:
    """A client with Alice's key."""
    return connect(alice)


@pytest.fixture
def project(alice: Person) -> str:
    """Alice's."""
    assert alice.project_id is not None
    return alice.project_id
