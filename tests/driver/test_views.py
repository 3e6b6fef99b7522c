"""Views of buckets at both doors: what they show, where they are read, and whose name is whose."""

from __future__ import annotations

from typing import Any

import pytest

from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType
from storage.driver.generated.table_pb2 import (
    CreateViewCommand,
    ImportExportShared,
    PreviewTableCommand,
    TableImportFromTableCommand,
)
from tests.driver.conftest import HostProject
from tests.driver.doors import Refused
from tests.driver.people import make_people
from tests.driver.test_preview import shown

Where = ImportExportShared.TableWhereFilter
Options = ImportExportShared.ImportOptions
Mapping = TableImportFromTableCommand.SourceTableMapping.ColumnMapping


def view_of(
    source: str = "people",
    *,
    name: str = "rich",
    path: list[str] | None = None,
    source_path: list[str] | None = None,
    columns: list[str] | None = None,
    filters: list[Where] | None = None,
) -> CreateViewCommand:
    return CreateViewCommand(
        path=path or ["in_c_sales"],
        viewName=name,
        sourcePath=source_path or [],
        sourceTableName=source,
        columns=columns or [],
        whereFilters=filters or [],
    )


RICH = Where(columnsName="AMOUNT", operator=Where.ge, values=["1.6"])


def preview(host: HostProject, name: str = "rich", path: list[str] | None = None, **options: Any) -> list[list[Any]]:
    told = host.execute(PreviewTableCommand(path=path or ["in_c_sales"], tableName=name, **options))
    return shown(told.result)


def info(host: HostProject, *path: str, kind: int = ObjectType.VIEW) -> Any:
    return host.execute(ObjectInfoCommand(path=path, expectedObjectType=kind)).result


def objects(host: HostProject, *path: str) -> dict[str, str]:
    found = info(host, *path, kind=ObjectType.SCHEMA).schemaInfo.objects
    return {one.objectName: ObjectType.Name(one.objectType) for one in found}


def test_a_view_shows_its_columns_and_rows_as_they_are_now(host: HostProject) -> None:
    make_people(host)

    told = host.execute(view_of(columns=["name", "amount"], filters=[RICH]))

    assert told.result is None
    assert told.texts()
    assert preview(host) == [["Bob", "2.00"]] or preview(host) == [["Bob", 2.0]]
    described = info(host, host.id, "in_c_sales", "rich").viewInfo
    assert (described.viewName, described.rowsCount) == ("rich", 1)
    assert [(one.name, one.type) for one in described.columns][0] == ("name", "VARCHAR")
    assert objects(host, host.id, "in_c_sales") == {"people": "TABLE", "rich": "VIEW"}


def test_conditions_of_commands_are_about_the_view(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of(columns=["name"], filters=[RICH]))
    filters = ImportExportShared.ExportFilters

    assert preview(host, filters=filters(fulltextSearch="ob")) == [["Bob"]]
    assert preview(host, filters=filters(fulltextSearch="li")) == []
    with pytest.raises(Refused, match='Column "amount" not found on table "rich"') as refused:
        preview(host, filters=filters(whereFilters=[Where(columnsName="amount", values=["1"])]))
    assert refused.value.status == "INVALID_ARGUMENT"
    with pytest.raises(Refused, match="amount"):
        preview(host, columns=["amount"])


def test_a_view_is_replaced_and_may_show_another_view(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of(filters=[RICH]))
    host.execute(view_of("rich", name="names", columns=["name"], filters=[Where(columnsName="Id", values=["2"])]))

    assert preview(host, "names") == [["Bob"]]
    host.execute(view_of(columns=["id", "name"]))
    assert len(preview(host)) == 3
    assert preview(host, "names") == [["Bob"]]
    with pytest.raises(Refused, match="itself"):
        host.execute(view_of("names"))
    host.execute(view_of(columns=["name"]))
    with pytest.raises(Refused, match="does not have any more"):
        preview(host, "names")
