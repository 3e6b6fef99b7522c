"""One tiny server for the tests that only log in, one real server for those that run SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, analyst, sql_server
from tests.wire.pgwire.tiny_server import TinyServer, tiny_server


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyServer]:
    with tiny_server(tmp_path_factory.mktemp("tls")) as server:
        yield server


@pytest.fixture(scope="session")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with sql_server(tmp_path_factory.mktemp("sql"), PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE="20") as server:
        yield server


@pytest.fixture(scope="module")
def ana(sql: SqlServer) -> Iterator[tuple[Person, Login]]:
    """One project and workspace for the tests of a module: each uses tables of its own."""
    with analyst(sql) as found:
        yield found


@pytest.fixture
def login(ana: tuple[Person, Login]) -> Login:
    return ana[1]


@pytest.fixture
def db(login: Login) -> Iterator[psycopg.Connection[Any]]:
    with login.connect() as connection:
        yield connection
