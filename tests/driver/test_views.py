"""Views of buckets at both doors: what they show, where they are read, and whose name is whose."""

from __future__ import annotations

from typing import Any

import pytest

from storage.driver.generated.bucket_pb2 import CreateBucketCommand, DropBucketCommand
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType
from storage.driver.generated.table_pb2 import (
    CreateTableCommand,
    CreateViewCommand,
    DropTableCommand,
    ImportExportShared,
    PreviewTableCommand,
    TableImportFromTableCommand,
)
from tests.cast import TABLES, Server, error_of
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, Refused
from tests.driver.people import make_people
from tests.driver.test_export import export, lines_of
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


def import_as_view(
    host: HostProject, *, name: str = "rich", source: str = "people", mode: int = Options.CREATE, **more: Any
) -> Any:
    place = TableImportFromTableCommand.SourceTableMapping
    return host.execute(
        TableImportFromTableCommand(
            source=place(path=["in_c_sales"], tableName=source, **more),
            destination={"path": ["in_c_sales"], "tableName": name},
            importOptions=Options(importType=Options.VIEW, createMode=mode),
        )
    ).result


def test_an_import_of_type_view_makes_one_with_other_names(host: HostProject) -> None:
    make_people(host)

    answer = import_as_view(
        host,
        columnMappings=[Mapping(sourceColumnName="name", destinationColumnName="who"), Mapping(sourceColumnName="id")],
        whereFilters=[RICH],
    )

    assert (answer.importedRowsCount, answer.tableRowsCount, list(answer.importedColumns)) == (0, 1, ["who", "id"])
    assert preview(host, columns=["who"]) == [["Bob"]]
    with pytest.raises(Refused, match="Object already exists.") as refused:
        import_as_view(host)
    assert refused.value.status in CONFLICTS
    assert refused.value.number == 2006
    import_as_view(host, mode=Options.REPLACE)
    assert len(preview(host)) == 3
    with pytest.raises(Refused, match='Missing columns: "nope"'):
        import_as_view(host, name="more", columnMappings=[Mapping(sourceColumnName="nope")])
    with pytest.raises(Refused, match="limit"):
        import_as_view(host, name="more", limit=1)


def test_an_import_of_type_view_takes_the_place_of_a_table_and_a_clone_that_of_a_view(host: HostProject) -> None:
    make_people(host)
    make_people(host, "target")
    with pytest.raises(Refused, match="Object already exists."):
        import_as_view(host, name="target")

    import_as_view(host, name="target", mode=Options.REPLACE, whereFilters=[RICH])

    assert objects(host, host.id, "in_c_sales") == {"people": "TABLE", "target": "VIEW"}
    clone = TableImportFromTableCommand(
        source={"path": ["in_c_sales"], "tableName": "target"},
        destination={"path": ["in_c_sales"], "tableName": "copy"},
        importOptions=Options(importType=Options.CLONE),
    )
    assert host.execute(clone).result.tableRowsCount == 1
    clone.destination.tableName, clone.source.tableName = "target", "people"
    with pytest.raises(Refused, match="Object already exists."):
        host.execute(clone)
    clone.importOptions.createMode = Options.REPLACE
    assert host.execute(clone).result.tableRowsCount == 3
    assert objects(host, host.id, "in_c_sales") == {"copy": "TABLE", "people": "TABLE", "target": "TABLE"}
    with pytest.raises(Refused, match="itself"):
        import_as_view(host, name="people", mode=Options.REPLACE)


def test_rows_of_a_view_are_imported(host: HostProject) -> None:
    make_people(host)
    make_people(host, "target")
    host.execute(view_of(columns=["id", "name"], filters=[RICH]))
    command = TableImportFromTableCommand(
        source={"path": ["in_c_sales"], "tableName": "rich"},
        destination={"path": ["in_c_sales"], "tableName": "target"},
        importOptions=Options(importType=Options.FULL),
    )

    assert host.execute(command).result.tableRowsCount == 1
    command.source.whereFilters.add(columnsName="amount", values=["1"])
    with pytest.raises(Refused, match="amount"):
        host.execute(command)


def test_names_of_tables_and_views_do_not_clash(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of())

    with pytest.raises(Refused, match="already exists") as refused:
        host.execute(CreateTableCommand(path=["in_c_sales"], tableName="rich", columns=[{"name": "id"}]))
    assert refused.value.status in CONFLICTS
    with pytest.raises(Refused, match="already exists") as refused:
        host.execute(view_of(name="people"))
    assert refused.value.status in CONFLICTS
    body = {"name": "rich", "columns": [{"name": "id", "type": "INTEGER"}]}
    assert error_of(host.person.post(TABLES, bucket="in_c_sales", json=body)) == (409, "view_exists")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": ""}, "viewName is required"),
        ({"source": ""}, "sourceTableName is required"),
        ({"columns": ["nope"]}, 'Missing columns: "nope"'),
        ({"columns": ["id", "id"]}, "occurs twice"),
        ({"filters": [Where(columnsName="id")]}, "needs at least one value"),
        ({"filters": [Where(columnsName="nope", values=["1"])]}, 'Column "nope" not found on table "people"'),
        ({"name": "a/../b"}, "Invalid table name"),
    ],
)
def test_what_makes_no_view_is_refused_and_leaves_none(host: HostProject, options: dict[str, Any], text: str) -> None:
    make_people(host)

    with pytest.raises(Refused, match=text) as refused:
        host.execute(view_of(**options))

    assert refused.value.status == "INVALID_ARGUMENT"
    assert objects(host, host.id, "in_c_sales") == {"people": "TABLE"}


def test_values_of_conditions_are_values(host: HostProject) -> None:
    make_people(host)
    text = "x' OR '1'='1"
    host.execute(view_of(filters=[Where(columnsName="name", values=[text])]))

    assert preview(host) == []


def test_missing_views_sources_and_tables_are_told_apart(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of())

    with pytest.raises(Refused, match="Table not found: .*/in_c_sales/none") as refused:
        host.execute(view_of("none", name="other"))
    assert refused.value.status == "NOT_FOUND"
    for name in ("none", "people"):
        with pytest.raises(Refused, match=f"View not found: {host.id}/in_c_sales/{name}") as refused:
            info(host, host.id, "in_c_sales", name)
        assert (refused.value.status, refused.value.number) == ("NOT_FOUND", 2008)
    with pytest.raises(Refused, match="Table not found"):
        info(host, host.id, "in_c_sales", "rich", kind=ObjectType.TABLE)
    host.execute(DropTableCommand(path=["in_c_sales"], tableName="people"))
    for ask in (lambda: preview(host), lambda: info(host, host.id, "in_c_sales", "rich")):
        with pytest.raises(Refused, match="source of view in_c_sales.rich is not there") as refused:
            ask()
        assert (refused.value.status, refused.value.number) == ("NOT_FOUND", 2008)
    make_people(host)
    assert len(preview(host)) == 3


def test_a_view_is_dropped_like_a_table_and_counts_as_content(host: HostProject) -> None:
    make_people(host)
    host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-views"))
    host.execute(view_of(path=["in_c_views"], source_path=["in_c_sales"]))

    assert len(preview(host, path=["in_c_views"])) == 3
    with pytest.raises(Refused, match="is not empty"):
        host.execute(DropBucketCommand(bucketObjectName="in_c_views"))
    host.execute(DropTableCommand(path=["in_c_views"], tableName="rich"))
    assert host.execute(DropTableCommand(path=["in_c_views"], tableName="rich")).texts("Warning")
    assert objects(host, host.id, "in_c_views") == {}
    host.execute(view_of(path=["in_c_views"], source_path=["in_c_sales"]))
    host.execute(DropBucketCommand(bucketObjectName="in_c_views", isCascade=True))
    assert len(preview(host, "people")) == 3


def test_another_project_makes_and_reads_no_view_here(host: HostProject, driver_server: Server) -> None:
    make_people(host)
    host.execute(view_of())
    stranger = make_host(driver_server, host.door)

    for command in (
        view_of(path=[stranger.id, "in_c_sales"], source_path=[host.id, "in_c_sales"]),
        view_of(path=[host.id, "in_c_sales"]),
        PreviewTableCommand(path=[host.id, "in_c_sales"], tableName="rich"),
        DropTableCommand(path=[host.id, "in_c_sales"], tableName="rich"),
    ):
        with pytest.raises(Refused) as refused:
            stranger.execute(command)
        assert refused.value.status == "PERMISSION_DENIED"
    with pytest.raises(Refused, match="not shared"):
        host.door.execute(view_of(path=[stranger.id, "in_c_sales"], source_path=[host.id, "in_c_sales"]))


def test_a_view_is_exported_like_a_table(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of(columns=["name", "amount"], filters=[RICH]))

    told = host.execute(export(host, name="rich"))

    assert [one.name for one in told.result.tableInfo.columns] == ["name", "amount"]
    assert told.result.tableInfo.tableName == "rich"
    assert lines_of(host) == ['"Bob",2.00']
