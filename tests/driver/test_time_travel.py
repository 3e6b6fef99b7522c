from __future__ import annotations

import time

import pytest

from storage.driver.generated.table_pb2 import CreateTableFromTimeTravelCommand, ImportExportShared
from tests.driver.conftest import HostProject
from tests.driver.doors import CONFLICTS, Refused

_TABLES = "/projects/{p}/branches/default/buckets/in_c_sales/tables"


@pytest.fixture
def orders(host: HostProject) -> HostProject:
    columns = [{"name": "id", "type": "INTEGER"}]
    host.person.post(_TABLES, json={"name": "orders", "columns": columns}).raise_for_status()
    return host


def _load(host: HostProject, content: bytes) -> None:
    uploaded = host.person.upload(content)
    host.person.post(f"{_TABLES}/orders/import/file", json={"file_id": uploaded, "format": "csv"}).raise_for_status()


def _travel(host: HostProject, seconds: int, name: str = "before", source: str = "orders") -> object:
    return host.execute(
        CreateTableFromTimeTravelCommand(
            source=CreateTableFromTimeTravelCommand.SourceTableMapping(path=["in_c_sales"], tableName=source),
            destination=ImportExportShared.Table(path=["in_c_sales"], tableName=name),
            timestamp=seconds,
        )
    )


def test_a_table_is_made_as_another_one_was(orders: HostProject) -> None:
    _load(orders, b"id\n1\n2\n")
    until = int(time.time())
    deadline = time.monotonic() + 5
    while time.time() < until + 1 and time.monotonic() < deadline:  # whole seconds: the next load is in another one
        time.sleep(0.05)
    _load(orders, b"id\n1\n2\n3\n")

    told = _travel(orders, until)

    info = told.result.tableInfo  # type: ignore[attr-defined]
    assert (info.tableName, info.rowsCount) == ("before", 2)
    assert info.sizeBytes > 0
    assert any("has the state of" in text for text in told.texts("Warning"))  # type: ignore[attr-defined]
    rows = orders.person.get(f"{_TABLES}/before/preview").json()["rows"]
    assert rows == [{"id": 1}, {"id": 2}]


def test_there_is_nothing_before_the_first_version(orders: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        _travel(orders, 1_000_000)

    assert refused.value.status == "NOT_FOUND"


@pytest.mark.parametrize("seconds", [0, -1, 4_000_000_000, 2**62])
def test_a_moment_that_is_not_of_the_past_is_refused(orders: HostProject, seconds: int) -> None:
    with pytest.raises(Refused) as refused:
        _travel(orders, seconds)

    assert refused.value.status == "INVALID_ARGUMENT"


def test_a_table_that_is_there_is_not_replaced(orders: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        _travel(orders, int(time.time()), name="orders")

    assert refused.value.status in CONFLICTS


def test_a_source_that_is_not_there_is_told_by_its_path(orders: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        _travel(orders, int(time.time()), source="none")

    assert refused.value.message == f"Table not found: {orders.id}/in_c_sales/none"
