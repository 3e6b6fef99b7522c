"""Sessions with short statements go on beside neighbours whose statements are long."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from tests.wire.pgwire.sql_cast import Login, analyst, sql_server

_ENDLESS = "SELECT count(*) FROM range(100000000) AS a(i), range(100000000) AS b(j) WHERE (i + j) % 3 = 1"
_HEAVY = 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    """A workspace with as many endless statements as a process runs short ones."""
    place: Path = tmp_path_factory.mktemp("fair")
    with (
        sql_server(place, PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE=str(_HEAVY + 2)) as server,
        analyst(server) as (_, login),
        ExitStack() as stack,
    ):
        connections = [stack.enter_context(login.connect()) for _ in range(_HEAVY)]
        threads = [threading.Thread(target=_run_until_cancelled, args=(each,)) for each in connections]
        for thread in threads:
            thread.start()
        yield login
        for connection in connections:
            connection.cancel()
        for thread in threads:
            thread.join(30)


def _run_until_cancelled(connection: psycopg.Connection[object]) -> None:
    with suppress(psycopg.errors.QueryCanceled):
        connection.execute(_ENDLESS)


def test_short_statements_are_answered_while_long_ones_hold_all_processors(busy: Login) -> None:
    with busy.connect() as connection:
        connection.execute("SET statement_timeout = '20s'")
        for _ in range(20):
            assert connection.execute("SELECT sum(i) FROM range(1000) AS t(i)").fetchone() == (499500,)
