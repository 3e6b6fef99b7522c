"""DeleteTableRows: which rows go, and that nothing else does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage.driver.generated.table_pb2 import DeleteTableRowsCommand, ImportExportShared
from tests.cast import TABLE, Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor, Door, Refused
from tests.driver.people import make_people, make_table_of

Where = ImportExportShared.TableWhereFilter
Reference = DeleteTableRowsCommand.WhereRefTableFilter


def where(column: str, how: int, *values: str, as_type: int = ImportExportShared.STRING) -> Where:
    return Where(columnsName=column, operator=how, values=values, dataType=as_type)


def deletion(*filters: Where, path: list[str] | None = None, name: str = "people", **options: Any) -> Any:
    return DeleteTableRowsCommand(
        path=["in_c_sales"] if path is None else path, tableName=name, whereFilters=filters, **options
    )


def ids_left(host: HostProject, name: str = "people") -> list[int]:
    rows = host.person.get(TABLE + "/preview", bucket=host.bucket, table=name).json()["rows"]
    return sorted(row["id"] for row in rows)


def test_the_rows_of_a_filter_go_and_the_table_is_counted(host: HostProject) -> None:
    make_people(host)

    told = host.execute(deletion(where("NAME", Where.eq, "Bob")))

    assert (told.result.deletedRowsCount, told.result.tableRowsCount) == (1, 2)
    assert told.result.tableSizeBytes > 0
    assert ids_left(host) == [1, 3]
    assert told.texts()
    assert not any("Bob" in text for text in told.texts())


def test_texts_compare_with_numbers_as_numbers(host: HostProject) -> None:
    make_people(host)

    told = host.execute(deletion(where("id", Where.ge, "2")))

    assert (told.result.deletedRowsCount, told.result.tableRowsCount) == (2, 1)


def test_no_filter_means_every_row(host: HostProject) -> None:
    make_people(host)

    told = host.execute(deletion())

    assert (told.result.deletedRowsCount, told.result.tableRowsCount) == (3, 0)


def test_a_filter_that_matches_nothing_changes_nothing(host: HostProject) -> None:
    make_people(host)

    told = host.execute(deletion(where("name", Where.ne, "x"), where("amount", Where.gt, "5")))

    assert (told.result.deletedRowsCount, told.result.tableRowsCount) == (0, 3)
    assert told.result.tableSizeBytes > 0


@pytest.mark.parametrize("value", ["x'; DROP TABLE data; --", '"; --', "drop table /* */", "' OR 1=1 --", "%", "\\"])
def test_values_are_values_whatever_they_look_like(host: HostProject, value: str) -> None:
    doubled = value.replace('"', '""')
    make_table_of(host, "people", {"id": "INTEGER", "name": "VARCHAR"}, f'id,name\n1,"{doubled}"\n2,other\n')

    assert host.execute(deletion(where("name", Where.eq, value))).result.deletedRowsCount == 1
    assert ids_left(host) == [2]


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"changeSince": "1704153600"}, [2, 3]),
        ({"changeUntil": "2024-01-02T00:00:00Z"}, [1]),
        ({"changeSince": "2024-01-02", "changeUntil": "1704240000.5"}, [2]),
    ],
)
def test_bounds_are_on_the_moment_of_the_change(host: HostProject, options: dict[str, str], gone: list[int]) -> None:
    make_people(host)

    host.execute(deletion(**options))

    assert ids_left(host) == sorted({1, 2, 3} - set(gone))


@pytest.mark.parametrize(("operator", "left"), [(Reference.IN, [2]), (Reference.NOT_IN, [1, 3])])
def test_rows_are_chosen_by_the_values_of_another_table(host: HostProject, operator: int, left: list[int]) -> None:
    make_people(host)
    make_table_of(host, "gone", {"key": "VARCHAR"}, 'key\n1\n3\n""\n')
    filters = [
        Reference(column="ID", operator=operator, refPath=[host.id, "in.c-sales"], refTable="gone", refColumn="KEY")
    ]

    host.execute(deletion(whereRefTableFilters=filters))

    assert ids_left(host) == left


def test_a_table_may_refer_to_itself(host: HostProject) -> None:
    make_people(host)
    own = Reference(column="id", refPath=["in_c_sales"], refTable="people", refColumn="id")

    assert host.execute(deletion(whereRefTableFilters=[own, own])).result.deletedRowsCount == 3


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (deletion(where("nope", Where.eq, "1")), 'Column "nope" not found on table "people" for where filter.'),
        (
            deletion(where("id", Where.lt, "1", "2")),
            'whereFilter with multiple values can be used only with "eq", "ne" operators',
        ),
        (deletion(where("id", Where.eq)), "at least one value"),
        (deletion(changeSince="yesterday"), "changeSince"),
        (deletion(name=""), "tableName is required"),
        (deletion(path=[]), "Path must contain"),
        (deletion(whereRefTableFilters=[Reference(refPath=["in_c_sales"], refTable="x", refColumn="y")]), "column"),
        (
            deletion(
                whereRefTableFilters=[
                    Reference(column="id", refPath=["in_c_sales"], refTable="people", refColumn="nope")
                ]
            ),
            'Column "nope" not found',
        ),
    ],
)
def test_what_a_deletion_cannot_ask_deletes_nothing(host: HostProject, command: Any, text: str) -> None:
    make_people(host)

    with pytest.raises(Refused) as refused:
        host.execute(command)

    assert (refused.value.status, refused.value.number) == ("INVALID_ARGUMENT", 3000)
    assert text in refused.value.message
    assert ids_left(host) == [1, 2, 3]


def test_bounds_need_a_moment_of_the_change(host: HostProject) -> None:
    make_table_of(host, "people", {"id": "INTEGER"}, "id\n1\n")

    with pytest.raises(Refused, match="_timestamp"):
        host.execute(deletion(changeSince="0"))


def test_what_is_missing_is_named(host: HostProject) -> None:
    for command, number, text in [
        (deletion(name="nope"), 2004, "Table nope not found in bucket in_c_sales"),
        (deletion(path=["nope"]), 2003, "not found"),
        (
            deletion(whereRefTableFilters=[Reference(column="a", refPath=["nope"], refTable="t", refColumn="c")]),
            2003,
            "not found",
        ),
    ]:
        with pytest.raises(Refused) as refused:
            host.execute(command)
        assert (refused.value.status, refused.value.number) == ("NOT_FOUND", number)
        assert text in refused.value.message


def test_one_element_needs_a_project(door: Door) -> None:
    with pytest.raises(Refused, match=r"Invalid path: must include at least \[project_id, bucket_name\]"):
        door.execute(deletion())


def test_the_key_of_another_project_deletes_nothing_and_reads_nothing(
    driver_server: Server, host: HostProject, door: Door
) -> None:
    make_people(host)
    stranger = make_host(driver_server, door)
    make_people(stranger)
    spying = Reference(column="id", refPath=[host.id, "in_c_sales"], refTable="people", refColumn="id")

    for command in (deletion(path=[host.id, "in_c_sales"]), deletion(whereRefTableFilters=[spying])):
        with pytest.raises(Refused) as refused:
            stranger.execute(command)
        assert refused.value.status == "PERMISSION_DENIED"
    assert ids_left(host) == ids_left(stranger) == [1, 2, 3]


def test_a_branch_deletes_in_its_own_copy(host: HostProject) -> None:
    make_people(host)
    branch = host.person.make_branch()

    told = host.execute(deletion(where("id", Where.eq, "1"), path=[host.id, branch, "in_c_sales"]))

    assert told.result.tableRowsCount == 2
    assert ids_left(host) == [1, 2, 3]


def test_counts_on_the_bridge_are_texts_of_whole_numbers(driver_server: Server, bridge: BridgeDoor) -> None:
    host = make_host(driver_server, bridge)
    make_people(host)
    command = {"type": "DeleteTableRowsCommand", "path": [host.id, "in_c_sales"], "tableName": "people"}

    body = {"command": command, "credentials": {"project_id": host.id}}
    answer = json.loads(bridge.post(body, key=host.key).content)["commandResponse"]

    counts = [answer[name] for name in ("deletedRowsCount", "tableSizeBytes")]
    assert all(isinstance(count, str) and int(count) > 0 for count in counts)
