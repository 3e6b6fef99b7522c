from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cast import BRANCH, BUCKET, BUCKETS, TABLE, TABLES, Person, error_of

SALES = {"bucket": "in.c-sales"}
ORDERS = SALES | {"table": "orders"}
PULL = BRANCH + "/tables/{bucket}/{table}/pull"
COLUMNS = [{"name": "id", "type": "INTEGER"}]


@pytest.fixture
def main(alice: Person, orders: dict[str, Any]) -> Person:
    """Alice in main, where `orders` has one row."""
    upsert(alice, 1)
    return alice


@pytest.fixture
def dev(main: Person) -> Person:
    return in_branch(main, "dev")


def in_branch(owner: Person, name: str) -> Person:
    return Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=owner.make_branch(name))


def upsert(person: Person, *ids: int, table: str = "orders") -> None:
    content = "id,amount\n" + "".join(f"{number},{number * 10}\n" for number in ids)
    person.load(content, table, incremental=True).raise_for_status()


def ids(person: Person, table: str = "orders") -> list[int]:
    return [row[0] for row in person.rows(table)]


def entries(person: Person) -> list[str]:
    """What lies in the directory of the branch."""
    root = person.server.data_dir / "duckdb" / f"project_{person.project_id}_branch_{person.branch_id}"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def version_files(person: Person) -> list[Path]:
    return list((person.server.data_dir / f"versions/project_{person.project_id}").glob("*"))


class TestLiveViewAndCopyOnWrite:
    def test_a_table_that_the_branch_does_not_hold_is_mains_as_it_is_now(self, main: Person, dev: Person) -> None:
        upsert(main, 2)
        assert ids(dev) == [1, 2]
        assert dev.get(TABLE, **ORDERS).json() == main.get(TABLE, **ORDERS).json()
        assert entries(dev) == []

    def test_a_table_made_in_main_later_is_seen(self, main: Person, dev: Person) -> None:
        main.make_table("in.c-sales", "later", {"id": "INTEGER"})
        assert dev.get(TABLE, **SALES, table="later").json()["source"] == "main"

    def test_the_first_write_makes_a_version_with_rows_schema_and_key(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        assert (ids(main), ids(dev)) == ([1], [1, 2])
        own, of_main = dev.get(TABLE, **ORDERS).json(), main.get(TABLE, **ORDERS).json()
        assert (own["source"], of_main["source"]) == ("branch", "main")
        assert (own["row_count"], of_main["row_count"]) == (2, 1)
        assert (own["columns"], own["primary_key"]) == (of_main["columns"], ["id"])
        assert entries(dev) == ["in.c-sales/orders.duckdb"]
        [link] = dev.server.data_dir.glob(f"duckdb/project_{dev.project_id}_branch_{dev.branch_id}/*/*.duckdb")
        with duckdb.connect(str(link), read_only=True) as connection:
            assert connection.sql("SELECT count(*) FROM main.data").fetchall() == [(2,)]

    def test_from_then_on_neither_sees_the_others_changes(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        upsert(main, 3)
        upsert(dev, 4)
        assert (ids(main), ids(dev)) == ([1, 3], [1, 2, 4])

    def test_a_failed_first_write_leaves_the_live_view(self, main: Person, dev: Person) -> None:
        before = len(version_files(main))
        assert dev.load("id,amount\nx,y\n", "orders").status_code == 400
        assert (ids(dev), entries(dev), dev.get(BRANCH).json()["table_count"]) == ([1], [], 0)
        assert len(version_files(main)) == before

    def test_branches_and_other_tables_are_not_touched(self, main: Person, dev: Person) -> None:
        other = in_branch(main, "other")
        main.make_table("in.c-sales", "second", {"id": "INTEGER"})
        upsert(dev, 2)
        upsert(other, 3)
        assert (ids(main), ids(dev), ids(other)) == ([1], [1, 2], [1, 3])
        assert dev.get(TABLE, **SALES, table="second").json()["source"] == "main"

    def test_a_table_deleted_in_main_stays_where_a_branch_holds_it(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        assert main.delete(TABLE, **ORDERS).status_code == 204
        assert ids(dev) == [1, 2]
        upsert(dev, 3)
        assert ids(dev) == [1, 2, 3]
        assert [table["name"] for table in dev.get(TABLES, **SALES).json()["tables"]] == ["orders"]

    def test_the_history_tells_of_the_copy(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        newest = main.get("/projects/{p}/operations", params={"command": "import_table"}).json()["operations"][0]
        assert newest["branch_id"] == dev.branch_id
        sql = "SELECT details FROM storage_event WHERE operation = 'import_table' AND branch_id = ?"
        assert "branched_from" in str(main.server.execute(sql, dev.branch_id))

    def test_metrics_count_the_copy_once(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        upsert(dev, 3)
        named = f'branch_id="{dev.branch_id}"'
        lines = [line.split() for line in main.get("/metrics").text.splitlines() if named in line]
        found = {series.partition("{")[0]: float(value) for series, value in lines}
        assert found.pop("duckdb_branch_cow_operations_total") == 1
        assert found.pop("duckdb_branch_cow_bytes_total") > 0


class TestPull:
    def test_the_branch_reads_main_again(self, main: Person, dev: Person) -> None:
        before = len(version_files(main))
        upsert(dev, 2)
        upsert(dev, 3)
        reply = dev.post(PULL, **ORDERS)
        assert (reply.status_code, reply.json()) == (
            200,
            {
                "bucket_name": "in.c-sales",
                "table_name": "orders",
                "was_local": True,
                "message": "Table now reads from main (live view)",
            },
        )
        assert (ids(dev), entries(dev), len(version_files(main))) == ([1], [], before)
        assert dev.get(BRANCH).json()["table_count"] == 0
        upsert(dev, 9)
        assert ids(dev) == [1, 9]

    def test_a_table_that_is_live_anyway(self, main: Person, dev: Person) -> None:
        expected = {"was_local": False, "message": "Table was already reading from main"}
        assert dev.post(PULL, **ORDERS).json() == {"bucket_name": "in.c-sales", "table_name": "orders"} | expected

    def test_what_main_does_not_have(self, main: Person, dev: Person) -> None:
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"})
        for bucket, table in (("in.c-sales", "made"), ("in.c-sales", "nope"), ("nope", "orders")):
            reply = dev.post(PULL, bucket=bucket, table=table)
            assert error_of(reply) == (404, "table_not_found")
            assert reply.json()["detail"]["message"] == f"Table {bucket}.{table} not found in main project"
            details = {"project_id": main.project_id, "bucket_name": bucket, "table_name": table}
            assert reply.json()["detail"]["details"] == details
        assert dev.get(TABLE, **SALES, table="made").status_code == 200

    def test_the_default_branch_has_nothing_to_pull(self, main: Person) -> None:
        assert error_of(main.post(PULL, **ORDERS)) == (404, "branch_not_found")


class TestBuckets:
    def test_are_shared_by_all_branches(self, main: Person, dev: Person) -> None:
        reply = dev.post(BUCKETS, json={"name": "out"})
        assert reply.status_code == 201
        assert main.get(BUCKETS).json() == dev.get(BUCKETS).json()
        assert dev.get(BUCKET, bucket="out").json() == main.get(BUCKET, bucket="out").json()
        assert entries(dev) == []

    def test_are_not_deleted_from_a_branch(self, main: Person, dev: Person) -> None:
        for bucket in ("in.c-sales", "nope"):
            reply = dev.delete(BUCKET, bucket=bucket)
            assert error_of(reply) == (400, "operation_not_allowed")
            message = "Cannot delete buckets from dev branches. Use default branch."
            assert reply.json()["detail"]["message"] == message
            assert reply.json()["detail"]["details"] == {"branch_id": dev.branch_id}

    def test_take_the_branches_versions_along_when_they_go(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        assert main.delete(BUCKET, **SALES).status_code == 204
        assert entries(dev) == []
        assert error_of(dev.get(TABLE, **ORDERS)) == (404, "bucket_not_found")


class TestList:
    def test_mains_tables_overlaid_by_the_branchs(self, main: Person, dev: Person) -> None:
        main.make_table("in.c-sales", "a", {"id": "INTEGER"})
        upsert(dev, 2, 3)
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"})
        listed = dev.get(TABLES, **SALES).json()
        seen = [(table["name"], table["source"], table["row_count"]) for table in listed["tables"]]
        assert seen == [("a", "main", 0), ("made", "branch", 0), ("orders", "branch", 3)]
        assert listed["total"] == 3
        assert [table["name"] for table in main.get(TABLES, **SALES).json()["tables"]] == ["a", "orders"]
        page = dev.get(TABLES, **SALES, params={"limit": 1, "offset": 1}).json()
        assert ([table["name"] for table in page["tables"]], page["total"]) == (["made"], 3)


class TestCreate:
    def test_only_in_the_branch(self, main: Person, dev: Person) -> None:
        reply = dev.post(TABLES, **SALES, json={"name": "made", "columns": COLUMNS, "primary_key": ["id"]})
        assert (reply.status_code, reply.json()["source"]) == (201, "branch")
        assert dev.get(TABLE, **SALES, table="made").json() == reply.json()
        dev.load("id\n1\n", "made").raise_for_status()
        assert dev.rows("made") == [(1,)]
        assert error_of(main.get(TABLE, **SALES, table="made")) == (404, "table_not_found")
        assert main.get(BUCKET, **SALES).json()["table_count"] == 1
        assert entries(dev) == ["in.c-sales/made.duckdb"]

    def test_a_name_that_main_or_the_branch_has(self, main: Person, dev: Person) -> None:
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"})
        for name in ("orders", "made"):
            reply = dev.post(TABLES, **SALES, json={"name": name, "columns": COLUMNS})
            assert error_of(reply) == (409, "table_exists")
            assert reply.json()["detail"]["message"] == f"Table {name} already exists in bucket in.c-sales"

    def test_the_same_name_in_two_branches(self, main: Person, dev: Person) -> None:
        other = in_branch(main, "other")
        for person in (dev, other):
            assert person.post(TABLES, **SALES, json={"name": "made", "columns": COLUMNS}).status_code == 201


class TestDelete:
    def test_of_what_the_branch_holds_leaves_main_alone(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        dev.make_table("in.c-sales", "made", {"id": "INTEGER"})
        for table in ("orders", "made"):
            assert dev.delete(TABLE, **SALES, table=table).status_code == 204
        assert entries(dev) == []
        assert (ids(main), ids(dev)) == ([1], [1])
        assert error_of(dev.get(TABLE, **SALES, table="made")) == (404, "table_not_found")

    def test_of_what_only_main_has(self, main: Person, dev: Person) -> None:
        assert dev.delete(TABLE, **ORDERS).json()["detail"] == {
            "error": "operation_not_allowed",
            "message": "Cannot delete table from branch - it's only in main. "
            "Use pull endpoint to copy to branch first.",
            "details": {"branch_id": dev.branch_id, "bucket_name": "in.c-sales", "table_name": "orders"},
        }
        assert dev.delete(TABLE, **ORDERS).status_code == 400

    def test_of_what_is_nowhere(self, main: Person, dev: Person) -> None:
        assert error_of(dev.delete(TABLE, **SALES, table="nope")) == (404, "table_not_found")
        assert error_of(dev.delete(TABLE, bucket="nope", table="nope")) == (404, "bucket_not_found")


class TestLoadAndExport:
    def test_both_work_on_the_branchs_rows(self, main: Person, dev: Person) -> None:
        upsert(dev, 2)
        exported = dev.post(TABLE + "/export", **ORDERS, json={"order_by": ["id"]})
        assert (exported.status_code, exported.json()["rows_exported"]) == (200, 2)
        text = dev.get("/projects/{p}/files/{file}/download", file=exported.json()["file_id"]).text
        assert text == "id,amount\n1,10.00\n2,20.00\n"
        assert main.post(TABLE + "/export", **ORDERS, json={}).json()["rows_exported"] == 1

    def test_a_full_load_replaces_the_branchs_rows_only(self, main: Person, dev: Person) -> None:
        reply = dev.load("id,amount\n7,70\n", "orders")
        assert (reply.status_code, reply.json()["table_rows_after"]) == (200, 1)
        assert (ids(main), ids(dev)) == ([1], [7])

    @pytest.mark.parametrize("path", ["/import/file", "/export"])
    def test_as_jobs_that_name_the_branch(self, main: Person, dev: Person, path: str) -> None:
        body = {"file_id": dev.upload("id,amount\n5,50\n")}
        reply = dev.post(TABLE + path, **ORDERS, json=body, headers={"Prefer": "respond-async"})
        assert (reply.status_code, reply.json()["branch_id"]) == (202, dev.branch_id)
        assert dev.wait_for(reply.json()["id"])["state"] == "success"
        assert ids(main) == [1]
        assert ids(dev) == ([5] if path == "/import/file" else [1])

    def test_a_waiting_load_of_a_deleted_branch_never_happens(self, main: Person, dev: Person) -> None:
        before = len(version_files(main))
        body = {"file_id": dev.upload("id,amount\n5,50\n")}
        dev.post(TABLE + "/import/file", **ORDERS, json=body, headers={"Prefer": "respond-async"}).raise_for_status()
        assert main.delete(BRANCH, br=dev.branch_id).status_code == 204
        root = main.server.data_dir / "duckdb"
        assert not (root / f"project_{main.project_id}_branch_{dev.branch_id}").exists()
        assert (ids(main), len(version_files(main))) == ([1], before)


class TestAtOnce:
    def test_first_writes_to_one_table_follow_each_other_and_lose_nothing(self, main: Person, dev: Person) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: upsert(dev, number), range(2, 8)))
        assert ids(dev) == list(range(1, 8))
        assert (ids(main), entries(dev)) == ([1], ["in.c-sales/orders.duckdb"])

    def test_a_load_into_main_and_a_first_write(self, main: Person, dev: Person) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda person: upsert(person, *range(10, 20)), (main, dev)))
        assert ids(main) == ids(dev) == [1, *range(10, 20)]

    def test_a_branch_deleted_while_it_is_written_to(self, main: Person) -> None:
        before = len(version_files(main))
        root = main.server.data_dir / "duckdb"
        for round_number in range(3):
            dev = in_branch(main, f"dev{round_number}")
            statuses: set[tuple[int, str]] = set()
            go_on = threading.Event()

            def write(dev: Person = dev, statuses: set = statuses, go_on: threading.Event = go_on) -> None:
                file_id = dev.upload("id,amount\n5,50\n")
                for _ in range(100):
                    reply = dev.post(TABLE + "/import/file", **ORDERS, json={"file_id": file_id})
                    go_on.set()
                    if reply.status_code != 200:
                        statuses.add(error_of(reply))
                        return

            writers = [threading.Thread(target=write) for _ in range(2)]
            for writer in writers:
                writer.start()
            assert go_on.wait(30)
            assert main.delete(BRANCH, br=dev.branch_id).status_code == 204
            for writer in writers:
                writer.join()
            assert statuses <= {(404, "branch_not_found"), (404, "table_not_found"), (409, "changed_meanwhile")}
            assert statuses
            assert not (root / f"project_{main.project_id}_branch_{dev.branch_id}").exists()
        assert (ids(main), len(version_files(main))) == ([1], before)

    def test_pulls_and_first_writes_keep_rows_and_links_in_step(self, main: Person, dev: Person) -> None:
        def churn(number: int) -> int:
            if number % 2:
                return dev.post(PULL, **ORDERS).status_code
            return dev.load("id,amount\n5,50\n", "orders", incremental=True).status_code

        with ThreadPoolExecutor(4) as pool:
            statuses = set(pool.map(churn, range(24)))
        assert statuses <= {200, 404, 409}
        held = dev.get(BRANCH).json()["table_count"]
        assert entries(dev) == ["in.c-sales/orders.duckdb"] * held
        assert ids(dev) == ([1, 5] if held else [1])


class TestOtherWrites:
    def test_rows_deleted_in_the_branch_stay_in_main(self, main: Person, dev: Person) -> None:
        reply = dev.request("DELETE", TABLE + "/rows", **ORDERS, json={"where_clause": "id = 1"})
        assert reply.status_code == 200
        assert (ids(main), ids(dev), entries(dev)) == ([1], [], ["in.c-sales/orders.duckdb"])

    def test_the_schema_changes_in_the_branch_only(self, main: Person, dev: Person) -> None:
        body = {"name": "note", "type": "VARCHAR"}
        assert dev.post(TABLE + "/columns", **ORDERS, json=body).status_code == 201
        assert dev.delete(TABLE + "/primary-key", **ORDERS).status_code == 200
        own, of_main = dev.get(TABLE, **ORDERS).json(), main.get(TABLE, **ORDERS).json()
        assert [column["name"] for column in own["columns"]] == ["id", "amount", "note"]
        assert (own["primary_key"], own["source"]) == ([], "branch")
        assert [column["name"] for column in of_main["columns"]] == ["id", "amount"]
        assert of_main["primary_key"] == ["id"]

    def test_snapshots_of_the_branch_hold_its_rows_and_go_with_it(self, main: Person, dev: Person) -> None:
        before = len(version_files(main))
        upsert(dev, 2)
        body = {"bucket": "in.c-sales", "table": "orders"}
        made = dev.post(BRANCH + "/snapshots", json=body)
        assert made.status_code == 201
        assert dev.post(PULL, **ORDERS).json()["was_local"] is True
        restore = dev.post(BRANCH + "/snapshots/" + made.json()["id"] + "/restore", json={})
        assert restore.status_code in (200, 201)
        assert (ids(main), ids(dev)) == ([1], [1, 2])
        assert main.delete(BRANCH, br=dev.branch_id).status_code == 204
        assert len(version_files(main)) == before


def test_a_load_that_runs_in_a_branch_ends_with_the_branch(main: Person, dev: Person) -> None:
    before = len(version_files(main))
    rows = "".join(f"{number},{number}\n" for number in range(400_000))
    body = {"file_id": dev.upload("id,amount\n" + rows)}
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(lambda: dev.post(TABLE + "/import/file", **ORDERS, json=body))
        while not dev.get("/projects/{p}/jobs", params={"state": "processing"}).json()["total"] and not load.done():
            pass
        assert main.delete(BRANCH, br=dev.branch_id).status_code == 204
        reply = load.result()
    assert reply.status_code == 200 or error_of(reply) in ((404, "branch_not_found"), (404, "table_not_found"))
    assert not (main.server.data_dir / f"duckdb/project_{main.project_id}_branch_{dev.branch_id}").exists()
    assert (ids(main), len(version_files(main))) == ([1], before)
