from __future__ import annotations

from typing import Any

import pytest

from tests.api.storage.test_branch_tables import ORDERS, SALES, entries, ids, in_branch, upsert, version_files
from tests.cast import BRANCH, TABLE, Person, error_of

PUSH = BRANCH + "/tables/{bucket}/{table}/push"
DIFF = BRANCH + "/diff"


@pytest.fixture
def main(alice: Person, orders: dict[str, Any]) -> Person:
    """Alice in main, where `orders` has one row."""
    upsert(alice, 1)
    return alice


@pytest.fixture
def dev(main: Person) -> Person:
    """Alice in a branch that holds `orders` with a second row."""
    branch = in_branch(main, "dev")
    upsert(branch, 2)
    return branch


def diff(person: Person) -> list[dict[str, Any]]:
    reply = person.get(DIFF)
    assert reply.status_code == 200
    assert reply.json()["branch_id"] == person.branch_id
    assert reply.json()["total"] == len(reply.json()["tables"])
    return reply.json()["tables"]


class TestPush:
    def test_main_becomes_what_the_branch_has_and_the_branch_reads_live(self, main: Person, dev: Person) -> None:
        reply = dev.post(PUSH, **ORDERS)
        pushed = main.get(TABLE, **ORDERS).json()
        assert reply.status_code == 200
        snapshot_id = reply.json().pop("snapshot_id")
        assert reply.json() == {
            "bucket_name": "in.c-sales",
            "table_name": "orders",
            "row_count": 2,
            "size_bytes": pushed["size_bytes"],
            "snapshot_id": snapshot_id,
        }
        assert (ids(main), ids(dev), entries(dev)) == ([1, 2], [1, 2], [])
        assert (pushed["source"], pushed["row_count"]) == ("main", 2)
        assert dev.get(TABLE, **ORDERS).json() == pushed
        upsert(main, 3)
        assert ids(dev) == [1, 2, 3]

    def test_what_main_had_is_kept_in_a_snapshot(self, main: Person, dev: Person) -> None:
        snapshot_id = dev.post(PUSH, **ORDERS).json()["snapshot_id"]
        sql = (
            "SELECT s.type, s.branch_id, v.row_count FROM storage_snapshot s "
            "JOIN storage_tableversion v ON v.id = s.version_id WHERE s.id = ?"
        )
        assert [tuple(row) for row in main.server.execute(sql, snapshot_id)] == [("auto_prepush", None, 1)]

    def test_it_copies_no_data(self, main: Person, dev: Person) -> None:
        [own] = main.server.data_dir.glob(f"duckdb/project_{main.project_id}_branch_{dev.branch_id}/*/*.duckdb")
        inode = own.stat().st_ino
        dev.post(PUSH, **ORDERS).raise_for_status()
        link = main.server.data_dir / f"duckdb/project_{main.project_id}/in.c-sales/orders.duckdb"
        assert link.stat().st_ino == inode

    def test_the_branch_may_keep_its_version_and_push_again(self, main: Person, dev: Person) -> None:
        dev.post(PUSH + "?keep=true", **ORDERS).raise_for_status()
        assert entries(dev) == ["in.c-sales/orders.duckdb"]
        upsert(dev, 3)
        assert (ids(main), ids(dev)) == ([1, 2], [1, 2, 3])
        assert dev.post(PUSH, **ORDERS).status_code == 200
        assert ids(main) == [1, 2, 3]

    def test_a_change_of_main_meanwhile_is_not_overwritten(self, main: Person, dev: Person) -> None:
        upsert(main, 9)
        files = len(version_files(main))
        reply = dev.post(PUSH, **ORDERS)
        assert error_of(reply) == (409, "push_conflict")
        assert reply.json()["detail"]["details"]["branch_id"] == dev.branch_id
        assert (ids(main), ids(dev), len(version_files(main))) == ([1, 9], [1, 2], files)
        assert dev.post(PUSH + "?force=true", **ORDERS).status_code == 200
        assert ids(main) == [1, 2]

    def test_a_table_of_the_branch_is_made_in_main(self, main: Person, dev: Person) -> None:
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"}, ["id"])
        dev.load("id\n1\n", "made").raise_for_status()
        reply = dev.post(PUSH, **SALES, table="made")
        assert (reply.status_code, reply.json()["row_count"], reply.json()["snapshot_id"]) == (200, 1, None)
        made = main.get(TABLE, **SALES, table="made").json()
        assert (made["source"], made["primary_key"], main.rows("made")) == ("main", ["id"], [(1,)])
        assert dev.get(TABLE, **SALES, table="made").json() == made
        assert entries(dev) == ["in.c-sales/orders.duckdb"]

    def test_a_table_that_main_has_got_meanwhile_or_lost(self, main: Person, dev: Person) -> None:
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"})
        main.make_table("in.c-sales", "made", {"other": "VARCHAR"})
        main.delete(TABLE, **ORDERS)
        for table in ("made", "orders"):
            assert error_of(dev.post(PUSH, **SALES, table=table)) == (409, "push_conflict")
            assert dev.post(PUSH + "?force=1", **SALES, table=table).status_code == 200
        assert ids(main) == [1, 2]
        assert main.get(TABLE, **SALES, table="made").json()["columns"][0]["name"] == "id"

    def test_what_the_branch_does_not_hold(self, main: Person, dev: Person) -> None:
        main.make_table("in.c-sales", "second", {"id": "INTEGER"})
        reply = dev.post(PUSH, **SALES, table="second")
        assert error_of(reply) == (404, "table_not_found")
        assert reply.json()["detail"]["message"] == f"Table in.c-sales.second not found in branch {dev.branch_id}"
        assert error_of(dev.post(PUSH, **SALES, table="nope")) == (404, "table_not_found")
        assert error_of(dev.post(PUSH, bucket="nope", table="nope")) == (404, "bucket_not_found")
        assert error_of(main.post(PUSH, **ORDERS)) == (404, "branch_not_found")

    def test_a_key_of_the_branch_may_not_change_main(self, main: Person, dev: Person) -> None:
        body = {"description": "dev", "scope": "branch_admin", "branch_id": dev.branch_id}
        dev.key = main.post("/projects/{p}/api-keys", json=body).json()["api_key"]
        assert error_of(dev.post(PUSH, **ORDERS)) == (403, "forbidden")
        assert ids(main) == [1]

    def test_it_is_in_the_history(self, main: Person, dev: Person) -> None:
        dev.post(PUSH, **ORDERS).raise_for_status()
        assert ("push_table", "success", "table", "in.c-sales.orders") in main.server.events(main.project_id or "")


class TestDiff:
    def test_a_branch_that_holds_nothing(self, main: Person) -> None:
        assert diff(in_branch(main, "empty")) == []

    def test_numbers_of_both_sides(self, main: Person, dev: Person) -> None:
        [table] = diff(dev)
        own, of_main = dev.get(TABLE, **ORDERS).json(), main.get(TABLE, **ORDERS).json()
        shown = ("row_count", "size_bytes", "primary_key", "columns")
        assert table == {
            "bucket_name": "in.c-sales",
            "table_name": "orders",
            "change": "changed",
            "main": {name: of_main[name] for name in shown},
            "branch": {name: own[name] for name in shown},
            "columns_added": [],
            "columns_removed": [],
            "columns_changed": [],
            "primary_key_changed": False,
            "main_changed_since": False,
        }

    def test_main_moving_on_is_told(self, main: Person, dev: Person) -> None:
        upsert(main, 3)
        assert diff(dev)[0]["main_changed_since"] is True

    def test_tables_that_one_side_has(self, main: Person, dev: Person) -> None:
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"})
        main.delete(TABLE, **ORDERS)
        made, orders = diff(dev)
        assert (made["table_name"], made["change"], made["main"]) == ("made", "branch_only", None)
        assert (orders["table_name"], orders["change"], orders["main"]) == ("orders", "deleted_in_main", None)
        assert (made["main_changed_since"], orders["main_changed_since"]) == (False, True)

    def test_changes_of_structure(self, main: Person, dev: Person) -> None:
        columns = {"id": "BIGINT", "added": "VARCHAR"}
        dev.make_table("in.c-sales", "made", columns, ["id"])
        main.make_table("in.c-sales", "made", {"id": "INTEGER", "removed": "DATE"})
        [made] = [table for table in diff(dev) if table["table_name"] == "made"]
        assert (made["columns_added"], made["columns_removed"]) == (["added"], ["removed"])
        assert made["columns_changed"] == [
            {
                "name": "id",
                "main_type": "INTEGER",
                "branch_type": "BIGINT",
                "main_nullable": True,
                "branch_nullable": False,
                "default_changed": False,
            }
        ]
        assert made["primary_key_changed"] is True

    def test_by_the_page(self, main: Person, dev: Person) -> None:
        dev.make_table("in.c-sales", "a", {"id": "INTEGER"})
        page = dev.get(DIFF, params={"limit": 1, "offset": 1}).json()
        assert ([table["table_name"] for table in page["tables"]], page["total"]) == (["orders"], 2)

    def test_of_the_default_branch(self, main: Person) -> None:
        assert error_of(main.get(DIFF)) == (404, "branch_not_found")
