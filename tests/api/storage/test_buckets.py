"""Rest-core section 7."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cast import BUCKET, BUCKETS, TABLE, TABLES, Person, error_of
from tests.endpoint_contract import EndpointContract


def directory(person: Person) -> Path:
    return person.server.data_dir / "duckdb" / f"project_{person.project_id}"


def bucket_object(name: str, table_count: int = 0, description: str | None = None) -> dict:
    return {
        "name": name,
        "table_count": table_count,
        "description": description,
        "is_linked": False,
        "source_project_id": None,
        "source_bucket_name": None,
    }


class TestCreate(EndpointContract):
    path, method, needs, has_body = BUCKETS, "POST", "write", True

    def test_it_makes_one_directory(self, alice: Person) -> None:
        reply = alice.post(BUCKETS, json={"name": "in.c-x", "description": "d", "stage": "in"})
        assert (reply.status_code, reply.json()) == (201, bucket_object("in.c-x", description="d"))
        assert [path.name for path in directory(alice).iterdir()] == ["in.c-x"]
        assert alice.get(BUCKET, bucket="in.c-x").json()["description"] == "d"
        assert alice.server.events(alice.project_id)[-1] == ("create_bucket", "success", "bucket", "in.c-x")

    def test_a_name_is_taken_once(self, alice: Person, bucket: str) -> None:
        reply = alice.post(BUCKETS, json={"name": bucket})
        assert error_of(reply) == (409, "bucket_exists")
        assert reply.json()["detail"]["details"] == {"project_id": alice.project_id, "bucket_name": bucket}

    def test_of_many_at_once_one_wins(self, alice: Person) -> None:
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: alice.post(BUCKETS, json={"name": "x"}).status_code, range(4)))
        assert sorted(statuses) == [201, 409, 409, 409]

    @pytest.mark.parametrize("name", ["in_c_sales", "in.c-sales", "data", "0", "a" * 96])
    def test_names_in_use_stay_valid(self, alice: Person, name: str) -> None:
        assert alice.post(BUCKETS, json={"name": name}).status_code == 201

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "_a", ".a", "a..b", "a.", "a b", "🪣", "a" * 97, "a\0"])
    def test_odd_names_are_refused(self, alice: Person, name: str) -> None:
        assert error_of(alice.post(BUCKETS, json={"name": name})) == (400, "invalid_name")
        assert list(directory(alice).iterdir()) == []

    def test_a_fault_of_the_disk_is_create_failed_and_leaves_nothing(self, alice: Person) -> None:
        (directory(alice) / "b").write_text("in the way")
        reply = alice.post(BUCKETS, json={"name": "b"})
        assert error_of(reply) == (500, "create_failed")
        detail = reply.json()["detail"]
        assert detail["message"].startswith("Failed to create bucket: ")
        assert detail["details"] == {"project_id": alice.project_id, "bucket_name": "b"}
        assert error_of(alice.get(BUCKET, bucket="b")) == (404, "bucket_not_found")
        assert alice.server.events(alice.project_id)[-1] == ("create_bucket", "failed", "bucket", "b")


class TestList(EndpointContract):
    path, method, needs = BUCKETS, "GET", "read"

    def test_by_name_with_live_counts(self, alice: Person, orders: dict) -> None:
        for name in ("b", "B", "a"):
            alice.make_bucket(name)
        body = alice.get(BUCKETS).json()
        assert [bucket["name"] for bucket in body["buckets"]] == ["B", "a", "b", "in.c-sales"]
        assert [bucket["table_count"] for bucket in body["buckets"]] == [0, 0, 0, 1]
        assert body["total"] == 4
        page = alice.get(BUCKETS + "?limit=2&offset=1").json()
        assert ([bucket["name"] for bucket in page["buckets"]], page["total"]) == (["a", "b"], 4)


class TestGet(EndpointContract):
    path, method, needs = BUCKET, "GET", "read"

    def test_names_are_case_sensitive(self, alice: Person, bucket: str) -> None:
        assert alice.get(BUCKET, bucket=bucket).json() == bucket_object(bucket)
        reply = alice.get(BUCKET, bucket=bucket.upper())
        assert error_of(reply) == (404, "bucket_not_found")
        assert reply.json()["detail"]["message"] == f"Bucket IN.C-SALES not found in project {alice.project_id}"

    @pytest.mark.parametrize("name", ["..", "%2e%2e", "_x", "a b", "%F0%9F%AA%A3"])
    def test_an_odd_name_in_the_path_does_not_exist(self, alice: Person, name: str) -> None:
        assert alice.get(BUCKETS + "/" + name).status_code == 404


class TestDelete(EndpointContract):
    path, method, needs = BUCKET, "DELETE", "write"

    def test_with_all_its_tables(self, alice: Person, orders: dict) -> None:
        alice.keep_nothing()
        assert alice.delete(BUCKET, bucket="in.c-sales").status_code == 204
        assert list(directory(alice).iterdir()) == []
        assert list((alice.server.data_dir / "versions" / f"project_{alice.project_id}").iterdir()) == []
        assert error_of(alice.get(TABLE, bucket="in.c-sales", table="orders")) == (404, "bucket_not_found")
        assert error_of(alice.delete(BUCKET, bucket="in.c-sales")) == (404, "bucket_not_found")

    def test_not_with_tables_if_the_caller_does_not_want_to(self, alice: Person, orders: dict) -> None:
        reply = alice.delete(BUCKET + "?cascade=false", bucket="in.c-sales")
        assert error_of(reply) == (409, "bucket_not_empty")
        assert alice.get(TABLES, bucket="in.c-sales").json()["total"] == 1
        alice.delete(TABLE, bucket="in.c-sales", table="orders")
        assert alice.delete(BUCKET + "?cascade=no", bucket="in.c-sales").status_code == 204

    def test_only_through_the_default_branch(self, alice: Person, bucket: str) -> None:
        branch = alice.make_branch()
        reply = alice.delete(BUCKET, br=branch, bucket=bucket)
        assert error_of(reply) == (400, "operation_not_allowed")
        assert reply.json()["detail"]["message"] == "Cannot delete buckets from dev branches. Use default branch."

    def test_an_empty_cascade_is_422(self, alice: Person, bucket: str) -> None:
        assert alice.delete(BUCKET + "?cascade=", bucket=bucket).status_code == 422


def test_creating_and_deleting_at_once_leaves_rows_and_directories_in_step(alice: Person) -> None:
    alice.keep_nothing()
    columns = [{"name": "id", "type": "INTEGER"}]

    def churn(number: int) -> set[int]:
        name = f"b{number % 2}"
        return {
            alice.post(BUCKETS, json={"name": name}).status_code,
            alice.post(TABLES, bucket=name, json={"name": "t", "columns": columns}).status_code,
            alice.delete(BUCKET, bucket=name).status_code,
        }

    with ThreadPoolExecutor(4) as pool:
        statuses = set().union(*pool.map(churn, range(16)))
    assert statuses <= {201, 204, 404, 409}
    listed = {bucket["name"]: bucket["table_count"] for bucket in alice.get(BUCKETS).json()["buckets"]}
    on_disk = {path.name: len(list(path.iterdir())) for path in directory(alice).iterdir()}
    assert on_disk == listed
    versions = alice.server.data_dir / "versions" / f"project_{alice.project_id}"
    assert len(list(versions.iterdir())) == sum(listed.values())


def test_a_description_has_a_limit(alice: Person) -> None:
    reply = alice.post(BUCKETS, json={"name": "wordy", "description": "x" * 10_001})
    [item] = reply.json()["detail"]
    assert (reply.status_code, item["type"], item["ctx"]) == (422, "string_too_long", {"max_length": 10_000})
    assert alice.post(BUCKETS, json={"name": "wordy", "description": "x" * 10_000}).status_code == 201
