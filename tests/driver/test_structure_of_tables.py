"""CreateTable, DropTable and ObjectInfo."""

from __future__ import annotations

import uuid

import pytest

from storage.driver.generated.bucket_pb2 import DropBucketCommand
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType, TableType
from storage.driver.generated.table_pb2 import CreateTableCommand, DropTableCommand, TableColumnShared
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, Door, Refused

Column = TableColumnShared


def table(
    *columns: Column, name: str = "orders", path: list[str] | None = None, key: list[str] | None = None
) -> CreateTableCommand:
    return CreateTableCommand(
        path=["in_c_sales"] if path is None else path, tableName=name, columns=columns, primaryKeysNames=key or []
    )


def info(*path: str, kind: int = ObjectType.TABLE) -> ObjectInfoCommand:
    return ObjectInfoCommand(path=path, expectedObjectType=kind)


ID = Column(name="id", type="INTEGER")
TEXT = Column(name="description", type="VARCHAR", nullable=True)


def test_a_created_table_is_described(host: HostProject) -> None:
    told = host.execute(table(ID, TEXT, key=["id"]))

    described = host.execute(info("in_c_sales", "orders")).result
    assert list(described.path) == ["in_c_sales", "orders"]
    assert described.objectType == ObjectType.TABLE
    found = described.tableInfo
    assert (list(found.path), found.tableName) == (["in_c_sales"], "orders")
    assert [(one.name, one.type, one.length, one.nullable, one.default) for one in found.columns] == [
        ("id", "INTEGER", "", False, ""),
        ("description", "VARCHAR", "", True, ""),
    ]
    assert list(found.primaryKeysNames) == ["id"]
    assert (found.rowsCount, found.tableType) == (0, TableType.NORMAL)
    assert found.sizeBytes > 0
    assert told.texts()
    if host.door.name == "grpc":
        assert told.result.tableInfo == found
        assert list(told.result.path) == ["in_c_sales"]
    else:
        assert told.result is None


def test_a_missing_bucket_is_made_under_its_object_name(host: HostProject) -> None:
    host.execute(table(ID, path=["in.c-new"]))

    assert host.execute(info("in_c_new", "orders")).result.tableInfo.tableName == "orders"
    schemas = host.execute(info(host.id, kind=ObjectType.DATABASE)).result.databaseInfo.objects
    assert [(one.objectName, one.objectType) for one in schemas] == [
        ("in_c_new", ObjectType.SCHEMA),
        ("in_c_sales", ObjectType.SCHEMA),
    ]


def test_a_bucket_lists_its_tables_by_name(host: HostProject) -> None:
    host.execute(table(ID, name="b"))
    host.execute(table(ID, name="a"))

    for path in (["in_c_sales"], [host.id, "in.c-sales"], [host.id, "default", "in_c_sales"]):
        found = host.execute(info(*path, kind=ObjectType.SCHEMA)).result
        assert [(one.objectName, one.objectType) for one in found.schemaInfo.objects] == [
            ("a", ObjectType.TABLE),
            ("b", ObjectType.TABLE),
        ]
        assert list(found.path) == path


def test_an_empty_project_lists_nothing(door: Door, host: HostProject) -> None:
    host.execute(DropBucketCommand(bucketObjectName="in_c_sales", isCascade=True))

    found = host.execute(info(host.id, kind=ObjectType.DATABASE)).result
    assert found.WhichOneof("objectInfo") == "databaseInfo"
    assert not found.databaseInfo.objects


@pytest.mark.parametrize(
    ("command", "status", "fragment"),
    [
        (info(), "INVALID_ARGUMENT", "Path is required"),
        (info("orders"), "INVALID_ARGUMENT", "Path for TABLE must contain [project_id, bucket_name, table_name]"),
        (info("in_c_sales", "none"), "NOT_FOUND", "Table not found: {project}/in_c_sales/none"),
        (info("in_c_none", "none"), "NOT_FOUND", "Table not found: {project}/in_c_none/none"),
        (info("in_c_none", kind=ObjectType.SCHEMA), "NOT_FOUND", "Bucket not found: {project}/in_c_none"),
        (table(ID, name=""), "INVALID_ARGUMENT", "tableName is required"),
        (table(), "INVALID_ARGUMENT", "at least one column"),
        (table(ID, Column(name="ID")), "INVALID_ARGUMENT", 'Failed to create table "orders" in dataset "in_c_sales"'),
        (table(Column(name="a", type="NONSENSE")), "INVALID_ARGUMENT", "Exception: Invalid column type"),
        (table(Column(name="a", type="INT); DROP")), "INVALID_ARGUMENT", "Exception: Invalid column type"),
        (table(ID, key=["nope"]), "INVALID_ARGUMENT", "nope"),
        (table(ID, path=[]), "INVALID_ARGUMENT", "Path must contain at least bucket_name"),
        (table(ID, name="../up"), "INVALID_ARGUMENT", "name"),
        (table(ID, path=["a/../b"]), "INVALID_ARGUMENT", "name"),
    ],
)
def test_what_cannot_be_is_refused(host: HostProject, command: object, status: str, fragment: str) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(command)

    assert refused.value.status == status
    assert fragment.format(project=host.id) in refused.value.message


def test_a_path_of_one_element_needs_a_project(door: Door) -> None:
    with pytest.raises(Refused) as refused:
        door.execute(table(ID))

    assert refused.value.status == "INVALID_ARGUMENT"
    assert "Path must contain" in refused.value.message


def test_the_same_table_again_exists_already(host: HostProject) -> None:
    host.execute(table(ID))

    with pytest.raises(Refused) as refused:
        host.execute(table(ID))

    assert refused.value.status in CONFLICTS[:2]


def test_a_dropped_table_is_gone_and_dropping_again_warns(host: HostProject) -> None:
    host.execute(table(ID))
    drop = DropTableCommand(path=[host.id, "in_c_sales"], tableName="orders")

    assert host.execute(drop).result is None
    with pytest.raises(Refused, match="Table not found"):
        host.execute(info("in_c_sales", "orders"))
    assert host.execute(drop).texts("Warning")


@pytest.mark.parametrize(
    ("column", "reported"),
    [
        (Column(type="TEXT"), ("VARCHAR", "", "")),
        (Column(), ("VARCHAR", "", "")),
        (Column(type="VARCHAR", length="255"), ("VARCHAR", "255", "")),
        (Column(type="DECIMAL", length="38,2"), ("DECIMAL", "38,2", "")),
        (Column(type="NUMBER(38,0)"), ("HUGEINT", "", "")),
        (Column(type="NUMERIC", length="12,4"), ("DECIMAL", "12,4", "")),
        (Column(type="INT64"), ("BIGINT", "", "")),
        (Column(type="FLOAT64"), ("DOUBLE", "", "")),
        (Column(type="BOOL", default="TRUE"), ("BOOLEAN", "", "TRUE")),
        (Column(type="TIMESTAMP_NTZ"), ("TIMESTAMP", "", "")),
        (Column(type="STRUCT(a INTEGER, b VARCHAR[])"), ("STRUCT(a INTEGER, b VARCHAR[])", "", "")),
        (Column(type="VARCHAR", default="it's; --"), ("VARCHAR", "", "'it''s; --'")),
        (Column(type="VARCHAR", default="007"), ("VARCHAR", "", "'007'")),
        (Column(type="VARCHAR", default="'quoted'"), ("VARCHAR", "", "'quoted'")),
        (Column(type="INTEGER", default="7"), ("INTEGER", "", "7")),
        (Column(type="DATE", default="DATE '2020-01-01'"), ("DATE", "", "DATE '2020-01-01'")),
        (Column(type="DATE", default="2020-01-01"), ("DATE", "", "'2020-01-01'")),
        (Column(type="TIMESTAMP", default="CURRENT_TIMESTAMP"), ("TIMESTAMP", "", "CURRENT_TIMESTAMP")),
    ],
)
def test_types_and_defaults_are_understood(
    shared_host: HostProject, column: Column, reported: tuple[str, str, str]
) -> None:
    column.name = "c"
    name = f"t{uuid.uuid4().hex}"

    told = shared_host.execute(table(column, name=name))

    [found] = told.result.tableInfo.columns
    assert (found.type, found.length, found.default) == reported


@pytest.fixture(scope="module")
def shared_host(driver_server: Server, grpc_door: Door) -> HostProject:
    return make_host(driver_server, grpc_door)
