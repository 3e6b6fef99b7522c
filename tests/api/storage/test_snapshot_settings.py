"""Rest-data section 6."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.storage.test_snapshots import link_bucket
from tests.cast import BUCKET, TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

PROJECT = "/projects/{p}/settings/snapshots"
OF_BUCKET = BUCKET + "/settings/snapshots"
OF_TABLE = TABLE + "/settings/snapshots"
LEVELS = {"project": PROJECT, "bucket": OF_BUCKET, "table": OF_TABLE}
NAMES: dict[str, dict[str, str]] = {
    "project": {},
    "bucket": {"bucket": "in.c-sales"},
    "table": {"bucket": "in.c-sales", "table": "orders"},
}
TRIGGERS = {"drop_table": True, "truncate_table": False, "delete_all_rows": False, "drop_column": False}
SYSTEM = {"auto_snapshot_triggers": TRIGGERS, "retention": {"manual_days": 90, "auto_days": 7}, "enabled": True}
KEYS = [
    "auto_snapshot_triggers.drop_table",
    "auto_snapshot_triggers.truncate_table",
    "auto_snapshot_triggers.delete_all_rows",
    "auto_snapshot_triggers.drop_column",
    "retention.manual_days",
    "retention.auto_days",
    "enabled",
]
each_level = pytest.mark.parametrize("level", LEVELS)


def show(person: Person, level: str) -> dict[str, Any]:
    reply = person.get(LEVELS[level], **NAMES[level])
    assert reply.status_code == 200, reply.text
    return reply.json()


def put(person: Person, level: str, body: Any):
    return person.put(LEVELS[level], **NAMES[level], json=body)


class TestGetOfProject(EndpointContract):
    path, method, needs = PROJECT, "GET", "manage"


class TestPutOfProject(EndpointContract):
    path, method, needs, has_body = PROJECT, "PUT", "manage", True


class TestDeleteOfProject(EndpointContract):
    path, method, needs = PROJECT, "DELETE", "manage"


class TestGetOfBucket(EndpointContract):
    path, method, needs = OF_BUCKET, "GET", "read"


class TestPutOfBucket(EndpointContract):
    path, method, needs, has_body = OF_BUCKET, "PUT", "manage", True


class TestGetOfTable(EndpointContract):
    path, method, needs = OF_TABLE, "GET", "read"


class TestPutOfTable(EndpointContract):
    path, method, needs, has_body = OF_TABLE, "PUT", "manage", True


@pytest.mark.usefixtures("orders")
class TestSettings:
    @each_level
    def test_where_nothing_is_set_the_system_decides(self, alice: Person, level: str) -> None:
        body = show(alice, level)
        assert body == {
            "effective_config": SYSTEM,
            "inheritance": dict.fromkeys(KEYS, "system"),
            "local_config": None,
        }
        assert list(body["inheritance"]) == KEYS

    def test_the_example_of_the_contract(self, alice: Person) -> None:
        put(alice, "project", {"retention": {"auto_days": 14}}).raise_for_status()
        reply = put(alice, "bucket", {"enabled": False})
        assert reply.status_code == 200
        assert reply.json() == {
            "effective_config": SYSTEM | {"retention": {"manual_days": 90, "auto_days": 14}, "enabled": False},
            "inheritance": dict.fromkeys(KEYS, "system") | {"retention.auto_days": "project", "enabled": "bucket"},
            "local_config": {"enabled": False},
        }
        assert show(alice, "bucket") == reply.json()

    def test_a_lower_level_overrides_key_by_key(self, alice: Person) -> None:
        put(alice, "project", {"retention": {"auto_days": 14, "manual_days": 30}, "enabled": False}).raise_for_status()
        put(alice, "bucket", {"retention": {"auto_days": 15}, "enabled": True}).raise_for_status()
        put(alice, "table", {"auto_snapshot_triggers": {"drop_column": True}}).raise_for_status()
        body = show(alice, "table")
        assert body["effective_config"] == {
            "auto_snapshot_triggers": TRIGGERS | {"drop_column": True},
            "retention": {"manual_days": 30, "auto_days": 15},
            "enabled": True,
        }
        assert {key: level for key, level in body["inheritance"].items() if level != "system"} == {
            "auto_snapshot_triggers.drop_column": "table",
            "retention.manual_days": "project",
            "retention.auto_days": "bucket",
            "enabled": "bucket",
        }
        assert show(alice, "project")["inheritance"]["enabled"] == "project"

    @each_level
    def test_a_put_replaces_all_that_the_level_had(self, alice: Person, level: str) -> None:
        put(alice, level, {"enabled": False, "retention": {"auto_days": 3}}).raise_for_status()
        body = put(alice, level, {"auto_snapshot_triggers": {"drop_table": False}}).json()
        assert body["local_config"] == {"auto_snapshot_triggers": {"drop_table": False}}
        assert (body["effective_config"]["enabled"], body["inheritance"]["enabled"]) == (True, "system")

    @each_level
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"enabled": None},
            {"retention": None, "auto_snapshot_triggers": None},
            {"retention": {"auto_days": None}},
        ],
    )
    def test_nulls_are_not_sent_and_nothing_clears_the_level(self, alice: Person, level: str, body: Any) -> None:
        put(alice, level, {"enabled": False}).raise_for_status()
        assert put(alice, level, body).json()["local_config"] is None

    @each_level
    def test_delete_is_204_whether_there_was_something_or_not(self, alice: Person, level: str) -> None:
        put(alice, level, {"enabled": False}).raise_for_status()
        for _ in range(2):
            reply = alice.delete(LEVELS[level], **NAMES[level])
            assert (reply.status_code, reply.content) == (204, b"")
        assert show(alice, level)["effective_config"] == SYSTEM

    def test_the_trigger_of_full_loads_shows_only_where_it_is_set(self, alice: Person) -> None:
        put(alice, "project", {"auto_snapshot_triggers": {"full_load": True}}).raise_for_status()
        body = show(alice, "table")
        assert body["effective_config"]["auto_snapshot_triggers"] == TRIGGERS | {"full_load": True}
        assert body["inheritance"]["auto_snapshot_triggers.full_load"] == "project"

    def test_values_are_taken_leniently(self, alice: Person) -> None:
        body = {
            "enabled": "yes",
            "retention": {"manual_days": "7", "auto_days": 3650.0, "weeks": 1},
            "auto_snapshot_triggers": {"drop_table": 1, "truncate_table": "on"},
            "unknown": {"x": 1},
        }
        assert put(alice, "project", body).json()["local_config"] == {
            "auto_snapshot_triggers": {"drop_table": True, "truncate_table": True},
            "retention": {"manual_days": 7, "auto_days": 3650},
            "enabled": True,
        }

    @pytest.mark.parametrize(
        ("body", "problem", "where"),
        [
            ({"auto_snapshot_triggers": {"drop": True}}, "extra_forbidden", ["auto_snapshot_triggers", "drop"]),
            ({"auto_snapshot_triggers": {"drop_table": "x"}}, "bool_parsing", ["auto_snapshot_triggers", "drop_table"]),
            ({"auto_snapshot_triggers": {"drop_table": []}}, "bool_type", ["auto_snapshot_triggers", "drop_table"]),
            ({"enabled": 2}, "bool_parsing", ["enabled"]),
            ({"retention": {"auto_days": 7.5}}, "int_from_float", ["retention", "auto_days"]),
            ({"retention": {"manual_days": "x"}}, "int_parsing", ["retention", "manual_days"]),
            ({"retention": []}, "model_attributes_type", ["retention"]),
        ],
    )
    @each_level
    def test_wrong_types_are_422(self, alice: Person, level: str, body: Any, problem: str, where: list[str]) -> None:
        reply = put(alice, level, body)
        assert reply.status_code == 422
        assert [(item["type"], item["loc"]) for item in reply.json()["detail"]] == [(problem, ["body", *where])]

    @each_level
    def test_retention_out_of_range_lists_all_problems(self, alice: Person, level: str) -> None:
        put(alice, level, {"enabled": False}).raise_for_status()
        reply = put(alice, level, {"retention": {"manual_days": 3651, "auto_days": 0}})
        assert error_of(reply) == (400, "invalid_config")
        assert reply.json()["detail"]["message"] == "Invalid snapshot configuration"
        assert reply.json()["detail"]["details"] == {
            "errors": [
                "Retention manual_days cannot exceed 3650 days",
                "Retention auto_days must be a positive integer",
            ]
        }
        assert show(alice, level)["local_config"] == {"enabled": False}

    @pytest.mark.parametrize("days", [-1, 0, 3651, 10**30])
    def test_days_out_of_range(self, alice: Person, days: int) -> None:
        assert error_of(put(alice, "project", {"retention": {"auto_days": days}})) == (400, "invalid_config")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_of_what_does_not_exist(self, alice: Person, admin: Person, method: str) -> None:
        body = {"json": {"retention": {"auto_days": 0}}} if method == "PUT" else {}
        for path, names, code in [
            (PROJECT, {"p": "nope"}, "project_not_found"),
            (OF_BUCKET, {"p": "nope", "bucket": "nope"}, "project_not_found"),
            (OF_BUCKET, {"p": alice.project_id, "bucket": "nope"}, "bucket_not_found"),
            (OF_TABLE, {"p": alice.project_id, "bucket": "nope", "table": "nope"}, "bucket_not_found"),
            (OF_TABLE, {"p": alice.project_id, "bucket": "in.c-sales", "table": "nope"}, "table_not_found"),
        ]:
            reply = admin.request(method, path, **names, **body)
            assert error_of(reply) == (404, code)
        assert reply.json()["detail"]["details"] == {
            "project_id": alice.project_id,
            "bucket_name": "in.c-sales",
            "table_name": "nope",
            "branch_id": None,
        }

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    @pytest.mark.parametrize("path", [OF_BUCKET, OF_TABLE])
    def test_on_dev_branches(self, alice: Person, method: str, path: str) -> None:
        branch = alice.server.add_branch(alice.project_id)
        body = {"json": {}} if method == "PUT" else {}
        names = {"bucket": "nope"} | ({"table": "nope"} if path == OF_TABLE else {})
        reply = alice.request(method, path, br=branch, **names, **body)
        assert error_of(reply) == (400, "operation_not_allowed")
        assert reply.json()["detail"] == {
            "error": "operation_not_allowed",
            "message": "Cannot manage snapshot settings from dev branches. Use default branch.",
            "details": {"branch_id": branch},
        }
        reply = alice.request(method, path, br="nope", **names, **body)
        assert error_of(reply) == (404, "branch_not_found")

    def test_settings_belong_to_the_object_not_to_its_name(self, alice: Person) -> None:
        put(alice, "table", {"enabled": False}).raise_for_status()
        alice.delete(TABLE, **NAMES["table"]).raise_for_status()
        alice.make_table("in.c-sales", "orders", {"id": "INTEGER"})
        assert show(alice, "table")["local_config"] is None
        put(alice, "bucket", {"enabled": False}).raise_for_status()
        alice.delete(BUCKET, **NAMES["bucket"]).raise_for_status()
        alice.make_bucket()
        assert show(alice, "bucket")["local_config"] is None

    def test_changes_have_a_history(self, alice: Person) -> None:
        put(alice, "project", {"enabled": False}).raise_for_status()
        put(alice, "table", {"enabled": True}).raise_for_status()
        put(alice, "project", {"retention": {"auto_days": 3}}).raise_for_status()
        history = alice.get("/projects/{p}/operations", params={"command": "update_snapshot_settings"}).json()
        assert [(event["resource_id"], event["details"]) for event in history["operations"]] == [
            (alice.project_id, {"before": {"enabled": False}, "after": {"retention": {"auto_days": 3}}}),
            ("in.c-sales.orders", {"before": None, "after": {"enabled": True}}),
            (alice.project_id, {"before": None, "after": {"enabled": False}}),
        ]

    def test_existing_snapshots_keep_their_expiry(self, alice: Person) -> None:
        snapshots = "/projects/{p}/branches/default/snapshots"
        body = {"bucket": "in.c-sales", "table": "orders"}
        taken = alice.post(snapshots, json=body).json()
        put(alice, "table", {"retention": {"manual_days": 1}}).raise_for_status()
        assert alice.get(snapshots).json()["snapshots"] == [taken]
        later = alice.post(snapshots, json=body).json()
        assert later["expires_at"] < taken["expires_at"]

    def test_a_linked_table_has_none(self, alice: Person, carol: Person) -> None:
        link_bucket(alice, carol)
        names = {"bucket": "linked", "table": "orders"}
        reply = carol.get(OF_TABLE, **names)
        assert error_of(reply) == (404, "table_not_found")
        assert reply.json()["detail"]["details"] == {
            "project_id": carol.project_id,
            "bucket_name": "linked",
            "table_name": "orders",
            "branch_id": None,
        }
        assert error_of(carol.put(OF_TABLE, **names, json={"enabled": False})) == (403, "bucket_readonly")
        assert show(alice, "table")["local_config"] is None
