"""SQL of workspaces over tables that lie in no file, alone and beside tables that do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.workspaces.test_queries import Lab
from tests.api.workspaces.test_workspaces import make
from tests.cast import TABLE, Person, Server, new_project

LIVE = "SELECT id FROM in_c_sales.orders ORDER BY id"


@pytest.fixture
def lab(alice: Person, orders: dict[str, Any]) -> Lab:
    alice.load("id,amount\n1,10\n2,20\n", "orders").raise_for_status()
    return Lab(alice, make(alice)["id"])


@pytest.fixture
def filed(server: Server) -> Iterator[Person]:
    """Owns a project of the same server whose tables are files."""
    with new_project(server) as owner:
        server.execute("UPDATE storage_project SET backend = 'file' WHERE id = ?", owner.project_id)
        owner.make_bucket()
        owner.make_table("in.c-sales", "orders", {"id": "INTEGER"})
        owner.load("id\n7\n", "orders").raise_for_status()
        yield owner


def link(reader: Person, owner: Person) -> None:
    path = "/projects/{p}/branches/default/buckets/in.c-sales/share"
    owner.post(path, json={"target_project_id": reader.project_id}).raise_for_status()
    body = {"source_project_id": owner.project_id, "source_bucket_name": "in.c-sales"}
    reader.post("/projects/{p}/branches/default/buckets/in.c-theirs/link", json=body).raise_for_status()


def test_the_server_keeps_no_file_of_a_version(server: Server, alice: Person, lab: Lab) -> None:
    assert lab.rows(LIVE) == [[1], [2]]
    assert not list(server.data_dir.glob(f"versions/project_{alice.project_id}/*"))
    assert not list(server.data_dir.glob(f"duckdb/project_{alice.project_id}/in.c-sales/*"))
    assert server.execute("SELECT backend FROM storage_project WHERE id = ?", alice.project_id) == [("memory",)]


def test_the_next_statement_sees_the_next_version(alice: Person, lab: Lab) -> None:
    assert lab.rows(LIVE) == [[1], [2]]
    alice.load("id,amount\n3,30\n", "orders", incremental=True).raise_for_status()
    assert lab.rows(LIVE) == [[1], [2], [3]]
    gone = alice.request(
        "DELETE", TABLE + "/rows", bucket="in.c-sales", table="orders", json={"where_clause": "id < 3"}
    )
    assert gone.json() == {"deleted_rows": 2, "table_rows_after": 1}
    assert lab.rows(LIVE) == [[3]]


def test_a_branch_sees_its_own(alice: Person, lab: Lab) -> None:
    dev = Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id=alice.make_branch())
    dev.load("id,amount\n9,90\n", "orders").raise_for_status()
    assert lab.rows(LIVE) == [[1], [2]]


def test_tables_in_files_and_in_memory_meet_in_one_statement(alice: Person, filed: Person, lab: Lab) -> None:
    link(alice, filed)
    both = "SELECT id FROM in_c_sales.orders UNION ALL SELECT id FROM in_c_theirs.orders ORDER BY id"
    assert lab.rows(both) == [[1], [2], [7]]
    assert list(filed.server.data_dir.glob(f"versions/project_{filed.project_id}/*"))


def test_a_table_in_memory_is_read_from_a_project_of_files(alice: Person, filed: Person, lab: Lab) -> None:
    link(filed, alice)
    theirs = Lab(filed, make(filed)["id"])
    assert theirs.rows("SELECT id FROM in_c_theirs.orders ORDER BY id") == [[1], [2]]
