from __future__ import annotations

import json

import pytest

from storage.driver.generated.table_pb2 import CreateProfileTableCommand
from tests.driver.conftest import HostProject
from tests.driver.doors import Refused


def _table(host: HostProject, csv: bytes, columns: list[dict[str, object]]) -> None:
    base = "/projects/{p}/branches/default/buckets/in_c_sales/tables"
    host.person.post(base, json={"name": "t", "columns": columns}).raise_for_status()
    uploaded = host.person.upload(csv, name="t.csv")
    host.person.post(f"{base}/t/import/file", json={"file_id": uploaded, "format": "csv"}).raise_for_status()


def test_a_profile_has_counts_numbers_and_lengths(host: HostProject) -> None:
    columns = [
        {"name": "id", "type": "INTEGER"},
        {"name": "price", "type": "DECIMAL(10,2)"},
        {"name": "name", "type": "VARCHAR"},
        {"name": "day", "type": "DATE"},
    ]
    _table(host, b"id,price,name,day\n1,1.50,Ann,2024-01-01\n2,2.00,Bo,2024-01-01\n3,,Bo,\n", columns)

    told = host.execute(CreateProfileTableCommand(path=["in_c_sales"], tableName="t"))

    table = json.loads(told.result.profile)
    assert (table["rowCount"], table["columnCount"]) == (3, 4)
    assert table["dataSize"] > 0
    assert told.result.profile.startswith('{"rowCount":3,"columnCount":4,"dataSize":')
    profiles = {column.name: json.loads(column.profile) for column in told.result.columns}
    assert list(profiles) == ["id", "price", "name", "day"]
    assert profiles["id"] == {
        "distinctCount": 3,
        "duplicateCount": 0,
        "nullCount": 0,
        "numericStatistics": {"avg": 2, "median": 2, "min": 1, "max": 3},
    }
    assert profiles["price"]["numericStatistics"] == {"avg": 1.75, "median": 1.75, "min": 1.5, "max": 2}
    assert profiles["price"]["nullCount"] == 1
    assert profiles["name"] == {
        "distinctCount": 2,
        "duplicateCount": 1,
        "nullCount": 0,
        "length": {"avg": 2.3333, "min": 2, "max": 3},
    }
    assert profiles["day"] == {"distinctCount": 1, "duplicateCount": 1, "nullCount": 1}


def test_what_an_empty_table_has_no_number_for_is_left_out(host: HostProject) -> None:
    base = "/projects/{p}/branches/default/buckets/in_c_sales/tables"
    body = {"name": "t", "columns": [{"name": "id", "type": "DOUBLE"}]}
    host.person.post(base, json=body).raise_for_status()

    told = host.execute(CreateProfileTableCommand(path=["in_c_sales"], tableName="t"))

    assert json.loads(told.result.columns[0].profile) == {"distinctCount": 0, "duplicateCount": 0, "nullCount": 0}


def test_a_table_that_is_not_there_is_told_by_its_path(host: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(CreateProfileTableCommand(path=["in_c_sales"], tableName="none"))

    assert refused.value.message == f"Table not found: {host.id}/in_c_sales/none"
    assert (refused.value.status, refused.value.number) == ("NOT_FOUND", 2004)
