"""One tiny server for the tests that only log in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.pgwire.tiny_server import TinyServer, tiny_server


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyServer]:
    with tiny_server(tmp_path_factory.mktemp("tls")) as server:
        yield server
