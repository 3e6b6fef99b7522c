"""PreviewTable with a workspace as the container."""

from __future__ import annotations

from typing import Any

import pytest

from storage.driver.generated.table_pb2 import ImportExportShared, PreviewTableCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import Told
from tests.driver.people import make_people
from tests.driver.table_moves import WS, Where, make_workspace, refused, sql

Order = ImportExportShared.ExportOrderBy


@pytest.fixture
def shop(host: HostProject) -> HostProject:
    make_people(host)
    make_workspace(host)
    sql(host, "CREATE TABLE made AS SELECT i AS id, 'n' || i AS name FROM range(3) t(i)")
    sql(host, f"CREATE VIEW seen AS SELECT name, id FROM {host.bucket}.people")
    return host


def preview(host: HostProject, name: str, path: tuple[str, ...] = (WS,), **fields: Any) -> Told:
    send = fields.pop("send", {})
    return host.execute(PreviewTableCommand(path=path, tableName=name, **fields), **send)


def cells(told: Told) -> list[list[Any]]:
    def plain(value: Any) -> Any:
        kind = value.WhichOneof("kind")
        return None if kind == "null_value" else getattr(value, kind)

    return [[plain(cell.value) for cell in row.columns] for row in told.result.rows]


def test_tables_and_views_of_a_workspace_are_previewed(shop: HostProject) -> None:
    one = 1.0 if shop.door.name == "bridge" else "1"

    filters = ImportExportShared.ExportFilters(
        whereFilters=[Where(columnsName="id", operator="ge", values=["1"], dataType="INTEGER")], limit=5
    )
    order = [Order(columnName="id", order=Order.DESC)]
    told = preview(shop, "made", columns=["name"], filters=filters, orderBy=order)

    assert (list(told.result.columns), cells(told)) == (["name"], [["n2"], ["n1"]])
    assert cells(preview(shop, "made", (shop.id, WS)))[1] == [one, "n1"]
    assert [row[0] for row in cells(preview(shop, "seen"))] == ["Alice", "Bob", "Cyril"]


@pytest.mark.parametrize("name", ["nothing", "_workspace_info"])
def test_what_a_workspace_does_not_show_is_not_found(shop: HostProject, name: str) -> None:
    error = refused(lambda: preview(shop, name))

    assert (error.status, "Table not found" in error.message) == ("NOT_FOUND", True)


def test_an_unknown_column_is_refused(shop: HostProject) -> None:
    assert refused(lambda: preview(shop, "made", columns=["x"])).status == "INVALID_ARGUMENT"


def test_a_workspace_of_another_project_is_not_shown(shop: HostProject, driver_server: Server) -> None:
    other = make_host(driver_server, shop.door)

    for path in ((WS,), (shop.id, WS), (shop.id, "default", WS)):
        assert refused(lambda path=path: preview(other, "made", path)).status in ("NOT_FOUND", "PERMISSION_DENIED")
