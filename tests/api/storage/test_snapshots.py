"""Rest-data section 5 and decisions 4, 5, 17 and 23."""

from __future__ import annotations

import io
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as parquet
import pytest

from tests.cast import BUCKET, TABLE, TABLES, Person, Server, error_of
from tests.endpoint_contract import EndpointContract

SNAPSHOTS = "/projects/{p}/branches/{br}/snapshots"
SNAPSHOT = SNAPSHOTS + "/{id}"
RESTORE = SNAPSHOT + "/restore"
DOWNLOAD = SNAPSHOT + "/download"
PROJECT_SETTINGS = "/projects/{p}/settings/snapshots"
SALES = {"bucket": "in.c-sales"}
ORDERS = {**SALES, "table": "orders"}
ROWS = [(1, "1.00"), (2, "2.00")]
FIELDS = {
    "id",
    "project_id",
    "bucket_name",
    "table_name",
    "snapshot_type",
    "row_count",
    "size_bytes",
    "created_at",
    "created_by",
    "expires_at",
    "description",
}


def take(person: Person, table: str = "orders", **more: Any) -> str:
    reply = person.post(SNAPSHOTS, json=SALES | {"table": table} | more)
    assert reply.status_code == 201, reply.text
    return reply.json()["id"]


def restore(person: Person, snapshot_id: str, params: dict[str, Any] | None = None, **body: Any) -> httpx.Response:
    return person.post(RESTORE, id=snapshot_id, json=body, params=params)


def listed(person: Person, **query: Any) -> list[dict[str, Any]]:
    return person.get(SNAPSHOTS, params=query).json()["snapshots"]


def version_files(person: Person) -> list[Path]:
    return sorted((person.server.data_dir / "versions" / f"project_{person.project_id}").glob("*.duckdb"))


def file_of(person: Person, snapshot_id: str) -> Path:
    """The version file that a snapshot pins."""
    ((version_id,),) = person.server.execute("SELECT version_id FROM storage_snapshot WHERE id = ?", snapshot_id)
    return person.server.data_dir / "versions" / f"project_{person.project_id}" / f"{version_id}.duckdb"


def current_file(person: Person, table: str = "orders") -> Path:
    link = person.server.data_dir / "duckdb" / f"project_{person.project_id}" / "in.c-sales" / f"{table}.duckdb"
    return link.resolve()


def gone_soon(path: Path) -> bool:
    """Files of versions are removed in the background."""
    deadline = time.monotonic() + 10
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not path.exists()


@pytest.fixture
def filled(alice: Person, orders: dict[str, Any]) -> dict[str, Any]:
    """The table `orders` with two rows."""
    alice.load("id,amount\n1,1\n2,2\n", "orders").raise_for_status()
    return alice.get(TABLE, **ORDERS).json()


@pytest.mark.usefixtures("filled")
class TestCreate(EndpointContract):
    path, method, needs, has_body = SNAPSHOTS, "POST", "write", True

    def test_the_snapshot_object(self, alice: Person, filled: dict[str, Any]) -> None:
        reply = alice.post(SNAPSHOTS, json=ORDERS | {"description": "before the flood"})
        body = reply.json()
        assert reply.status_code == 201
        assert body.keys() == FIELDS
        assert re.fullmatch(r"snap_orders_\d{8}_\d{6}_\d{3}", body["id"])
        assert body["project_id"] == alice.project_id
        assert (body["bucket_name"], body["table_name"]) == ("in.c-sales", "orders")
        assert (body["snapshot_type"], body["description"]) == ("manual", "before the flood")
        assert (body["row_count"], body["size_bytes"]) == (2, filled["size_bytes"])
        assert body["created_at"].endswith("+00:00")
        key = alice.get("/projects/{p}/api-keys").json()
        assert body["created_by"] == (key["api_keys"] if isinstance(key, dict) else key)[0]["id"]
        assert days_between(body["created_at"], body["expires_at"]) == 90
        assert alice.server.events(alice.project_id)[-1] == ("create_snapshot", "success", "snapshot", body["id"])

    def test_it_takes_no_space(self, alice: Person) -> None:
        before = {path: path.stat() for path in version_files(alice)}
        for _ in range(5):
            take(alice)
        assert {path: path.stat() for path in version_files(alice)} == before
        assert alice.get(SNAPSHOTS).json()["total"] == 5

    def test_an_empty_table(self, alice: Person) -> None:
        alice.make_table("in.c-sales", "empty", {"id": "INTEGER"})
        reply = alice.post(SNAPSHOTS, json=SALES | {"table": "empty"}).json()
        assert (reply["row_count"], reply["description"]) == (0, None)

    def test_ids_stay_unique_under_load(self, alice: Person) -> None:
        with ThreadPoolExecutor(8) as pool:
            ids = set(pool.map(lambda _: take(alice), range(16)))
        assert len(ids) == 16
        assert alice.get(SNAPSHOTS).json()["total"] == 16

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"bucket": "nope", "table": "orders"}, "bucket_not_found"),
            ({"bucket": "in.c-sales", "table": "nope"}, "table_not_found"),
        ],
    )
    def test_of_what_does_not_exist(self, alice: Person, body: dict[str, str], code: str) -> None:
        assert error_of(alice.post(SNAPSHOTS, json=body)) == (404, code)

    def test_where_snapshots_are_disabled(self, alice: Person) -> None:
        alice.put(PROJECT_SETTINGS, json={"enabled": False}).raise_for_status()
        reply = alice.post(SNAPSHOTS, json=ORDERS)
        assert error_of(reply) == (400, "snapshots_disabled")
        assert reply.json()["detail"]["message"] == "Snapshots are disabled for table in.c-sales.orders"
        assert reply.json()["detail"]["details"] == {
            "project_id": alice.project_id,
            "bucket_name": "in.c-sales",
            "table_name": "orders",
        }

    @pytest.mark.parametrize("body", [{"bucket": "b"}, {"table": "t"}, {"bucket": 1, "table": "t"}])
    def test_a_body_without_a_name_is_422(self, alice: Person, body: dict[str, Any]) -> None:
        assert alice.post(SNAPSHOTS, json=body).status_code == 422

    def test_as_a_job(self, alice: Person) -> None:
        take(alice)
        (job,) = alice.get("/projects/{p}/jobs", params={"type": "snapshot_create"}).json()["jobs"]
        assert (job["state"], job["table_name"], job["result"]["row_count"]) == ("success", "orders", 2)
        reply = alice.post(SNAPSHOTS, json=ORDERS, headers={"Prefer": "respond-async"})
        assert reply.status_code == 202
        job = alice.wait_for(reply.json()["id"])
        assert listed(alice)[0] == job["result"]

    def test_the_data_of_the_table_is_lost(self, alice: Person) -> None:
        current_file(alice).unlink()
        assert error_of(alice.post(SNAPSHOTS, json=ORDERS)) == (500, "snapshot_failed")
        assert alice.get(SNAPSHOTS).json()["total"] == 0

    def test_a_table_of_a_linked_bucket_is_not_ours_to_keep(self, alice: Person, carol: Person) -> None:
        link_bucket(alice, carol)
        reply = carol.post(SNAPSHOTS, json={"bucket": "linked", "table": "orders"})
        assert error_of(reply) == (403, "bucket_readonly")


def link_bucket(owner: Person, reader: Person) -> None:
    """Rows, so that this does not depend on the endpoints of sharing."""
    execute, now = owner.server.execute, "2025-01-01 00:00:00"
    execute(
        "INSERT INTO storage_bucket"
        " (project_id, name, source_project_id, source_bucket_name, is_external, is_openly_shared, created_at)"
        " VALUES (?, 'linked', ?, 'in.c-sales', FALSE, FALSE, ?)",
        reader.project_id,
        owner.project_id,
        now,
    )
    execute(
        "INSERT INTO storage_bucketshare (bucket_id, target_project_id, is_of_link, created_at)"
        " SELECT id, ?, FALSE, ? FROM storage_bucket WHERE project_id = ? AND name = 'in.c-sales'",
        reader.project_id,
        now,
        owner.project_id,
    )


def days_between(start: str, end: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 86400


@pytest.mark.usefixtures("filled")
class TestList(EndpointContract):
    path, method, needs = SNAPSHOTS, "GET", "read"

    def test_newest_first_in_pages(self, alice: Person) -> None:
        ids = [take(alice) for _ in range(3)]
        body = alice.get(SNAPSHOTS).json()
        assert body.keys() == {"snapshots", "total"}
        assert [snapshot["id"] for snapshot in body["snapshots"]] == ids[::-1]
        assert all(snapshot.keys() == FIELDS for snapshot in body["snapshots"])
        page = alice.get(SNAPSHOTS, params={"limit": 1, "offset": 1}).json()
        assert ([snapshot["id"] for snapshot in page["snapshots"]], page["total"]) == ([ids[1]], 3)

    def test_filters(self, alice: Person) -> None:
        alice.make_table("in.c-sales", "other", {"id": "INTEGER"})
        alice.make_bucket("out.c-x")
        alice.make_table("out.c-x", "orders", {"id": "INTEGER"})
        for bucket, table in [("in.c-sales", "orders"), ("in.c-sales", "other"), ("out.c-x", "orders")]:
            alice.post(SNAPSHOTS, json={"bucket": bucket, "table": table}).raise_for_status()
        alice.delete(TABLE, **SALES, table="other").raise_for_status()
        assert [snapshot["snapshot_type"] for snapshot in listed(alice, table="other")] == ["auto_predrop", "manual"]
        assert len(listed(alice, bucket="in.c-sales")) == 3
        assert len(listed(alice, bucket="in.c-sales", table="orders", type="manual")) == 1
        assert len(listed(alice, type="auto_predrop")) == 1
        for nothing in ({"bucket": "nope"}, {"table": "nope"}, {"type": "nope"}):
            assert alice.get(SNAPSHOTS, params=nothing).json() == {"snapshots": [], "total": 0}

    @pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 1001), ("offset", -1), ("limit", "x")])
    def test_paging_out_of_range(self, alice: Person, name: str, value: Any) -> None:
        reply = alice.get(SNAPSHOTS, params={name: value})
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", name])


@pytest.mark.usefixtures("filled")
class TestGet(EndpointContract):
    path, method, needs = SNAPSHOT, "GET", "read"
    names = {"id": "none"}

    def test_the_detail(self, alice: Person) -> None:
        snapshot_id = take(alice)
        body = alice.get(SNAPSHOT, id=snapshot_id).json()
        assert body.keys() == FIELDS | {"schema_columns", "primary_key"}
        assert body["schema_columns"] == [
            {"name": "id", "type": "INTEGER", "nullable": False},
            {"name": "amount", "type": "DECIMAL(10,2)", "nullable": True},
        ]
        assert body["primary_key"] == ["id"]

    @pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
    def test_an_id_that_means_nothing_here(self, alice: Person, carol: Person, method: str) -> None:
        carol.make_bucket()
        carol.make_table("in.c-sales", "orders", {"id": "INTEGER"})
        foreign, deleted, expired = take(carol), take(alice), take(alice)
        alice.delete(SNAPSHOT, id=deleted).raise_for_status()
        expire(alice.server, expired)
        for snapshot_id in ("nope", foreign, deleted, expired):
            path = RESTORE if method == "POST" else SNAPSHOT
            reply = alice.request(method, path, id=snapshot_id, **({"json": {}} if method == "POST" else {}))
            assert error_of(reply) == (404, "snapshot_not_found")
            assert reply.json()["detail"]["message"] == f"Snapshot {snapshot_id} not found"
            assert reply.json()["detail"]["details"] == {"snapshot_id": snapshot_id, "project_id": alice.project_id}


def expire(server: Server, snapshot_id: str) -> None:
    server.execute("UPDATE storage_snapshot SET expires_at = '2020-01-01 00:00:00' WHERE id = ?", snapshot_id)


@pytest.mark.usefixtures("filled")
class TestDelete(EndpointContract):
    path, method, needs = SNAPSHOT, "DELETE", "write"
    names = {"id": "none"}

    def test_the_row_goes_and_the_table_stays(self, alice: Person) -> None:
        snapshot_id = take(alice)
        assert alice.delete(SNAPSHOT, id=snapshot_id).status_code == 204
        assert error_of(alice.get(SNAPSHOT, id=snapshot_id)) == (404, "snapshot_not_found")
        assert error_of(alice.delete(SNAPSHOT, id=snapshot_id)) == (404, "snapshot_not_found")
        assert alice.rows("orders") == ROWS
        assert alice.server.events(alice.project_id)[-2] == ("delete_snapshot", "success", "snapshot", snapshot_id)

    def test_the_file_goes_with_the_last_snapshot_of_a_dropped_table(self, alice: Person) -> None:
        manual = take(alice)
        alice.delete(TABLE, **ORDERS).raise_for_status()
        (automatic,) = (snapshot["id"] for snapshot in listed(alice, type="auto_predrop"))
        file = file_of(alice, manual)
        assert file == file_of(alice, automatic)
        alice.delete(SNAPSHOT, id=manual).raise_for_status()
        assert file.exists()
        alice.delete(SNAPSHOT, id=automatic).raise_for_status()
        assert gone_soon(file)


@pytest.mark.usefixtures("filled")
class TestRestore(EndpointContract):
    path, method, needs, has_body = RESTORE, "POST", "write", True
    names = {"id": "none"}

    def test_the_original_place_named_or_not(self, alice: Person) -> None:
        snapshot_id = take(alice)
        for body in ({}, {"target_bucket": None}, {"target_bucket": "in.c-sales", "target_table": "orders"}):
            alice.load("id,amount\n7,7\n", "orders").raise_for_status()
            reply = restore(alice, snapshot_id, **body)
            assert reply.status_code == 200
            assert reply.json() == {"restored_to": {"bucket": "in.c-sales", "table": "orders"}, "row_count": 2}
            assert alice.rows("orders") == ROWS

    def test_what_it_replaces_is_kept_first(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.load("id,amount\n7,7\n", "orders").raise_for_status()
        restore(alice, snapshot_id).raise_for_status()
        (kept,) = listed(alice, type="auto_prerestore")
        assert (kept["row_count"], kept["description"]) == (1, "Auto-backup before RESTORE of in.c-sales.orders")
        assert days_between(kept["created_at"], kept["expires_at"]) == 7
        restore(alice, kept["id"]).raise_for_status()
        assert alice.rows("orders") == [(7, "7.00")]

    def test_without_snapshots_nothing_is_kept(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.put(PROJECT_SETTINGS, json={"enabled": False}).raise_for_status()
        restore(alice, snapshot_id).raise_for_status()
        assert [snapshot["id"] for snapshot in listed(alice)] == [snapshot_id]

    def test_columns_and_key_come_back(self, alice: Person, filled: dict[str, Any]) -> None:
        snapshot_id = take(alice)
        alice.delete(TABLE, **ORDERS).raise_for_status()
        alice.make_table("in.c-sales", "orders", {"other": "VARCHAR"})
        restore(alice, snapshot_id).raise_for_status()
        restored = alice.get(TABLE, **ORDERS).json()
        assert restored | {"created_at": None} == filled | {"created_at": None}
        assert alice.load("id,amount\n2,5\n", "orders", incremental=True).json()["table_rows_after"] == 2

    def test_not_null_and_defaults_come_back_after_a_drop(self, alice: Person) -> None:
        columns = [
            {"name": "id", "type": "INTEGER", "nullable": False},
            {"name": "status", "type": "VARCHAR", "default": "'new'"},
        ]
        alice.post(TABLES, **SALES, json={"name": "t", "columns": columns}).raise_for_status()
        snapshot_id = take(alice, "t")
        alice.delete(TABLE, **SALES, table="t").raise_for_status()
        restore(alice, snapshot_id).raise_for_status()
        alice.load("id\n1\n", "t", columns=["id"]).raise_for_status()
        assert alice.rows("t") == [(1, "new")]
        assert error_of(alice.load("status\nx\n", "t", columns=["status"])) == (400, "import_failed")

    def test_any_number_of_times_elsewhere(self, alice: Person) -> None:
        alice.make_bucket("out.c-x")
        snapshot_id = take(alice)
        alice.delete(TABLE, **ORDERS).raise_for_status()
        for bucket, table in [("in.c-sales", "copy"), ("out.c-x", "orders"), ("in.c-sales", "orders")]:
            reply = restore(alice, snapshot_id, target_bucket=bucket, target_table=table)
            assert reply.json()["restored_to"] == {"bucket": bucket, "table": table}
            assert alice.rows(table, bucket=bucket) == ROWS
        alice.load("id,amount\n9,9\n", "copy").raise_for_status()
        assert alice.rows("orders") == ROWS

    def test_it_copies_no_bytes(self, alice: Person) -> None:
        snapshot_id = take(alice)
        restore(alice, snapshot_id, target_table="copy").raise_for_status()
        assert current_file(alice, "copy").samefile(file_of(alice, snapshot_id))
        assert len({path.stat().st_ino for path in version_files(alice)}) == len(version_files(alice)) - 1

    def test_another_table_is_never_replaced(self, alice: Person) -> None:
        alice.make_table("in.c-sales", "other", {"x": "INTEGER"})
        reply = restore(alice, take(alice), target_table="other")
        assert error_of(reply) == (409, "table_exists")
        assert reply.json()["detail"]["message"] == "Table other already exists in bucket in.c-sales"
        assert reply.json()["detail"]["details"] == {
            "project_id": alice.project_id,
            "bucket_name": "in.c-sales",
            "table_name": "other",
        }
        assert alice.rows("other") == []

    def test_into_a_bucket_that_does_not_exist(self, alice: Person) -> None:
        reply = restore(alice, take(alice), target_bucket="nope")
        assert error_of(reply) == (404, "bucket_not_found")
        assert reply.json()["detail"]["message"] == "Target bucket nope not found"
        assert reply.json()["detail"]["details"] == {"project_id": alice.project_id, "bucket_name": "nope"}

    @pytest.mark.parametrize("name", ["", "../x", "a b", "x.duckdb", "a" * 97])
    def test_into_a_table_of_an_odd_name(self, alice: Person, name: str) -> None:
        assert error_of(restore(alice, take(alice), target_table=name)) == (400, "invalid_name")

    def test_into_a_linked_bucket(self, alice: Person, carol: Person) -> None:
        link_bucket(alice, carol)
        carol.make_bucket()
        carol.make_table("in.c-sales", "mine", {"id": "INTEGER"})
        reply = restore(carol, take(carol, "mine"), target_bucket="linked")
        assert error_of(reply) == (403, "bucket_readonly")

    @pytest.mark.parametrize("exists", [True, False])
    def test_of_data_that_is_lost(self, alice: Person, exists: bool) -> None:
        snapshot_id = take(alice)
        alice.load("id,amount\n7,7\n", "orders").raise_for_status()
        if not exists:
            alice.delete(TABLE, **ORDERS).raise_for_status()
        file_of(alice, snapshot_id).unlink()
        reply = restore(alice, snapshot_id)
        assert error_of(reply) == (404, "snapshot_file_not_found")
        assert reply.json()["detail"]["details"] == {"snapshot_id": snapshot_id}
        assert str(alice.server.data_dir) not in reply.text
        assert alice.get(TABLE, **ORDERS).status_code == (200 if exists else 404)

    def test_of_a_table_whose_data_is_lost_it_is_the_cure_if_forced(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.load("id,amount\n7,7\n", "orders").raise_for_status()
        current_file(alice).unlink()
        assert error_of(restore(alice, snapshot_id)) == (500, "snapshot_failed")
        assert restore(alice, snapshot_id, {"force": "true"}).status_code == 200
        assert alice.rows("orders") == ROWS

    def test_as_a_job(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.delete(TABLE, **ORDERS).raise_for_status()
        reply = alice.post(RESTORE, id=snapshot_id, json={}, headers={"Prefer": "respond-async"})
        assert (reply.status_code, reply.headers["Location"]) == (202, f"/jobs/{reply.json()['id']}")
        job = alice.wait_for(reply.json()["id"])
        assert (job["type"], job["state"], job["rows"]) == ("snapshot_restore", "success", 2)
        assert job["result"] == {"restored_to": {"bucket": "in.c-sales", "table": "orders"}, "row_count": 2}
        assert alice.server.events(alice.project_id)[-1] == (
            "restore_snapshot",
            "success",
            "table",
            "in.c-sales.orders",
        )

    def test_many_at_once_end_as_one_table(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.delete(TABLE, **ORDERS).raise_for_status()
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda _: restore(alice, snapshot_id), range(6)))
        assert [reply.status_code for reply in replies] == [200] * 6, [reply.text for reply in replies]
        assert alice.rows("orders") == ROWS

    def test_while_the_snapshot_is_deleted_it_works_or_is_404(self, alice: Person) -> None:
        for _ in range(4):
            snapshot_id = take(alice)
            alice.delete(TABLE, **ORDERS).raise_for_status()
            spare = listed(alice, type="auto_predrop")[0]["id"]
            with ThreadPoolExecutor(4) as pool:
                restoring = [pool.submit(restore, alice, snapshot_id) for _ in range(2)]
                for unwanted in (spare, snapshot_id):
                    pool.submit(alice.delete, SNAPSHOT, id=unwanted)
            statuses = {future.result().status_code for future in restoring}
            assert statuses <= {200, 404}
            if 200 in statuses:
                assert alice.rows("orders") == ROWS
            else:
                alice.make_table("in.c-sales", "orders", {"id": "INTEGER", "amount": "DECIMAL(10,2)"}, ["id"])
                alice.load("id,amount\n1,1\n2,2\n", "orders").raise_for_status()


@pytest.mark.usefixtures("filled")
class TestDownload(EndpointContract):
    path, method, needs = DOWNLOAD, "GET", "read"
    names = {"id": "none"}

    def test_as_parquet(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.delete(TABLE, **ORDERS).raise_for_status()
        reply = alice.get(DOWNLOAD, id=snapshot_id)
        assert reply.headers["Content-Disposition"] == f'attachment; filename="{snapshot_id}.parquet"'
        assert reply.headers["Content-Type"] == "application/x-parquet"
        assert int(reply.headers["Content-Length"]) == len(reply.content)
        rows = parquet.read_table(io.BytesIO(reply.content)).to_pylist()
        assert sorted((row["id"], str(row["amount"])) for row in rows) == ROWS
        assert not list((alice.server.data_dir / "_staging").glob("*.export"))

    def test_as_csv(self, alice: Person) -> None:
        reply = alice.get(DOWNLOAD, id=take(alice), params={"format": "csv"})
        assert reply.text == "id,amount\n1,1.00\n2,2.00\n"

    def test_head_writes_nothing(self, alice: Person) -> None:
        assert alice.request("HEAD", DOWNLOAD, id=take(alice)).status_code == 200
        assert alice.request("HEAD", DOWNLOAD, id="nope").status_code == 404

    def test_what_cannot_be_downloaded(self, alice: Person) -> None:
        snapshot_id = take(alice)
        assert error_of(alice.get(DOWNLOAD, id=snapshot_id, params={"format": "xls"})) == (400, "invalid_format")
        assert error_of(alice.get(DOWNLOAD, id="nope", params={"format": "xls"})) == (404, "snapshot_not_found")
        file_of(alice, snapshot_id).unlink()
        assert error_of(alice.get(DOWNLOAD, id=snapshot_id)) == (404, "snapshot_file_not_found")


@pytest.mark.usefixtures("filled")
class TestAutomatic:
    """Rest-data 5.4 as far as tables and buckets go."""

    def test_before_a_table_is_dropped(self, alice: Person) -> None:
        alice.delete(TABLE, **ORDERS).raise_for_status()
        (kept,) = listed(alice)
        assert kept["snapshot_type"] == "auto_predrop"
        assert kept["description"] == "Auto-backup before DROP TABLE in.c-sales.orders"
        assert kept["row_count"] == 2
        assert days_between(kept["created_at"], kept["expires_at"]) == 7
        assert alice.get(SNAPSHOT, id=kept["id"]).json()["primary_key"] == ["id"]

    def test_before_each_table_of_a_bucket_is_dropped(self, alice: Person) -> None:
        alice.make_table("in.c-sales", "other", {"id": "INTEGER"})
        alice.delete(BUCKET, **SALES).raise_for_status()
        assert sorted(snapshot["table_name"] for snapshot in listed(alice, type="auto_predrop")) == ["orders", "other"]
        assert error_of(restore(alice, listed(alice)[0]["id"])) == (404, "bucket_not_found")
        alice.make_bucket()
        restore(alice, listed(alice, table="orders")[0]["id"]).raise_for_status()
        assert alice.rows("orders") == ROWS

    @pytest.mark.parametrize("config", [{"enabled": False}, {"auto_snapshot_triggers": {"drop_table": False}}])
    def test_not_where_it_is_switched_off(self, alice: Person, config: dict[str, Any]) -> None:
        alice.put(PROJECT_SETTINGS, json=config).raise_for_status()
        alice.delete(TABLE, **ORDERS).raise_for_status()
        assert listed(alice) == []
        assert version_files(alice) == []

    def test_before_a_full_load_where_it_is_switched_on(self, alice: Person) -> None:
        alice.put(PROJECT_SETTINGS, json={"auto_snapshot_triggers": {"full_load": True}}).raise_for_status()
        alice.load("id,amount\n7,7\n", "orders", incremental=True).raise_for_status()
        assert listed(alice) == []
        alice.load("id,amount\n8,8\n", "orders").raise_for_status()
        assert [(kept["snapshot_type"], kept["row_count"]) for kept in listed(alice)] == [("auto_prefull_load", 3)]

    def test_that_fails_nothing_is_dropped_unless_forced(self, alice: Person) -> None:
        current_file(alice).unlink()
        for path, names in ((TABLE, ORDERS), (BUCKET, SALES)):
            reply = alice.delete(path, **names)
            assert error_of(reply) == (500, "snapshot_failed")
            assert str(alice.server.data_dir) not in reply.text
            assert alice.get(TABLE, **ORDERS).status_code == 200
        assert alice.delete(TABLE, **ORDERS, params={"force": "true"}).status_code == 204
        assert listed(alice) == []


@pytest.mark.usefixtures("filled")
class TestOnBranches:
    """Decision 5."""

    @pytest.fixture
    def dev(self, alice: Person) -> Person:
        """Alice in a dev branch of her project."""
        branch = alice.server.add_branch(alice.project_id)
        return Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id=branch)

    def test_each_sees_its_own(self, alice: Person, dev: Person) -> None:
        of_main, of_branch = take(alice), take(dev)
        assert [snapshot["id"] for snapshot in listed(alice)] == [of_main]
        assert [snapshot["id"] for snapshot in listed(dev)] == [of_branch]
        assert error_of(dev.get(SNAPSHOT, id=of_main)) == (404, "snapshot_not_found")
        assert error_of(restore(alice, of_branch)) == (404, "snapshot_not_found")
        assert error_of(alice.delete(SNAPSHOT, id=of_branch)) == (404, "snapshot_not_found")

    def test_a_restore_changes_only_the_branch(self, alice: Person, dev: Person) -> None:
        snapshot_id = take(dev)
        alice.load("id,amount\n7,7\n", "orders").raise_for_status()
        assert dev.rows("orders") == alice.rows("orders") == [(7, "7.00")]
        restore(dev, snapshot_id).raise_for_status()
        assert (dev.rows("orders"), alice.rows("orders")) == (ROWS, [(7, "7.00")])
        assert dev.get(TABLE, **ORDERS).json()["source"] == "branch"
        dev.load("id,amount\n8,8\n", "orders").raise_for_status()
        own = take(dev)
        dev.load("id,amount\n9,9\n", "orders").raise_for_status()
        restore(dev, own).raise_for_status()
        assert dev.rows("orders") == [(8, "8.00")]
        assert len(listed(dev, type="auto_prerestore")) == 1

    def test_a_new_table_is_only_the_branchs(self, alice: Person, dev: Person) -> None:
        restore(dev, take(dev), target_table="copy").raise_for_status()
        assert dev.rows("copy") == ROWS
        assert error_of(alice.get(TABLE, **SALES, table="copy")) == (404, "table_not_found")

    def test_the_settings_of_mains_table_hold_for_the_branchs(self, alice: Person, dev: Person) -> None:
        dev.load("id,amount\n8,8\n", "orders").raise_for_status()
        alice.put(TABLE + "/settings/snapshots", **ORDERS, json={"enabled": False}).raise_for_status()
        assert error_of(dev.post(SNAPSHOTS, json=ORDERS)) == (400, "snapshots_disabled")

    def test_a_job_of_a_branch_is_the_branchs(self, dev: Person) -> None:
        take(dev)
        jobs = dev.get("/projects/{p}/jobs", params={"type": "snapshot_create"}).json()["jobs"]
        assert [job["branch_id"] for job in jobs] == [dev.branch_id]


def test_deleting_the_project_removes_its_snapshots(server: Server, alice: Person, filled: dict[str, Any]) -> None:
    take(alice)
    alice.delete("/projects/{p}").raise_for_status()
    assert server.execute("SELECT count(*) FROM storage_snapshot WHERE project_id = ?", alice.project_id) == [(0,)]
    assert version_files(alice) == []


def test_the_metrics_count(alice: Person, filled: dict[str, Any]) -> None:
    restore(alice, take(alice)).raise_for_status()
    text = alice.get("/metrics").text
    assert 'duckdb_snapshots_created_total{type="manual",trigger="manual"}' in text
    assert 'duckdb_snapshots_created_total{type="auto_prerestore",trigger="prerestore"}' in text
    for family in ("duckdb_snapshot_create_duration_seconds_count", "duckdb_snapshot_restore_duration_seconds_count"):
        assert float(re.search(rf"^{family} (\S+)$", text, re.MULTILINE)[1]) >= 1
