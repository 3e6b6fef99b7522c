"""People at a shell, and a table to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import Person, Server
from tests.live_server import ADMIN_KEY
from tests.sdk.cli.command_line import CommandLine

ORDERS = "id,city,amount\n1,Praha,10.5\n2,Brno,20.0\n3,Praha,\n"


@pytest.fixture
def cli(server: Server, alice: Person, tmp_path: Path) -> CommandLine:
    """Alice at her shell: the environment names the server and her key."""
    return CommandLine(tmp_path, KEBOOLA_DUCKDB_URL=server.url, KEBOOLA_DUCKDB_API_KEY=str(alice.key))


@pytest.fixture
def admin_cli(server: Server, tmp_path: Path) -> CommandLine:
    """The installation's admin."""
    return CommandLine(tmp_path, KEBOOLA_DUCKDB_URL=server.url, KEBOOLA_DUCKDB_API_KEY=ADMIN_KEY)


@pytest.fixture
def fresh_cli(tmp_path: Path) -> CommandLine:
    """Somebody who has configured nothing."""
    return CommandLine(tmp_path)


@pytest.fixture
def project(alice: Person) -> str:
    """Alice's."""
    return str(alice.project_id)


@pytest.fixture
def orders_csv(tmp_path: Path) -> str:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return str(path)


@pytest.fixture
def orders(alice: Person) -> str:
    """Three rows in in_c_sales.orders, whose key is `id`."""
    alice.make_bucket("in_c_sales")
    alice.make_table(
        "in_c_sales", "orders", {"id": "INTEGER", "city": "VARCHAR", "amount": "DOUBLE"}, primary_key=["id"]
    )
    alice.load(ORDERS, "orders", bucket="in_c_sales").raise_for_status()
    return "orders"
