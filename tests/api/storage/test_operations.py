"""Rest-data section 9: the history of operations."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.cast import BUCKET, TABLE, TABLES, Person, error_of
from tests.endpoint_contract import EndpointContract

OPERATIONS = "/projects/{p}/operations"
OPERATION = OPERATIONS + "/{operation}"
STATS = OPERATIONS + "/stats"
FIELDS = [
    *("id", "timestamp", "project_id", "branch_id", "bucket", "table", "command", "resource_type", "resource_id"),
    *("status", "duration_ms", "lock_wait_ms", "rows", "bytes_in", "bytes_out", "error_code", "error_message"),
    *("request_id", "job_id", "external_job_id", "external_run_id", "actor", "details"),
]


def operations(person: Person, **filters: Any) -> list[dict[str, Any]]:
    reply = person.get(OPERATIONS, params=filters)
    reply.raise_for_status()
    return reply.json()["operations"]


def age(person: Person, days: float, **where: str) -> None:
    """Make operations of the project look this old."""
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    conditions = "".join(f" AND {column} = ?" for column in where)
    person.server.execute(
        f"UPDATE storage_event SET timestamp = ? WHERE project_id = ?{conditions}",
        moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
        person.project_id,
        *where.values(),
    )


class TestList(EndpointContract):
    path, method, needs = OPERATIONS, "GET", "manage"

    def test_a_load_says_what_it_moved(self, alice: Person, orders: dict) -> None:
        content = "id,amount\n1,1.5\n2,2.5\n"
        job = alice.load(content, "orders", headers={"X-Request-ID": "r-77"})
        job.raise_for_status()
        latest = operations(alice)[0]
        assert list(latest) == FIELDS
        assert (latest["command"], latest["status"], latest["branch_id"]) == ("import_table", "success", "default")
        assert (latest["bucket"], latest["table"]) == ("in.c-sales", "orders")
        assert (latest["rows"], latest["bytes_in"], latest["bytes_out"]) == (2, len(content), None)
        assert (latest["request_id"], latest["error_code"], latest["error_message"]) == ("r-77", None, None)
        assert latest["actor"] in [key["id"] for key in alice.get("/projects/{p}/api-keys").json()["api_keys"]]
        assert alice.get(f"/jobs/{latest['job_id']}").json()["type"] == "table_import"

    def test_an_export_says_how_many_bytes_came_out(self, alice: Person, orders: dict) -> None:
        reply = alice.post(TABLE + "/export", bucket="in.c-sales", table="orders", json={"format": "csv"})
        (latest,) = operations(alice, command="export_table")
        assert latest["bytes_out"] == reply.json()["file_size_bytes"]
        assert (latest["rows"], latest["table"]) == (0, "orders")

    def test_a_refusal_is_there_with_its_code(self, alice: Person, orders: dict) -> None:
        assert alice.post(TABLES, bucket="in.c-sales", json={"name": "orders", "columns": [INTEGER]}).status_code == 409
        latest = operations(alice)[0]
        assert (latest["command"], latest["status"]) == ("create_table", "failed")
        assert (latest["error_code"], latest["error_message"]) == (
            "table_exists",
            "Table orders already exists in bucket in.c-sales",
        )
        assert (latest["bucket"], latest["table"], latest["resource_id"]) == (
            "in.c-sales",
            "orders",
            "in.c-sales.orders",
        )

    def test_a_failed_load_names_its_table_and_job(self, alice: Person, orders: dict) -> None:
        assert error_of(alice.load("id,amount\nx,1\n", "orders")) == (400, "import_failed")
        (failed,) = operations(alice, status="failed")
        assert (failed["table"], failed["error_code"], failed["resource_id"]) == (
            "orders",
            "import_failed",
            "in.c-sales.orders",
        )
        assert alice.get(f"/jobs/{failed['job_id']}").json()["state"] == "error"

    def test_a_stranger_cannot_fill_the_history(self, alice: Person, carol: Person, bob: Person) -> None:
        before = len(operations(alice))
        carol.project_id = alice.project_id
        assert carol.delete(BUCKET, bucket="none").status_code == 403
        assert bob.delete(BUCKET, bucket="none").status_code == 403
        assert len(operations(alice)) == before

    @pytest.mark.parametrize("name", ["x" * 5000, "🪣" * 200, "'; DROP TABLE storage_event; --"])
    def test_whatever_was_asked_for_can_be_recorded(self, alice: Person, name: str) -> None:
        assert alice.delete("/projects/{p}/branches/default/buckets/" + name).status_code in (400, 404)
        (failed,) = operations(alice, command="delete_bucket")
        assert failed["status"] == "failed"
        assert 0 < len(failed["bucket"]) <= 96
        assert "\0" not in failed["bucket"] + failed["resource_id"] + failed["error_message"]

    def test_filters(self, alice: Person, orders: dict) -> None:
        alice.make_bucket("b2")
        alice.delete(BUCKET, bucket="none")
        assert [row["command"] for row in operations(alice, bucket="in.c-sales")] == ["create_table", "create_bucket"]
        assert [row["command"] for row in operations(alice, table="orders")] == ["create_table"]
        assert [row["bucket"] for row in operations(alice, command="create_bucket")] == ["b2", "in.c-sales"]
        assert [row["bucket"] for row in operations(alice, status="failed")] == ["none"]
        assert operations(alice, command="no_such_command") == []
        assert len(operations(alice, status="", bucket="")) == 5

    def test_pages_newest_first_with_the_total(self, alice: Person) -> None:
        for number in range(4):
            alice.make_bucket(f"b{number}")
        body = alice.get(OPERATIONS, params={"limit": 2, "offset": 1}).json()
        assert ([row["bucket"] for row in body["operations"]], body["total"]) == (["b2", "b1"], 5)

    def test_times_are_iso_and_the_end_does_not_count(self, alice: Person) -> None:
        moment = operations(alice)[0]["timestamp"]
        assert len(operations(alice, **{"from": moment})) == 1
        assert operations(alice, to=moment) == []
        assert alice.get(f"{OPERATIONS}?from={moment}").json()["total"] == 1, "a plus sign that was not escaped"
        assert len(operations(alice, **{"from": "2020-01-01", "to": "2100-01-01T00:00:00Z"})) == 1

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("from", value) for value in ("yesterday", "", "12", "2026-13-01", "0001-01-01T00:00:00+14:00", "\0")),
            ("to", "9999-12-31T23:59:59-12:00"),
            ("status", "done"),
            ("limit", "0"),
            ("limit", "1001"),
            ("offset", "-1"),
            ("bucket", "a\0b"),
        ],
    )
    def test_filters_that_mean_nothing_are_422(self, alice: Person, name: str, value: str) -> None:
        reply = alice.get(OPERATIONS, params={name: value})
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", name])

    def test_successes_are_shown_for_a_week_and_failures_for_a_month(self, alice: Person, orders: dict) -> None:
        alice.delete(BUCKET, bucket="none")
        age(alice, 8)
        assert [row["status"] for row in operations(alice)] == ["failed"]
        age(alice, 31)
        assert operations(alice) == []
        assert len(alice.server.events(alice.project_id)) == 4, "the audit log keeps them"

    def test_an_orchestrator_finds_its_own_runs(self, alice: Person, orders: dict) -> None:
        ids = {"X-KBC-RunId": "run-1.2", "X-KBC-JobId": "j" * 200}
        alice.load("id,amount\n1,1\n", "orders", headers=ids).raise_for_status()
        queued = alice.load("id,amount\n1,1\n", "orders", headers=ids | {"Prefer": "respond-async"})
        alice.wait_for(queued.json()["id"])
        found = operations(alice, command="import_table")
        assert [(row["external_run_id"], row["external_job_id"]) for row in found] == [("run-1.2", "j" * 128)] * 2
        assert operations(alice, command="create_table")[0]["external_run_id"] is None

    def test_ids_of_the_next_request_are_its_own(self, alice: Person) -> None:
        alice.post("/projects/{p}/branches/default/buckets", json={"name": "a"}, headers={"X-KBC-RunId": b"1\xe92"})
        alice.make_bucket("b")
        assert [row["external_run_id"] for row in operations(alice, command="create_bucket")] == [None, "12"]

    def test_no_key_is_ever_in_it(self, alice: Person) -> None:
        key = alice.post("/projects/{p}/api-keys", json={"description": "x"}).json()["api_key"]
        assert key not in alice.get(OPERATIONS).text

    def test_a_project_that_is_not_there(self, admin: Person) -> None:
        assert error_of(admin.get(OPERATIONS, p="none")) == (404, "project_not_found")


class TestOne(EndpointContract):
    path, method, needs = OPERATION, "GET", "manage"
    names = {"operation": "1"}

    def test_is_what_the_list_shows(self, alice: Person) -> None:
        (listed,) = operations(alice)
        assert alice.get(OPERATION, operation=listed["id"]).json() == listed

    @pytest.mark.parametrize("operation", ["0", "x", "-1", "1.0", "9" * 30, "٣"])
    def test_one_that_is_not_there(self, alice: Person, operation: str) -> None:
        assert error_of(alice.get(OPERATION, operation=operation)) == (404, "operation_not_found")

    def test_that_of_another_project_is_not_there(self, alice: Person, carol: Person) -> None:
        (theirs,) = operations(carol)
        assert error_of(alice.get(OPERATION, operation=theirs["id"])) == (404, "operation_not_found")


class TestStats(EndpointContract):
    path, method, needs = STATS, "GET", "manage"

    def test_counts_rates_and_errors(self, alice: Person, orders: dict) -> None:
        for _ in range(2):
            alice.delete(BUCKET, bucket="none")
        alice.make_bucket("b")
        body = alice.get(STATS).json()
        assert (body["period"], body["project_id"]) == ("24h", alice.project_id)
        assert (body["count"], body["success_rate"]) == (6, 0.6667)
        assert body["errors"] == [{"error_code": "bucket_not_found", "count": 2}]
        by_command = {entry["command"]: (entry["count"], entry["success_rate"]) for entry in body["commands"]}
        assert by_command == {
            "create_bucket": (2, 1.0),
            "create_project": (1, 1.0),
            "create_table": (1, 1.0),
            "delete_bucket": (2, 0.0),
        }
        assert body["from"] < body["to"]

    def test_percentiles_of_known_durations(self, alice: Person) -> None:
        for number in range(99):
            alice.server.execute(
                "INSERT INTO storage_event (timestamp, request_id, project_id, operation, resource_type, resource_id,"
                " details, duration_ms, status, actor, client_address, bucket_name, table_name, error_code,"
                " lock_wait_ms, external_job_id, external_run_id) VALUES"
                " (CURRENT_TIMESTAMP, '', ?, 'x', 'table', '', '{}', ?, 'success', '', '', '', '', '', 0, '', '')",
                alice.project_id,
                number + 1,
            )
        (numbers,) = [entry for entry in alice.get(STATS).json()["commands"] if entry["command"] == "x"]
        assert numbers["duration_ms"] == {"mean": 50.0, "p50": 50, "p95": 95, "p99": 99}

    def test_a_period_counts_only_what_is_in_it(self, alice: Person) -> None:
        age(alice, 2)
        counts = {period: alice.get(STATS, params={"period": period}).json()["count"] for period in ("1h", "24h", "7d")}
        assert counts == {"1h": 0, "24h": 0, "7d": 1}

    def test_an_empty_period_has_no_rates(self, alice: Person) -> None:
        age(alice, 2)
        body = alice.get(STATS, params={"period": "1h"}).json()
        assert (body["count"], body["success_rate"], body["commands"], body["errors"]) == (0, None, [], [])
        assert body["duration_ms"] == {"mean": None, "p50": None, "p95": None, "p99": None}

    @pytest.mark.parametrize("period", ["", "2h", "24H", "1"])
    def test_other_periods_are_422(self, alice: Person, period: str) -> None:
        assert alice.get(STATS, params={"period": period}).status_code == 422


INTEGER = {"name": "id", "type": "INTEGER"}
