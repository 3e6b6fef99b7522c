"""AddColumn, DropColumn, AlterColumn and the primary key."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message

from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType, TableInfo
from storage.driver.generated.table_pb2 import (
    AddColumnCommand,
    AddPrimaryKeyCommand,
    AlterColumnCommand,
    CreateTableCommand,
    DropColumnCommand,
    DropPrimaryKeyCommand,
    TableColumnShared,
)
from tests.driver.conftest import HostProject
from tests.driver.doors import CONFLICTS, Refused

Column = TableColumnShared
PATH = ["in_c_sales"]
CSV = "id,name\n1,Alice\n2,Bob\n3,\n"


def create(host: HostProject, *columns: Column, key: Sequence[str] = (), csv: str = "") -> None:
    host.execute(CreateTableCommand(path=PATH, tableName="t", columns=columns, primaryKeysNames=key))
    if csv:
        host.person.load(csv, "t", bucket="in_c_sales").raise_for_status()


@pytest.fixture
def rows(host: HostProject) -> HostProject:
    """Three rows of `id` and `name`, of which one has no name."""
    create(host, Column(name="id", type="INTEGER"), Column(name="name", type="VARCHAR", nullable=True), csv=CSV)
    return host


def described(host: HostProject) -> TableInfo:
    told = host.execute(ObjectInfoCommand(path=[*PATH, "t"], expectedObjectType=ObjectType.TABLE))
    return told.result.tableInfo


def column(host: HostProject, name: str) -> tuple[str, str, bool, str]:
    [found] = [one for one in described(host).columns if one.name == name]
    return found.type, found.length, found.nullable, found.default


def add(**definition: object) -> AddColumnCommand:
    return AddColumnCommand(path=PATH, tableName="t", columnDefinition=Column(**definition))


def alter(*attributes: str, **definition: object) -> AlterColumnCommand:
    return AlterColumnCommand(
        path=PATH, tableName="t", desiredDefiniton=Column(**definition), attributesToUpdate=attributes
    )


def add_key(*names: str, **options: bool) -> AddPrimaryKeyCommand:
    return AddPrimaryKeyCommand(path=PATH, tableName="t", primaryKeysNames=names, **options)


def test_an_added_column_has_its_default_in_all_rows(rows: HostProject) -> None:
    told = rows.execute(add(name="state", type="VARCHAR", nullable=True, default="new"))

    assert column(rows, "state") == ("VARCHAR", "", True, "'new'")
    assert [row[-1] for row in rows.person.rows("t", bucket="in_c_sales")] == ["new"] * 3
    assert told.texts()
    if rows.door.name == "grpc":
        assert [one.name for one in told.result.tableInfo.columns] == ["id", "name", "state"]
        assert told.result.tableInfo.rowsCount == 3
    else:
        assert told.result is None


def test_a_not_null_column_needs_a_default_where_there_are_rows(rows: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        rows.execute(add(name="n", type="INTEGER"))
    assert refused.value.status == "INVALID_ARGUMENT"

    rows.execute(add(name="n", type="INTEGER", default="7"))
    assert column(rows, "n") == ("INTEGER", "", False, "7")


def test_a_column_of_that_name_exists_already(rows: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        rows.execute(add(name="NAME", type="VARCHAR", nullable=True))

    assert refused.value.status in CONFLICTS[:2]


def test_a_dropped_column_is_gone_and_the_others_stay(rows: HostProject) -> None:
    told = rows.execute(DropColumnCommand(path=PATH, tableName="t", columnName="name"))

    assert told.result is None
    assert rows.person.rows("t", bucket="in_c_sales") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("wrong", ["key", "last", "unknown"])
def test_a_column_that_has_to_stay_stays(host: HostProject, wrong: str) -> None:
    columns = [Column(name="id", type="INTEGER")] + [Column(name="b", nullable=True)] * (wrong == "key")
    create(host, *columns, key=["id"] if wrong == "key" else ())

    with pytest.raises(Refused) as refused:
        host.execute(DropColumnCommand(path=PATH, tableName="t", columnName="nope" if wrong == "unknown" else "id"))

    assert refused.value.status in (("NOT_FOUND",) if wrong == "unknown" else ("FAILED_PRECONDITION", "CONFLICT"))
    if wrong == "unknown":
        assert refused.value.number == 2005


def test_all_attributes_change_together(rows: HostProject) -> None:
    told = rows.execute(
        alter("type", "length", "KBC.datatype.default", name="id", type="DECIMAL", length="12,2", default="1.5")
    )

    assert column(rows, "id") == ("DECIMAL", "12,2", False, "1.5")
    assert told.texts() == ["type", "length", "KBC.datatype.default"]
    assert (told.result is not None) == (rows.door.name == "grpc")


def test_one_attribute_that_cannot_be_keeps_all_as_they_were(rows: HostProject) -> None:
    before = described(rows)

    with pytest.raises(Refused) as refused:
        rows.execute(alter("type", "nullable", "default", name="name", type="TEXT", nullable=False, default="x"))

    assert refused.value.status == "INVALID_ARGUMENT"
    assert described(rows) == before


def test_values_that_do_not_convert_refuse_a_type_and_are_not_told(rows: HostProject) -> None:
    with pytest.raises(Refused) as refused:
        rows.execute(alter("type", name="name", type="INTEGER"))

    assert refused.value.status == "INVALID_ARGUMENT"
    assert "Alice" not in refused.value.message
    assert column(rows, "name")[0] == "VARCHAR"


def test_the_same_alteration_again_succeeds(rows: HostProject) -> None:
    for _ in range(2):
        rows.execute(alter("type", name="id", type="TEXT"))

    assert column(rows, "id") == ("VARCHAR", "", False, "")


@pytest.mark.parametrize(("attributes", "name"), [((), "name"), (("name",), "name")])
def test_nothing_to_change_changes_nothing(rows: HostProject, attributes: tuple[str, ...], name: str) -> None:
    rows.execute(alter(*attributes, name=name))

    assert column(rows, "name") == ("VARCHAR", "", True, "")


@pytest.mark.parametrize(
    ("command", "status", "fragment"),
    [
        (alter("colour", name="id"), "INVALID_ARGUMENT", 'Unknown metadata key to "colour" to update.'),
        (alter("name", name="nope"), "NOT_FOUND", "nope"),
        (alter("type", name="nope", type="TEXT"), "NOT_FOUND", "nope"),
        (alter("type", name="id", type="INT); DROP TABLE data"), "INVALID_ARGUMENT", "type"),
        (alter("length", name="id", length="5"), "INVALID_ARGUMENT", "no length"),
        (add(name="", type="TEXT", nullable=True), "INVALID_ARGUMENT", "columnDefinition.name is required"),
        (add(name="a", type="VARCHAR", length="x", nullable=True), "INVALID_ARGUMENT", "length"),
        (add_key(), "INVALID_ARGUMENT", "primaryKeysNames"),
        (add_key("nope"), "NOT_FOUND", "nope"),
        (add_key("name"), "INVALID_ARGUMENT", 'Selected column "name" is nullable'),
        (DropPrimaryKeyCommand(path=PATH, tableName="t"), "INVALID_ARGUMENT", "does not have a primary key"),
    ],
)
def test_what_cannot_be_is_refused(rows: HostProject, command: Message, status: str, fragment: str) -> None:
    with pytest.raises(Refused) as refused:
        rows.execute(command)

    assert refused.value.status == status
    assert fragment in refused.value.message


COMMANDS = [
    add(name="a", nullable=True),
    DropColumnCommand(path=PATH, tableName="t", columnName="a"),
    alter("type", name="a", type="TEXT"),
    alter(name="a"),
    add_key("a"),
    DropPrimaryKeyCommand(path=PATH, tableName="t"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.DESCRIPTOR.name)
def test_what_is_missing_of_the_path_is_named(host: HostProject, command: Message) -> None:
    for path, text in (
        ([host.id, "in_c_sales"], "Table t not found in bucket in_c_sales"),
        ([host.id, "in_c_none"], f"Bucket in_c_none not found in project {host.id}"),
        (["nobody-at-all", "in_c_none"], "Project nobody-at-all not found"),
    ):
        there = type(command).FromString(command.SerializeToString())
        there.path[:] = path
        with pytest.raises(Refused) as refused:
            host.execute(there, key="tests-admin-key")
        assert (refused.value.status, refused.value.message) == ("NOT_FOUND", text)
    with pytest.raises(Refused, match="Invalid path: must include at least"):
        host.door.execute(command)


def test_a_key_is_set_once_and_dropped_once(rows: HostProject) -> None:
    assert rows.execute(add_key("id")).result is None
    assert list(described(rows).primaryKeysNames) == ["id"]
    with pytest.raises(Refused, match="already has a primary key") as refused:
        rows.execute(add_key("id"))
    assert refused.value.status == "INVALID_ARGUMENT"

    rows.execute(DropPrimaryKeyCommand(path=PATH, tableName="t"))
    assert not described(rows).primaryKeysNames
    assert column(rows, "id")[2] is False


def test_a_key_that_rows_repeat_is_refused_whatever_is_skipped(host: HostProject) -> None:
    create(host, Column(name="id", type="INTEGER", nullable=True), csv="id\n1\n1\n")

    for options in ({}, {"skipDuplicatesCheck": True}):
        with pytest.raises(Refused) as refused:
            host.execute(add_key("id", **options))
        assert (refused.value.status, refused.value.message) == (
            "INVALID_ARGUMENT",
            "Selected columns contain duplicities",
        )


def test_a_length_that_was_asked_for_is_enforced(host: HostProject) -> None:
    create(host, Column(name="id", type="INTEGER"), Column(name="c", type="VARCHAR", length="3", nullable=True))
    host.person.load("id,c\n1,abc\n", "t", bucket="in_c_sales").raise_for_status()

    refused = host.person.load("id,c\n2,abcd\n", "t", bucket="in_c_sales")

    assert refused.status_code == 400
    assert "CHECK" not in refused.text
    assert column(host, "c")[:2] == ("VARCHAR", "3")


def test_a_length_only_grows(host: HostProject) -> None:
    create(host, Column(name="c", length="3", nullable=True), Column(name="d", type="DECIMAL", length="10,2"))

    for wrong in (
        alter("length", name="c", length="2"),
        alter("length", name="d", length="9,2"),
        alter("length", name="d", length="12,3"),
    ):
        with pytest.raises(Refused) as refused:
            host.execute(wrong)
        assert refused.value.status == "INVALID_ARGUMENT"
    host.execute(alter("length", name="c", length="5"))
    host.execute(alter("KBC.datatype.length", name="d", length="12,2"))

    assert (column(host, "c")[1], column(host, "d")[1]) == ("5", "12,2")
    host.execute(add(name="e", length="2", nullable=True, default="ab"))
    host.execute(DropColumnCommand(path=PATH, tableName="t", columnName="c"))
    assert [(one.name, one.length) for one in described(host).columns] == [("d", "12,2"), ("e", "2")]
