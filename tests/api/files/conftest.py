"""Sessions to upload into, and a server with limits so small that a test can reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cast import Person, Server, new_project, start_server

FILES = "/projects/{p}/files"
MAX_FILE_BYTES, MAX_FILES, MAX_BYTES = 3_000_000, 2, 5_000_000


@pytest.fixture
def prepare(alice: Person) -> Callable[..., dict[str, Any]]:
    """Open a session in Alice's project; keyword arguments go into the body."""

    def call(filename: str = "data.csv", **body: Any) -> dict[str, Any]:
        reply = alice.post(FILES + "/prepare", json={"filename": filename, **body})
        assert reply.status_code == 200, reply.text
        return reply.json()

    return call


@pytest.fixture
def register(alice: Person) -> Callable[..., dict[str, Any]]:
    """Upload and register content in Alice's project."""

    def call(content: bytes, filename: str = "data.csv", **body: Any) -> dict[str, Any]:
        session = alice.post(FILES + "/prepare", json={"filename": filename, **body}).json()
        alice.put(session["upload_url"], content=content).raise_for_status()
        reply = alice.post(FILES, json={"upload_key": session["upload_key"]})
        assert reply.status_code == 201, reply.text
        return reply.json()

    return call


@pytest.fixture(scope="session")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(
        tmp_path_factory.mktemp("small-server"),
        KBSTORE_MAX_FILE_BYTES=str(MAX_FILE_BYTES),
        KBSTORE_MAX_PROJECT_FILES=str(MAX_FILES),
        KBSTORE_MAX_PROJECT_BYTES=str(MAX_BYTES),
    )
    yield running
    running.stop()


@pytest.fixture
def dora(small_server: Server) -> Iterator[Person]:
    """Owns a project on the server with small limits."""
    with new_project(small_server) as owner:
        yield owner
