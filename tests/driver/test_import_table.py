"""TableImportFromTable as hosts send it: between tables, from workspaces, and clones."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import grpc
import pytest

from storage.driver.generated.bucket_pb2 import LinkBucketCommand, ShareBucketCommand
from storage.driver.generated.project_pb2 import CreateDevBranchCommand
from storage.driver.generated.table_pb2 import CreateTableCommand, TableColumnShared
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, GrpcDoor, Refused, request_of
from tests.driver.people import make_table_of
from tests.driver.table_moves import (
    ORDERS,
    WS,
    Options,
    Where,
    import_command,
    load,
    make_workspace,
    move,
    refused,
    renamed,
    sql,
    stored,
    table_of,
)

CSV = (
    "id,name,amount,_timestamp\n"
    "1,Ann,5,2024-01-01 00:00:00\n"
    "2,Bob,6,2024-01-02 00:00:00\n"
    "3,Cyril,,2024-01-03 00:00:00\n"
)
ROWS = [("1", "Ann", 5), ("2", "Bob", 6), ("3", "Cyril", None)]


@pytest.fixture
def shop(host: HostProject) -> HostProject:
    """Three rows in `orders`, and `target`: the same columns, `id` the key, empty."""
    make_table_of(host, "orders", ORDERS, CSV)
    make_target(host, "target")
    return host


def make_target(
    host: HostProject, name: str, *, key: tuple[str, ...] = ("id",), columns: dict[str, str] | None = None
) -> None:
    types = columns or ORDERS
    definitions = [TableColumnShared(name=one, type=kind, nullable=one not in key) for one, kind in types.items()]
    host.execute(
        CreateTableCommand(path=[host.bucket], tableName=name, columns=definitions, primaryKeysNames=list(key))
    )


@pytest.fixture
def neighbour(driver_server: Server, host: HostProject) -> HostProject:
    return make_host(driver_server, host.door)


def test_a_full_import_replaces_the_rows_and_stamps_them(shop: HostProject) -> None:
    told = move(shop, "orders", "target", timestampColumn="_timestamp")

    assert stored(shop, "target") == ROWS
    assert (told.result.importedRowsCount, told.result.tableRowsCount) == (3, 3)
    assert told.result.tableSizeBytes > 0
    own = ["id", "name", "amount"]
    assert list(told.result.importedColumns) == (own if shop.door.name == "grpc" else [*own, "_timestamp"])
    assert "total" in {timer.name for timer in told.result.timers}
    assert not any(stamp.startswith("2024") for (stamp,) in stored(shop, "target", ["_timestamp"]))
    assert any("Imported 3 rows into target" in text for text in told.texts())


def test_an_incremental_import_merges_and_unchanged_rows_keep_their_stamp(shop: HostProject) -> None:
    move(shop, "orders", "target")
    before = dict(stored(shop, "target", ["id", "_timestamp"]))
    make_table_of(shop, "news", ORDERS, "id,name,amount,_timestamp\n2,Bert,6,\n3,Cyril,,\n4,Dora,1,\n")

    told = move(shop, "news", "target", importType="INCREMENTAL")

    assert stored(shop, "target") == [("1", "Ann", 5), ("2", "Bert", 6), ("3", "Cyril", None), ("4", "Dora", 1)]
    assert (told.result.importedRowsCount, told.result.tableRowsCount) == (3, 4)
    after = dict(stored(shop, "target", ["id", "_timestamp"]))
    assert [one for one in sorted(after) if after[one] != before.get(one)] == ["2", "4"]
    # And once more: the same end.
    move(shop, "news", "target", importType="INCREMENTAL")
    assert dict(stored(shop, "target", ["id", "_timestamp"])) == after


def test_columns_are_renamed_and_rows_chosen(shop: HostProject) -> None:
    make_target(shop, "short", key=(), columns={"who": "VARCHAR"})
    taken = {
        "columnMappings": renamed(name="who"),
        "whereFilters": [Where(columnsName="amount", operator="ge", values=["6"])],
    }

    told = move(shop, "orders", "short", taken=taken)
    assert (stored(shop, "short", ["who"]), list(told.result.importedColumns)) == ([("Bob",)], ["who"])

    move(shop, "orders", "short", taken={"columnMappings": renamed(name="who"), "limit": 2})
    assert len(stored(shop, "short", ["who"])) == 2


def test_seconds_keep_the_rows_that_changed_lately(shop: HostProject) -> None:
    move(shop, "orders", "target", taken={"seconds": 3600})
    assert stored(shop, "target") == []

    age = int(time.time()) - 1704067200 - 86400 - 43200
    move(shop, "orders", "target", taken={"seconds": age})
    assert [row[0] for row in stored(shop, "target")] == ["3"]


def test_columns_that_the_source_lacks_are_named(shop: HostProject) -> None:
    error = refused(lambda: move(shop, "orders", "target", taken={"columnMappings": renamed(id="id", a="b", c="d")}))

    text = f'Some columns are missing in source table "{shop.bucket}"."orders". Missing columns: "a,c"'
    assert (error.status, text in error.message) == ("INVALID_ARGUMENT", True)
    assert stored(shop, "target") == []


def test_columns_that_the_destination_lacks_are_refused(shop: HostProject) -> None:
    make_target(shop, "narrow", columns={"id": "VARCHAR"})

    error = refused(lambda: move(shop, "orders", "narrow"))

    assert error.status == "INVALID_ARGUMENT"
    assert error.number in (4101, None)
    assert "name" in error.message


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"id": "VARCHAR", "name": "VARCHAR"}, "Tables don't have same number of columns"),
        ({"id": "VARCHAR", "title": "VARCHAR", "amount": "INTEGER"}, "columns name mismatch"),
        ({"id": "VARCHAR", "name": "VARCHAR", "amount": "BIGINT"}, "columns mismatch"),
    ],
)
def test_typed_imports_need_the_same_columns(shop: HostProject, columns: dict[str, str], text: str) -> None:
    make_target(shop, "typed", columns=columns)

    error = refused(lambda: move(shop, "orders", "typed", importStrategy="USER_DEFINED_TABLE"))

    assert (error.status, text in error.message) == ("INVALID_ARGUMENT", True)


def test_a_typed_import_keeps_null_and_types(shop: HostProject) -> None:
    make_table_of(shop, "gaps", ORDERS, "id,name,amount,_timestamp\n1,,5,\n")

    move(shop, "gaps", "target", importStrategy="USER_DEFINED_TABLE")
    assert stored(shop, "target") == [("1", None, 5)]

    move(shop, "gaps", "target")
    assert stored(shop, "target") == [("1", "", 5)]


def test_only_an_incremental_import_may_read_the_table_that_it_writes(shop: HostProject) -> None:
    for options in ({}, {"importType": "CLONE", "createMode": "REPLACE"}):
        error = refused(lambda options=options: move(shop, "orders", "orders", **options))
        assert (error.status, "same table" in error.message) == ("INVALID_ARGUMENT", True)

    told = move(shop, "orders", "orders", importType="INCREMENTAL", dedupColumnsNames=["id"])

    assert (stored(shop, "orders"), told.result.tableRowsCount) == (ROWS, 3)


@pytest.mark.parametrize("names", [("nothing", "target"), ("orders", "nothing")])
def test_a_table_that_is_not_there_is_not_found(shop: HostProject, names: tuple[str, str]) -> None:
    error = refused(lambda: move(shop, *names))

    assert (error.status, error.number) == ("NOT_FOUND", 2004 if shop.door.name == "grpc" else error.number)
    assert f"Table not found: {shop.id}/{shop.bucket}/nothing" in error.message


def test_a_duplicate_key_fails_where_it_must_and_changes_nothing(shop: HostProject) -> None:
    make_table_of(shop, "twice", ORDERS, "id,name,amount,_timestamp\n7,a,1,\n7,b,2,\n")
    move(shop, "orders", "target")

    for options in ({}, {"importType": "INCREMENTAL"}):
        error = refused(
            lambda options=options: move(shop, "twice", "target", dedupType="FAIL_ON_DUPLICATES", **options)
        )
        assert (error.status, "7" in error.message) == ("INVALID_ARGUMENT", True)

    assert stored(shop, "target") == ROWS


# --- clones


def test_a_clone_has_columns_key_and_rows_without_a_copy(shop: HostProject) -> None:
    move(shop, "orders", "target")

    told = move(shop, "target", "clone", importType="CLONE")

    assert (told.result.importedRowsCount, told.result.tableRowsCount) == (0, 3)
    for name in ("columns", "primary_key"):
        assert table_of(shop, "clone")[name] == table_of(shop, "target")[name]
    assert stored(shop, "clone", ["id", "_timestamp"]) == stored(shop, "target", ["id", "_timestamp"])
    # Each goes its own way from here.
    move(shop, "orders", "clone", taken={"limit": 1})
    assert (len(stored(shop, "clone")), len(stored(shop, "target"))) == (1, 3)


def test_a_clone_of_some_rows_or_columns_is_a_copy(shop: HostProject) -> None:
    move(shop, "orders", "target")

    told = move(
        shop,
        "target",
        "part",
        taken={"columnMappings": renamed(id="key", amount="sum"), "limit": 2},
        importType="CLONE",
    )

    assert (told.result.importedRowsCount, table_of(shop, "part")["primary_key"]) == (2, ["key"])
    assert len(stored(shop, "part", ["key", "sum"])) == 2


def test_a_clone_takes_a_place_only_when_it_is_told_to(shop: HostProject) -> None:
    error = refused(lambda: move(shop, "orders", "target", importType="CLONE"))
    assert error.status in CONFLICTS
    assert "Object already exists." in error.message
    if shop.door.name == "grpc":
        assert (error.status, error.number) == ("ALREADY_EXISTS", 2006)

    move(shop, "orders", "target", importType="CLONE", createMode="REPLACE")

    assert stored(shop, "target") == ROWS
    assert table_of(shop, "target")["primary_key"] == []


# --- branches and links


def test_branches_pull_and_keep_what_they_write(shop: HostProject) -> None:
    shop.execute(CreateDevBranchCommand(projectId=shop.id, branchId="dev"))
    branch = [shop.id, "dev", shop.bucket]

    move(shop, "orders", "target", path=branch)
    assert stored(shop, "target") == []
    assert refused(lambda: move(shop, "orders", "target", path=[shop.id, "nowhere", shop.bucket])).status == "NOT_FOUND"

    move(shop, "target", "target", source_path=branch)
    assert stored(shop, "target") == ROWS


def test_a_linked_bucket_is_a_source_and_no_destination(shop: HostProject, neighbour: HostProject) -> None:
    make_table_of(neighbour, "theirs", ORDERS, CSV)
    share = ShareBucketCommand(
        sourceProjectId=neighbour.id, sourceBucketId=neighbour.bucket, sourceBucketObjectName=neighbour.bucket
    )
    role = neighbour.execute(share).result.bucketShareRoleName
    shop.execute(LinkBucketCommand(targetProjectId=shop.id, targetBucketId="link", sourceShareRoleName=role))

    move(shop, "theirs", "target", source_path=["link"])
    told = move(shop, "theirs", "clone", source_path=["link"], importType="CLONE")
    assert (stored(shop, "target"), stored(shop, "clone"), told.result.importedRowsCount) == (ROWS, ROWS, 0)
    make_workspace(shop)
    load(shop, "theirs", "rows", source_path=["link"])
    load(shop, "theirs", "seen", source_path=["link"], options=Options(importType="VIEW"))
    assert sql(shop, "SELECT count(*) FROM rows") == sql(shop, "SELECT count(*) FROM seen") == [("3",)]

    for kind in ("FULL", "CLONE"):
        error = refused(lambda kind=kind: move(shop, "orders", "theirs", path=["link"], importType=kind))
        assert error.status == "PERMISSION_DENIED"
    assert stored(neighbour, "theirs") == ROWS


# --- workspaces


def test_output_mapping_imports_a_table_of_a_workspace(shop: HostProject) -> None:
    make_workspace(shop)
    sql(shop, "CREATE TABLE out AS SELECT i::VARCHAR AS id, 'n' || i AS name, i AS amount FROM range(1, 4) t(i)")

    told = move(shop, "out", "target", source_path=[WS])
    assert told.result.importedRowsCount == 3
    assert stored(shop, "target") == [("1", "n1", 1), ("2", "n2", 2), ("3", "n3", 3)]

    where = [Where(columnsName="amount", operator="eq", values=["2"], dataType="INTEGER")]
    move(shop, "out", "target", source_path=[WS], taken={"whereFilters": where, "limit": 5})
    assert stored(shop, "target") == [("2", "n2", 2)]


def test_output_mapping_reads_views_on_project_tables_and_types_that_tables_do_not_have(shop: HostProject) -> None:
    make_workspace(shop)
    sql(shop, "CREATE TYPE mood AS ENUM ('sad', 'ok')")
    sql(shop, f"CREATE VIEW inner_view AS SELECT id, name, amount FROM {shop.bucket}.orders")
    sql(shop, "CREATE VIEW out AS SELECT id, 'ok'::mood AS name, amount FROM inner_view")

    move(shop, "out", "target", source_path=[shop.id, WS])

    assert stored(shop, "target") == [("1", "ok", 5), ("2", "ok", 6), ("3", "ok", None)]


def test_views_are_read_where_nobody_has_had_a_session_yet(shop: HostProject) -> None:
    make_workspace(shop)
    load(shop, "orders", "seen", options=Options(importType="VIEW"))

    move(shop, "seen", "target", source_path=[WS])

    assert stored(shop, "target") == ROWS


def test_views_may_ask_the_catalogs(shop: HostProject) -> None:
    make_workspace(shop)
    columns = "table_name AS id, current_user::VARCHAR AS name, 1 AS amount"
    sql(shop, f"CREATE VIEW out AS SELECT {columns} FROM information_schema.tables WHERE table_name = 'orders'")

    move(shop, "out", "target", source_path=[WS])

    assert [row[0] for row in stored(shop, "target")] == ["orders"]


def test_a_clone_of_a_table_of_a_workspace_keeps_its_key(shop: HostProject) -> None:
    make_workspace(shop)
    sql(shop, "CREATE TABLE out (id INTEGER PRIMARY KEY, note VARCHAR DEFAULT 'x')")
    sql(shop, "INSERT INTO out VALUES (1, 'a'), (2, NULL)")

    told = move(shop, "out", "made", source_path=[WS], importType="CLONE")

    assert (told.result.importedRowsCount, stored(shop, "made", ["id", "note"])) == (2, [(1, "a"), (2, None)])
    assert table_of(shop, "made")["primary_key"] == ["id"]


def test_a_workspace_may_be_the_destination(shop: HostProject) -> None:
    make_workspace(shop)
    assert refused(lambda: move(shop, "orders", "rows", path=[WS])).status == "NOT_FOUND"
    sql(shop, "CREATE TABLE rows (id VARCHAR, name VARCHAR, amount INTEGER)")

    told = move(shop, "orders", "rows", path=[WS])

    assert told.result.tableRowsCount == 3
    assert sql(shop, "SELECT id, name, amount FROM rows ORDER BY 1") == [
        ("1", "Ann", "5"),
        ("2", "Bob", "6"),
        ("3", "Cyril", ""),
    ]


@pytest.mark.parametrize("name", ["nothing", "_workspace_info"])
def test_an_object_that_a_workspace_does_not_show_is_not_found(shop: HostProject, name: str) -> None:
    make_workspace(shop)

    error = refused(lambda: move(shop, name, "target", source_path=[WS]))

    assert (error.status, "not found" in error.message) == ("NOT_FOUND", True)


def test_who_gives_up_has_changed_nothing(driver_server: Server, grpc_door: GrpcDoor) -> None:
    host = make_host(driver_server, grpc_door)
    make_target(host, "target")
    make_workspace(host)
    sql(host, "CREATE VIEW endless AS SELECT count(*)::VARCHAR AS id FROM range(1000000000000) a WHERE hash(range) = 7")
    sql(host, "CREATE TABLE rows AS SELECT 'old' AS id")
    begun = time.monotonic()

    for path, name in (([host.bucket], "target"), (["4711"], "rows")):
        wanted = import_command(host, "endless", name, source_path=[WS], path=path)
        with pytest.raises(grpc.RpcError) as error:
            grpc_door.stub.Execute(request_of(wanted, project=host.id, key=host.key), timeout=1.0)
        assert cast(grpc.Call, error.value).code() is grpc.StatusCode.DEADLINE_EXCEEDED

    # Nothing of it goes on: who comes next does not wait.
    sql(host, "CREATE TABLE short AS SELECT '1' AS id, '' AS name, 2 AS amount")
    move(host, "short", "target", source_path=[WS])
    assert (stored(host, "target"), sql(host, "FROM rows")) == ([("1", "", 2)], [("old",)])
    assert time.monotonic() - begun < 30


# --- attacks


def test_no_key_reaches_tables_of_another_project(shop: HostProject, neighbour: HostProject) -> None:
    make_table_of(neighbour, "secret", ORDERS, CSV)
    make_workspace(neighbour, "w2")
    theirs = [neighbour.id, neighbour.bucket]

    for path in (theirs, [neighbour.id, "default", neighbour.bucket], [neighbour.id, "w2"]):
        attacks: list[dict[str, Any]] = [{"source_path": path}, {"path": path}]
        for attack in attacks:
            for kind in ("FULL", "CLONE", "VIEW"):
                error = refused(lambda a=attack, k=kind: move(shop, "secret", "target", importType=k, **a))
                assert error.status in ("PERMISSION_DENIED", "NOT_FOUND")
    # Its workspace by name alone is not there.
    for attack in ({"source_path": ["w2"]}, {"path": ["w2"]}):
        assert refused(lambda a=attack: move(shop, "orders", "target", **a)).status == "NOT_FOUND"
    assert (stored(shop, "target"), stored(neighbour, "secret")) == ([], ROWS)


def test_names_are_never_sql(shop: HostProject) -> None:
    evil = 'x"; DROP TABLE data; --'
    make_workspace(shop)

    for act in (
        lambda: move(shop, evil, "target"),
        lambda: move(shop, evil, "target", source_path=[WS]),
        lambda: move(shop, "orders", "target", taken={"columnMappings": renamed(**{evil: "id"})}),
        lambda: move(shop, "orders", evil, importType="CLONE"),
        lambda: move(shop, "orders", "target", taken={"whereFilters": [Where(columnsName=evil, values=["1"])]}),
    ):
        assert refused(act).status in ("INVALID_ARGUMENT", "NOT_FOUND")
    assert stored(shop, "orders") == ROWS


def test_crosswise_imports_do_not_wait_for_each_other(shop: HostProject) -> None:
    move(shop, "orders", "target")
    failures: list[Refused] = []

    def cross(one: str, other: str) -> None:
        for _ in range(3):
            try:
                move(shop, one, other, importType="INCREMENTAL", dedupColumnsNames=["id"])
            except Refused as error:
                failures.append(error)

    pairs = [("orders", "target"), ("target", "orders")] * 2
    threads = [threading.Thread(target=cross, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert (failures, [thread.is_alive() for thread in threads]) == ([], [False] * 4)
    assert stored(shop, "orders") == stored(shop, "target") == ROWS
