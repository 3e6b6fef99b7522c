"""One server and one workspace for all real clients of a worker; each test uses tables of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Person
from tests.clients.matrix import pairs
from tests.wire.pgwire.sql_cast import Login, SqlServer, analyst, sql_server
from tests.wire.pgwire.tiny_server import PASSWORD, USER, tiny_server
from workspaces.pgwire.visit import TlsMode

#: That a workspace takes at once.
CONNECTIONS = 10


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a test covers travels with its report, also out of a worker process: docs/compatibility.md is made of it."""
    for item in items:
        for mark in item.iter_markers("covers"):
            item.user_properties += [("covers", pair) for pair in pairs(mark)]


@pytest.fixture(scope="session")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with sql_server(
        tmp_path_factory.mktemp("clients"), PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE=str(CONNECTIONS)
    ) as server:
        yield server


@pytest.fixture(scope="session")
def ana(sql: SqlServer) -> Iterator[tuple[Person, Login]]:
    """The owner of a project with `in_c_sales.orders` of three rows (id, amount), and a workspace in it."""
    with analyst(sql) as found:
        yield found


@pytest.fixture
def login(ana: tuple[Person, Login]) -> Login:
    return ana[1]


@pytest.fixture(scope="session")
def strict_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of libpq for a server that wants TLS and knows `SELECT 1`; they ask for a connection without."""
    with tiny_server(tmp_path_factory.mktemp("strict"), tls_mode=TlsMode.REQUIRE) as server:
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGDATABASE": "ws_1", "PGSSLMODE": "disable"}
        yield place | {"PGUSER": USER, "PGPASSWORD": PASSWORD}
