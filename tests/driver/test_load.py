"""LoadTableToWorkspace as hosts send it: input mapping, by every row of the contract's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from storage.driver.generated.project_pb2 import CreateDevBranchCommand
from storage.driver.generated.workspace_pb2 import GrantWorkspaceAccessToProjectCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, Told
from tests.driver.people import make_table_of
from tests.driver.table_moves import (
    ORDERS,
    WS,
    Options,
    Where,
    load,
    make_workspace,
    move,
    refused,
    sql,
)

CSV = (
    "id,name,amount,_timestamp\n"
    "1,Ann,5,2024-01-01 00:00:00\n"
    "2,Bob,6,2024-01-02 00:00:00\n"
    "3,Cyril,,2024-01-03 00:00:00\n"
)
ROWS = [("1", "Ann", "5"), ("2", "Bob", "6"), ("3", "Cyril", "")]


@pytest.fixture
def shop(host: HostProject) -> HostProject:
    """Three rows in `orders`, and an empty workspace."""
    make_table_of(host, "orders", ORDERS, CSV)
    make_workspace(host)
    return host


@pytest.fixture
def neighbour(driver_server: Server, host: HostProject) -> HostProject:
    return make_host(driver_server, host.door)


def loaded(host: HostProject, table: str = "rows", **options: Any) -> list[tuple[str, ...]]:
    return sql(host, f"SELECT id, name, amount FROM {table} ORDER BY 1", **options)


def columns(host: HostProject, table: str = "rows") -> list[tuple[str, ...]]:
    found = f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'"
    return sql(host, f"{found} ORDER BY ordinal_position")


def with_options(host: HostProject, source: str = "orders", name: str = "rows", **options: Any) -> Told:
    return load(host, source, name, options=Options(**options))


def test_without_options_the_table_is_made_of_all_columns(shop: HostProject) -> None:
    told = load(shop, "orders", "rows")

    assert loaded(shop) == ROWS
    assert [name for name, _ in columns(shop)] == ["id", "name", "amount", "_timestamp"]
    assert any(text.startswith("Loaded 3 rows") and "rows" in text for text in told.texts())
    if shop.door.name == "bridge":
        assert told.result is None
    else:
        assert (told.result.importedRowsCount, told.result.tableRowsCount) == (3, 3)
    # Again, and over a view.
    sql(shop, "CREATE TABLE other AS SELECT 1 AS a")
    load(shop, "orders", "other")
    assert loaded(shop, "other") == ROWS


def test_without_a_name_it_is_called_as_the_source(shop: HostProject) -> None:
    told = load(shop, "orders")

    assert loaded(shop, "main.orders") == ROWS
    assert any("Loaded 3 rows" in text and "orders" in text for text in told.texts())


def test_columns_are_renamed_and_rows_chosen_by_columns_that_are_not_taken(shop: HostProject) -> None:
    where = [Where(columnsName="amount", operator="ge", values=["6"])]

    load(shop, "orders", "rows", names={"name": "who", "id": ""}, taken={"whereFilters": where})
    assert sql(shop, "SELECT * FROM rows") == [("Bob", "2")]

    load(shop, "orders", "rows", names={"name": "who"}, taken={"limit": 2})
    assert len(sql(shop, "SELECT who FROM rows")) == 2

    for options in (None, Options()):
        error = refused(lambda options=options: load(shop, "orders", "rows", names={"nothing": "x"}, options=options))
        assert (error.status, 'Missing columns: "nothing"' in error.message) == ("INVALID_ARGUMENT", True)


def test_full_makes_a_table_with_the_types_of_the_source_and_a_key(shop: HostProject) -> None:
    with_options(shop, dedupColumnsNames=["id"])

    assert [(name, kind) for name, kind in columns(shop)][:3] == [
        ("id", "character varying"), ("name", "character varying"), ("amount", "integer"),
    ]  # fmt: skip
    assert loaded(shop) == ROWS
    answer = refused_sql(shop, "INSERT INTO rows (id) VALUES ('1')")
    assert "key" in answer.lower()


def refused_sql(host: HostProject, text: str) -> str:
    with pytest.raises(AssertionError) as caught:
        sql(host, text)
    return str(caught.value)


def test_full_replaces_rows_and_keeps_the_definition(shop: HostProject) -> None:
    sql(shop, "CREATE TABLE rows (id VARCHAR PRIMARY KEY, name VARCHAR, amount BIGINT, note VARCHAR DEFAULT 'none')")
    sql(shop, "INSERT INTO rows VALUES ('9', 'old', 1, 'x')")

    with_options(shop)
    with_options(shop)

    assert sql(shop, "SELECT id, amount, note FROM rows ORDER BY 1") == [
        ("1", "5", "none"), ("2", "6", "none"), ("3", "", "none"),
    ]  # fmt: skip
    assert dict(columns(shop))["amount"] == "bigint"


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ("id VARCHAR, name VARCHAR", "Tables don't have same number of columns"),
        ("id VARCHAR, title VARCHAR, amount INTEGER", "columns name mismatch"),
        ("id VARCHAR, name VARCHAR, amount BIGINT", "columns mismatch"),
    ],
)
def test_a_typed_full_load_needs_identical_columns(shop: HostProject, definition: str, text: str) -> None:
    sql(shop, f"CREATE TABLE rows ({definition})")

    error = refused(lambda: with_options(shop, importStrategy="USER_DEFINED_TABLE"))

    assert (error.status, text in error.message) == ("INVALID_ARGUMENT", True)


def test_incremental_makes_adds_and_merges(shop: HostProject) -> None:
    with_options(shop, importType="INCREMENTAL", dedupColumnsNames=["id"])
    make_table_of(shop, "news", ORDERS, "id,name,amount,_timestamp\n2,Bert,6,\n3,Cyril,,\n4,Dora,1,\n")

    told = with_options(shop, "news", importType="INCREMENTAL")

    assert loaded(shop) == [("1", "Ann", "5"), ("2", "Bert", "6"), ("3", "Cyril", ""), ("4", "Dora", "1")]
    if told.result is not None:
        assert (told.result.importedRowsCount, told.result.tableRowsCount) == (3, 4)

    sql(shop, "CREATE TABLE heap (id VARCHAR, name VARCHAR, amount INTEGER)")
    for _ in range(2):
        with_options(shop, "news", "heap", importType="INCREMENTAL")
    assert len(loaded(shop, "heap")) == 6


def test_incremental_without_stamps_leaves_those_of_the_table_alone(shop: HostProject) -> None:
    stamp = "TIMESTAMP '2001-01-01'"
    sql(shop, "CREATE TABLE rows (id VARCHAR PRIMARY KEY, name VARCHAR, amount INTEGER, _timestamp TIMESTAMP)")
    sql(shop, f"INSERT INTO rows VALUES ('1', 'old', 1, {stamp})")

    with_options(shop, importType="INCREMENTAL", timestampMode="NONE")

    assert sql(shop, "SELECT name, _timestamp::DATE FROM rows WHERE id = '1'") == [("Ann", "2001-01-01")]
    assert len(loaded(shop)) == 3


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        (
            "id VARCHAR, name VARCHAR, amount INTEGER, more VARCHAR",
            'Some columns are missing in source table "in_c_sales"."orders". Missing columns: "more"',
        ),
        (
            "id VARCHAR, name VARCHAR",
            f'Some columns are missing in workspace table "{WS}"."rows". Missing columns: "amount"',
        ),
        ("id VARCHAR, name VARCHAR, amount BIGINT", "Column definitions mismatch. Details: "),
    ],
)
def test_incremental_needs_columns_that_agree_both_ways(shop: HostProject, definition: str, text: str) -> None:
    sql(shop, f"CREATE TABLE rows ({definition})")

    error = refused(lambda: with_options(shop, importType="INCREMENTAL"))

    assert (error.status, text in error.message) == ("INVALID_ARGUMENT", True)


def test_a_key_that_is_there_is_refused_where_it_must_be(shop: HostProject) -> None:
    with_options(shop, dedupColumnsNames=["id"])

    for mode in ("FAIL_ON_DUPLICATES", "INSERT_DUPLICATES"):
        error = refused(lambda mode=mode: with_options(shop, importType="INCREMENTAL", dedupType=mode))
        assert (error.status, "id=1" in error.message) == ("INVALID_ARGUMENT", True)

    assert loaded(shop) == ROWS


def test_a_view_shows_the_project_table_as_it_becomes(shop: HostProject) -> None:
    where = [Where(columnsName="name", operator="ne", values=["O'Bob"])]
    view = Options(importType="VIEW")

    told = load(shop, "orders", "seen", names={"id": "key", "name": "who"}, taken={"whereFilters": where}, options=view)

    assert any("Loaded 0 rows" in text and "seen" in text for text in told.texts())
    assert sql(shop, "SELECT key, who FROM seen ORDER BY 1") == [("1", "Ann"), ("2", "Bob"), ("3", "Cyril")]
    make_table_of(shop, "news", ORDERS, "id,name,amount,_timestamp\n4,Dora,1,\n")
    move(shop, "news", "orders", importType="INCREMENTAL")
    assert len(sql(shop, "SELECT key FROM seen")) == 4


@pytest.mark.parametrize("kind", ["VIEW", "CLONE"])
def test_create_mode_decides_whether_something_is_replaced(shop: HostProject, kind: str) -> None:
    sql(shop, "CREATE TABLE rows AS SELECT 1 AS a")

    error = refused(lambda: with_options(shop, importType=kind))
    assert error.status in CONFLICTS
    assert "Object already exists." in error.message
    assert sql(shop, "SELECT a FROM rows") == [("1",)]

    with_options(shop, importType=kind, createMode="REPLACE")
    assert loaded(shop) == ROWS


def test_a_clone_has_the_definitions_of_the_source(shop: HostProject) -> None:
    shop.person.make_table(shop.bucket, "keyed", {"id": "INTEGER", "name": "VARCHAR"}, primary_key=["id"])
    shop.person.load("id,name\n1,Ann\n", "keyed", bucket=shop.bucket)

    with_options(shop, "keyed", importType="CLONE")

    assert sql(shop, "SELECT id, name FROM rows") == [("1", "Ann")]
    assert "key" in refused_sql(shop, "INSERT INTO rows VALUES (1, 'x')").lower()


def test_a_workspace_of_a_branch_loads_what_the_branch_sees(shop: HostProject) -> None:
    shop.execute(CreateDevBranchCommand(projectId=shop.id, branchId="dev"))
    make_table_of(shop, "news", ORDERS, "id,name,amount,_timestamp\n4,Dora,1,\n")
    branch = [shop.id, "dev", shop.bucket]
    move(shop, "news", "orders", path=branch)

    load(shop, "orders", "rows", source_path=branch)
    assert loaded(shop) == [("4", "Dora", "1")]
    # A view of a workspace of main cannot show the branch.
    error = refused(lambda: load(shop, "orders", "v", source_path=branch, options=Options(importType="VIEW")))
    assert error.status == "INVALID_ARGUMENT"


@pytest.mark.parametrize(("source", "path"), [("nothing", [WS]), ("orders", ["nowhere"]), ("orders", ["in_c_sales"])])
def test_what_is_not_there_is_not_found(shop: HostProject, source: str, path: Sequence[str]) -> None:
    for options in (None, Options(), Options(importType="VIEW")):
        error = refused(lambda options=options: load(shop, source, "rows", path=path, options=options))
        assert (error.status, "not found" in error.message) == ("NOT_FOUND", True)


def test_paths_are_asked_for_in_the_words_of_the_contract(shop: HostProject) -> None:
    error = refused(lambda: load(shop, "orders", "rows", path=[]))
    assert (error.status, "destination.path must contain workspace identifier" in error.message) == (
        "INVALID_ARGUMENT",
        True,
    )

    admin = {"project": None, "key": "tests-admin-key"}
    send = lambda: load(shop, "orders", "rows", path=[shop.id, WS], send=admin)  # noqa: E731
    assert "source.path must contain at least [project_id, bucket_name]" in refused(send).message
    load(shop, "orders", "rows", source_path=[shop.id, shop.bucket], path=[shop.id, WS], send=admin)
    assert loaded(shop) == ROWS


@pytest.mark.parametrize("name", ["_workspace_info", "_x", "x" * 256])
def test_internal_names_are_no_destination(shop: HostProject, name: str) -> None:
    for options in (None, Options(), Options(importType="VIEW"), Options(importType="CLONE", createMode="REPLACE")):
        assert refused(lambda options=options: load(shop, "orders", name, options=options)).status == "INVALID_ARGUMENT"


def test_a_granted_project_loads_into_the_workspace_and_into_no_other(
    shop: HostProject, neighbour: HostProject
) -> None:
    make_table_of(neighbour, "theirs", ORDERS, CSV)
    into_ours = {"path": [shop.id, WS]}
    assert refused(lambda: load(neighbour, "theirs", "rows", **into_ours)).status in ("NOT_FOUND", "PERMISSION_DENIED")
    make_workspace(shop, "closed")
    grant = GrantWorkspaceAccessToProjectCommand(workspaceObjectName=WS, projectUserName=f"project_{neighbour.id}")
    shop.execute(grant)

    load(neighbour, "theirs", "rows", **into_ours)
    load(neighbour, "theirs", "more", path=[WS], options=Options())
    move(neighbour, "theirs", "more", path=[shop.id, WS])

    assert loaded(shop) == loaded(shop, "more") == ROWS
    # What lies there is not theirs to read, nor anything else of ours.
    error = refused(lambda: load(neighbour, "theirs", "v", options=Options(importType="VIEW"), **into_ours))
    assert error.status == "INVALID_ARGUMENT"
    for path in ([WS], [shop.id, WS], [shop.id, shop.bucket], [shop.id, "default", shop.bucket]):
        error = refused(lambda path=path: load(neighbour, "orders", "stolen", source_path=path, **into_ours))
        assert error.status in ("NOT_FOUND", "PERMISSION_DENIED")
    assert refused(lambda: load(neighbour, "theirs", "rows", path=[shop.id, "closed"])).status == "NOT_FOUND"


def test_a_key_of_another_project_loads_nothing(shop: HostProject, neighbour: HostProject) -> None:
    make_workspace(neighbour, "w2")
    theirs = {"project": neighbour.id, "key": neighbour.key}

    for send in (theirs, {"project": shop.id, "key": neighbour.key}):
        error = refused(
            lambda send=send: load(shop, "orders", "rows", source_path=[shop.id, shop.bucket], path=["w2"], send=send)
        )
        assert error.status in ("PERMISSION_DENIED", "NOT_FOUND")
    for path in (["w2"], [neighbour.id, "w2"]):
        assert refused(lambda path=path: load(shop, "orders", "rows", path=path)).status in (
            "NOT_FOUND",
            "PERMISSION_DENIED",
        )


def test_the_key_of_a_branch_loads_from_no_other_branch(shop: HostProject) -> None:
    ids = {}
    for name in ("mine", "other"):
        shop.execute(CreateDevBranchCommand(projectId=shop.id, branchId=name))
        branches = shop.person.get("/projects/{p}/branches").json()["branches"]
        ids[name] = next(one["id"] for one in branches if one["name"] == f"Branch {name}")
    body = {"scope": "branch_admin", "branch_id": ids["mine"], "description": "mine"}
    send = {"key": shop.person.post("/projects/{p}/api-keys", json=body).json()["api_key"]}
    make_workspace(shop, "w_mine", branchId="mine")
    mine = {"path": [shop.id, "w_mine"], "send": send}

    load(shop, "orders", "rows", source_path=[shop.id, "mine", shop.bucket], **mine)
    assert loaded(shop, path=["w_mine"]) == ROWS
    for options in (None, Options(), Options(importType="VIEW"), Options(importType="CLONE")):
        for source in ([shop.id, "other", shop.bucket], [shop.bucket], [WS]):
            attack = {"source_path": source, "options": options, **mine}
            error = refused(lambda attack=attack: load(shop, "orders", "stolen", **attack))
            assert error.status in ("PERMISSION_DENIED", "NOT_FOUND")
    assert refused(lambda: load(shop, "orders", "x", path=[WS], send=send)).status == "PERMISSION_DENIED"


def test_values_in_filters_of_views_are_never_sql(shop: HostProject) -> None:
    evil = "x') OR 1=1; DROP TABLE a; --"
    where = [Where(columnsName="name", operator="eq", values=[evil, "Ann"])]

    load(shop, "orders", 'a"b', taken={"whereFilters": where}, options=Options(importType="VIEW"))

    assert sql(shop, 'SELECT id FROM "a""b"') == [("1",)]


def test_one_table_of_a_workspace_becomes_another(shop: HostProject) -> None:
    sql(shop, "CREATE TABLE made AS SELECT '1' AS id, 'x' AS name, 3 AS amount")
    make_workspace(shop, "second")

    load(shop, "made", "rows", source_path=[WS], path=["second"])
    load(shop, "made", "seen", source_path=[WS], options=Options(importType="VIEW"))

    assert loaded(shop, path=["second"]) == loaded(shop, "seen") == [("1", "x", "3")]
    assert "same table" in refused(lambda: load(shop, "made", "made", source_path=[WS])).message
