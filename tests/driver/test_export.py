"""TableExportToFile: what is written where, at each door, and what never is."""

from __future__ import annotations

import gzip
import io
import json
import re
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from storage.driver.generated.table_pb2 import ImportExportShared, TableExportToFileCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor, Door, GrpcDoor, Refused
from tests.driver.people import make_people, make_table_of

Filters = ImportExportShared.ExportFilters
Where = ImportExportShared.TableWhereFilter
Order = ImportExportShared.ExportOrderBy
PEOPLE = [
    '1,"Alice",1.50,2024-01-01 00:00:00',
    '2,"Bob",2.00,2024-01-02 00:00:00',
    '3,"Cyril",,2024-01-03 00:00:00.500000',
]


def export(host: HostProject, *, name: str = "people", place: dict[str, str] | None = None, **options: Any) -> Any:
    """Into `exp/out.csv` among the project's files, unless `place` says otherwise; `options` are ExportOptions."""
    command = {key: options.pop(key) for key in ("fileProvider", "fileFormat", "path") if key in options}
    return TableExportToFileCommand(
        source=ImportExportShared.Table(path=command.pop("path", ["in_c_sales"]), tableName=name),
        fileProvider=command.pop("fileProvider", ImportExportShared.HTTP),
        filePath=ImportExportShared.FilePath(
            **({"root": f"project_{host.id}", "path": "exp", "fileName": "out.csv"} | (place or {}))
        ),
        exportOptions=ImportExportShared.ExportOptions(**options),
        **command,
    )


def keys_of(host: HostProject) -> list[str]:
    """All of the project's files but those that tables were loaded from."""
    reply = host.person.get(f"/s3/project_{host.id}", params={"list-type": "2"})
    assert reply.status_code == 200, reply.text
    return [key for key in re.findall(r"<Key>(.*?)</Key>", reply.text) if not key.endswith("_data.csv")]


def content_of(host: HostProject, key: str) -> bytes:
    reply = host.person.get(f"/s3/project_{host.id}/{key}")
    assert reply.status_code == 200, reply.text
    return reply.content


def lines_of(host: HostProject, *, packed: bool = False) -> list[str]:
    """The lines of the export without a header, from the one file or from all slices of the manifest."""
    suffix = ".gz" if packed else ""
    if host.door.name == "bridge":
        keys, headers = ["exp/out.csv"], 1
    else:
        entries = json.loads(content_of(host, "exp/out.csvmanifest"))["entries"]
        assert all(entry["mandatory"] for entry in entries)
        prefix = f"s3://project_{host.id}/"
        keys, headers = [entry["url"].removeprefix(prefix) for entry in entries], 0
        assert keys == [f"exp/out.csv{number:012}.csv{suffix}" for number in range(len(keys))]
    bodies = [content_of(host, key) for key in keys]
    return [
        line for body in bodies for line in (gzip.decompress(body) if packed else body).decode().splitlines()[headers:]
    ]


def test_the_bridge_writes_one_file_with_a_header(driver_server: Server, bridge: BridgeDoor) -> None:
    host = make_host(driver_server, bridge)
    make_people(host)

    told = host.execute(export(host))

    assert keys_of(host) == ["exp/out.csv"]
    header, *lines = content_of(host, "exp/out.csv").decode().splitlines()
    assert [name.strip('"') for name in header.split(",")] == ["id", "name", "amount", "_timestamp"]
    assert lines == PEOPLE
    assert any("3" in text for text in told.texts())


def test_grpc_writes_slices_and_a_manifest(driver_server: Server, grpc_door: GrpcDoor) -> None:
    host = make_host(driver_server, grpc_door)
    make_people(host)

    host.execute(export(host))

    assert keys_of(host) == ["exp/out.csv000000000000.csv", "exp/out.csvmanifest"]
    assert lines_of(host) == PEOPLE


def test_the_table_is_described(host: HostProject) -> None:
    make_people(host)

    info = host.execute(export(host, filters=Filters(limit=1))).result.tableInfo

    assert (list(info.path), info.tableName, info.rowsCount) == (["in_c_sales"], "people", 3)
    assert [column.name for column in info.columns] == ["id", "name", "amount", "_timestamp"]
    assert info.sizeBytes > 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"columnsToExport": ["name", "id"]}, ['"Alice",1', '"Bob",2', '"Cyril",3']),
        (
            {"columnsToExport": ["id"], "orderBy": [Order(columnName="id", order=Order.DESC)], "filters": {"limit": 2}},
            ["3", "2"],
        ),
        (
            {
                "columnsToExport": ["id"],
                "filters": {"whereFilters": [{"columnsName": "NAME", "operator": 1, "values": ["Bob"]}]},
            },
            ["1", "3"],
        ),
        ({"columnsToExport": ["id"], "filters": {"changeSince": "1704153600"}}, ["2", "3"]),
        ({"columnsToExport": ["id"], "filters": {"fulltextSearch": "%"}}, []),
    ],
)
def test_columns_filters_order_and_limit_count(host: HostProject, options: dict[str, Any], expected: list[str]) -> None:
    make_people(host)

    told = host.execute(export(host, **(options | {"filters": Filters(**options.get("filters", {}))})))

    assert lines_of(host) == expected
    assert any(str(len(expected)) in text for text in told.texts())


def test_it_is_packed_when_asked_for(host: HostProject) -> None:
    make_people(host)

    host.execute(export(host, isCompressed=True))

    assert lines_of(host, packed=True) == PEOPLE


@pytest.mark.parametrize(("packed", "codec"), [(True, "SNAPPY"), (False, "UNCOMPRESSED")])
def test_parquet_holds_the_values(host: HostProject, packed: bool, codec: str) -> None:
    make_people(host)

    host.execute(export(host, fileFormat=ImportExportShared.PARQUET, isCompressed=packed))

    key = "exp/out.csv" if host.door.name == "bridge" else "exp/out.csv000000000000.parquet"
    file = pq.ParquetFile(io.BytesIO(content_of(host, key)))
    assert file.metadata.row_group(0).column(0).compression == codec
    assert file.read().column("name").to_pylist() == ["Alice", "Bob", "Cyril"]


def test_awkward_values_read_back(host: HostProject) -> None:
    csv = 'id,v\n1,"a,""b""\nc"\n2,""\n3,\n4,\'; --\n'
    make_table_of(host, "people", {"id": "INTEGER", "v": "VARCHAR"}, csv)

    host.execute(export(host))

    text = content_of(host, "exp/out.csv" + ("" if host.door.name == "bridge" else "000000000000.csv")).decode()
    body = text.split("\n", 1)[1] if host.door.name == "bridge" else text
    assert body == '1,"a,""b""\nc"\n2,""\n3,\n4,"\'; --"\n'


def test_existing_files_are_replaced(host: HostProject) -> None:
    make_people(host)
    host.execute(export(host))

    host.execute(export(host, filters=Filters(limit=1)))

    assert lines_of(host) == PEOPLE[:1]


@pytest.mark.parametrize(
    ("place", "provider"),
    [
        ({"root": "project_{id}", "path": "/exp/"}, ImportExportShared.S3),
        ({"root": "{id}"}, ImportExportShared.S3),
        ({"root": "{id}"}, ImportExportShared.HTTP),
        ({"root": "{files}/project_{id}/exp", "path": ""}, ImportExportShared.HTTP),
        ({"root": "http://localhost:8000/s3/project_{id}", "path": "exp"}, ImportExportShared.HTTP),
        (
            {"root": "http://localhost:8000/s3/project_{id}/exp/out.csv?signature=x&expires=1", "path": ""},
            ImportExportShared.HTTP,
        ),
    ],
)
def test_one_place_has_several_spellings(
    driver_server: Server, host: HostProject, place: dict[str, str], provider: int
) -> None:
    make_people(host)
    files = driver_server.data_dir / "files"
    filled = {key: value.format(id=host.id, files=files) for key, value in place.items()}

    host.execute(export(host, place=filled, fileProvider=provider))

    assert lines_of(host) == PEOPLE


@pytest.mark.parametrize(
    ("place", "provider", "text"),
    [
        ({"root": "/etc"}, ImportExportShared.HTTP, "not below"),
        ({"root": "/tmp/../etc"}, ImportExportShared.HTTP, "filePath"),
        ({"path": "../../x"}, ImportExportShared.HTTP, "filePath"),
        ({"fileName": "a\\..\\b"}, ImportExportShared.HTTP, "filePath"),
        ({"path": "", "fileName": ""}, ImportExportShared.HTTP, "fileName is required"),
        ({"root": "https://example.com/upload"}, ImportExportShared.HTTP, "files of the project only"),
        ({"root": "http://169.254.169.254/latest?x=1"}, ImportExportShared.HTTP, "files of the project only"),
        ({"root": "some-bucket"}, ImportExportShared.S3, "files of the project only"),
        ({"root": "container"}, ImportExportShared.ABS, "files of the project only"),
        ({"root": "bucket"}, ImportExportShared.GCS, "files of the project only"),
    ],
)
def test_nothing_is_written_anywhere_else(host: HostProject, place: dict[str, str], provider: int, text: str) -> None:
    make_people(host)

    with pytest.raises(Refused) as refused:
        host.execute(export(host, place=place, fileProvider=provider))

    assert (refused.value.status, refused.value.number) == ("INVALID_ARGUMENT", 4203)
    assert text in refused.value.message
    assert keys_of(host) == []


def test_an_unknown_provider_is_named(grpc_door: GrpcDoor, driver_server: Server) -> None:
    host = make_host(driver_server, grpc_door)
    make_people(host)

    with pytest.raises(Refused, match="Unsupported file provider: 9"):
        host.execute(export(host, fileProvider=9))


def test_the_files_of_another_project_stay_as_they_are(driver_server: Server, host: HostProject, door: Door) -> None:
    make_people(host)
    stranger = make_host(driver_server, door)
    make_people(stranger)

    for command in (export(host), export(stranger, path=[host.id, "in_c_sales"])):
        with pytest.raises(Refused) as refused:
            stranger.execute(command)
        assert refused.value.status == "PERMISSION_DENIED"
    assert keys_of(host) == keys_of(stranger) == []


def test_a_missing_table_is_told_before_anything_is_written(host: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(export(host, name="nope", place={"root": "/etc"}))

    assert (refused.value.status, refused.value.number) == ("NOT_FOUND", 2004)
    assert f"Table not found: {host.id}/in_c_sales/nope" in refused.value.message
    assert keys_of(host) == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"columnsToExport": ["nope"]}, "nope"),
        ({"columnsToExport": [""]}, "columnsToExport"),
        ({"filters": Filters(limit=-1)}, "negative"),
        ({"filters": Filters(whereFilters=[Where(columnsName="nope", values=["1"])])}, 'Column "nope" not found'),
        ({"orderBy": [Order(columnName="nope")]}, 'Column "nope" not found'),
    ],
)
def test_what_an_export_cannot_ask_writes_nothing(host: HostProject, options: dict[str, Any], text: str) -> None:
    make_people(host)

    with pytest.raises(Refused) as refused:
        host.execute(export(host, **options))

    assert (refused.value.status, refused.value.number) == ("INVALID_ARGUMENT", 3000)
    assert text in refused.value.message
    assert keys_of(host) == []


def test_a_source_without_a_project_and_without_a_name(door: Door, host: HostProject) -> None:
    with pytest.raises(Refused, match=r"Source path must contain \[project_id, bucket_name\]"):
        door.execute(export(host))
    with pytest.raises(Refused, match="tableName is required"):
        host.execute(export(host, name=""))


def test_values_survive_a_round_trip_through_duckdb(host: HostProject) -> None:
    make_people(host)
    host.execute(export(host))

    key = "exp/out.csv" if host.door.name == "bridge" else "exp/out.csv000000000000.csv"
    header = "true" if host.door.name == "bridge" else "false"
    with duckdb.connect() as connection:
        rows = connection.read_csv(io.BytesIO(content_of(host, key)), header=header == "true").fetchall()

    assert [row[0] for row in rows] == [1, 2, 3]
