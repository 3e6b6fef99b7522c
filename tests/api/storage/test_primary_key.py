"""Rest-core section 11: primary keys."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.cast import TABLE, TABLES, Person, error_of
from tests.endpoint_contract import EndpointContract

SALES = {"bucket": "in.c-sales"}
KEY = TABLE + "/primary-key"


@pytest.fixture
def events(alice: Person, bucket: str) -> dict[str, Any]:
    """A table without a key: `id` is unique, `kind` repeats, `note` holds a NULL."""
    columns = [
        {"name": "kind", "type": "VARCHAR", "default": "'x'"},
        {"name": "id", "type": "INTEGER"},
        {"name": "note", "type": "VARCHAR", "nullable": True},
        {"name": "must", "type": "INTEGER", "nullable": False, "default": "7"},
    ]
    alice.post(TABLES, bucket=bucket, json={"name": "events", "columns": columns}).raise_for_status()
    alice.load("kind,id,note,must\na,1,x,1\na,2,,2\nb,3,z,3\n", "events").raise_for_status()
    return seen(alice)


def seen(person: Person) -> dict[str, Any]:
    reply = person.get(TABLE, **SALES, table="events")
    reply.raise_for_status()
    return reply.json()


def add(person: Person, *columns: str) -> httpx.Response:
    return person.post(KEY, **SALES, table="events", json={"columns": columns})


def remove(person: Person) -> httpx.Response:
    return person.delete(KEY, **SALES, table="events")


def required(reply: httpx.Response) -> list[str]:
    return [column["name"] for column in reply.json()["columns"] if not column["nullable"]]


def load(person: Person, rows: str) -> httpx.Response:
    return person.load(rows, "events", incremental=True, columns=["id"])


class TestAdd(EndpointContract):
    path, method, needs, has_body = KEY, "POST", "write", True

    def test_its_columns_become_not_null_and_nothing_else_changes(self, alice: Person, events: dict) -> None:
        rows = alice.rows("events")
        reply = add(alice, "id", "kind")
        assert (reply.status_code, reply.json()["primary_key"]) == (201, ["id", "kind"])
        assert reply.json() == seen(alice)
        assert required(reply) == ["kind", "id", "must"]
        assert [c["name"] for c in reply.json()["columns"]] == [c["name"] for c in events["columns"]]
        assert alice.rows("events") == rows
        assert alice.server.events(alice.project_id)[-1] == ("add_primary_key", "success", "table", "in.c-sales.events")

    def test_loads_meet_by_it_and_defaults_still_work(self, alice: Person, events: dict) -> None:
        add(alice, "id").raise_for_status()
        load(alice, "id\n3\n4\n").raise_for_status()
        assert alice.rows("events")[-2:] == [("x", 3, None, 7), ("x", 4, None, 7)]

    def test_the_order_of_the_checks(self, alice: Person, events: dict) -> None:
        existing = ["kind", "id", "note", "must"]
        for columns in (["nope", "none"], ["ID"], ["id", "nope"]):
            reply = add(alice, *columns)
            unknown = next(column for column in columns if column not in existing)
            assert error_of(reply) == (400, "column_not_found")
            assert reply.json()["detail"]["message"] == f"Column {unknown} not found in table events"
            assert reply.json()["detail"]["details"] == {"column": unknown, "existing_columns": existing}
        add(alice, "id").raise_for_status()
        assert error_of(add(alice, "nope")) == (400, "column_not_found")
        reply = add(alice, "id")
        assert error_of(reply) == (409, "primary_key_exists")
        assert reply.json()["detail"]["message"] == "Table events already has a primary key"
        assert reply.json()["detail"]["details"] == {"existing_primary_key": ["id"]}

    def test_repeated_keys_are_counted_and_nothing_changes(self, alice: Person, events: dict) -> None:
        rows = alice.rows("events")
        reply = add(alice, "kind")
        assert error_of(reply) == (409, "primary_key_violation")
        assert reply.json()["detail"]["message"] == "Primary key violation: 1 duplicate key, for example kind=a"
        details = {"primary_key": ["kind"], "count": 1, "example": {"kind": "a"}}
        assert reply.json()["detail"]["details"] == details
        assert (seen(alice), alice.rows("events")) == (events, rows)
        load(alice, "id\n9\n").raise_for_status()
        assert alice.rows("events")[-1] == ("x", 9, None, 7)

    def test_null_in_a_key_is_a_violation(self, alice: Person, events: dict) -> None:
        reply = add(alice, "id", "note")
        assert error_of(reply) == (409, "primary_key_violation")
        assert "NOT NULL constraint failed" in reply.json()["detail"]["message"]
        assert seen(alice) == events

    def test_bad_lists(self, alice: Person, events: dict) -> None:
        assert error_of(add(alice, "id", "id")) == (400, "add_primary_key_failed")
        for body, type in [({}, "missing"), ({"columns": []}, "too_short"), ({"columns": "id"}, "list_type")]:
            reply = alice.post(KEY, **SALES, table="events", json=body)
            assert (reply.status_code, reply.json()["detail"][0]["type"]) == (422, type)

    def test_the_404s(self, alice: Person, events: dict) -> None:
        reply = alice.post(KEY, **SALES, table="none", json={"columns": ["id"]})
        assert error_of(reply) == (404, "table_not_found")


class TestRemove(EndpointContract):
    path, method, needs = KEY, "DELETE", "write"

    def test_the_rest_stays_and_duplicates_are_possible(self, alice: Person, events: dict) -> None:
        add(alice, "id").raise_for_status()
        rows = alice.rows("events")
        reply = remove(alice)
        assert (reply.status_code, reply.json()["primary_key"]) == (200, [])
        assert reply.json() == seen(alice)
        assert required(reply) == ["id", "must"]
        assert alice.rows("events") == rows
        load(alice, "id\n1\n1\n").raise_for_status()
        assert [row[1] for row in alice.rows("events")].count(1) == 3
        assert add(alice, "id").status_code == 409

    def test_without_a_key_it_is_400(self, alice: Person, events: dict) -> None:
        reply = remove(alice)
        assert error_of(reply) == (400, "no_primary_key")
        assert reply.json()["detail"]["message"] == "Table events does not have a primary key"
        assert reply.json()["detail"]["details"] == {}


def test_a_branch_has_a_key_of_its_own(alice: Person, events: dict) -> None:
    add(alice, "id").raise_for_status()
    main = seen(alice)
    alice.branch_id = alice.server.add_branch(alice.project_id)
    reply = remove(alice)
    assert (reply.json()["primary_key"], reply.json()["source"]) == ([], "branch")
    assert add(alice, "id", "must").json()["primary_key"] == ["id", "must"]
    alice.branch_id = "default"
    assert seen(alice) == main
