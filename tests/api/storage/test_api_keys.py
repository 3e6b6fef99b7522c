"""Rest-core section 6."""

from __future__ import annotations

import datetime
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cast import Person, error_of
from tests.endpoint_contract import EndpointContract

KEYS = "/projects/{p}/api-keys"
KEY = KEYS + "/{key}"
ROTATE = KEY + "/rotate"
COMMON = {"id", "project_id", "branch_id", "key_prefix", "scope", "description", "created_at", "expires_at"}


def make(owner: Person, **body: Any) -> dict[str, Any]:
    reply = owner.post(KEYS, json={"description": "k"} | body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def with_key(person: Person, key: str) -> Person:
    return Person(person.server, key=key, project_id=person.project_id)


def lifetime(key: dict[str, Any]) -> datetime.timedelta:
    return datetime.datetime.fromisoformat(key["expires_at"]) - datetime.datetime.fromisoformat(key["created_at"])


class TestCreate(EndpointContract):
    path, method, needs, has_body = KEYS, "POST", "manage", True

    def test_a_second_key_works_beside_the_first(self, alice: Person) -> None:
        key = make(alice, description="")
        assert key.keys() == COMMON | {"api_key"}
        assert re.fullmatch(r"key_[0-9a-f]{16,}", key["id"])
        assert re.fullmatch(rf"proj_{alice.project_id}_admin_[0-9a-f]{{32}}", key["api_key"])
        assert key["key_prefix"] == f"proj_{alice.project_id}_admin_..."
        assert (key["scope"], key["branch_id"], key["expires_at"]) == ("project_admin", None, None)
        for person in (alice, with_key(alice, key["api_key"])):
            assert person.get("/projects/{p}").status_code == 200

    def test_it_expires_after_exactly_the_days(self, alice: Person) -> None:
        assert lifetime(make(alice, expires_in_days=1)) == datetime.timedelta(days=1)

    @pytest.mark.parametrize(("scope", "word"), [("branch_admin", "admin"), ("branch_read", "read")])
    def test_a_branch_key_names_its_branch(self, alice: Person, scope: str, word: str) -> None:
        branch = alice.make_branch()
        key = make(alice, scope=scope, branch_id=branch)
        assert key["api_key"].startswith(f"proj_{alice.project_id}_branch_{branch}_{word}_")
        assert key["key_prefix"] == f"proj_{alice.project_id}_branch_{branch}_{word}_..."

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"scope": "branch_read"}, (400, "invalid_request")),
            ({"scope": "branch_admin", "branch_id": ""}, (400, "invalid_request")),
            ({"scope": "branch_admin", "branch_id": "nope"}, (404, "branch_not_found")),
            ({"scope": "branch_admin", "branch_id": "default"}, (404, "branch_not_found")),
            ({"branch_id": "x"}, (400, "invalid_request")),
            ({"branch_id": ""}, (400, "invalid_request")),
        ],
    )
    def test_scope_and_branch_have_to_fit(self, alice: Person, body: dict, expected: tuple[int, str]) -> None:
        assert error_of(alice.post(KEYS, json={"description": "k"} | body)) == expected

    @pytest.mark.parametrize(
        "body", [{"description": None}, {"description": "x" * 256}, {"scope": None}, {"expires_in_days": 0}]
    )
    def test_bad_values_are_422(self, alice: Person, body: dict) -> None:
        assert alice.post(KEYS, json={"description": "k"} | body).status_code == 422

    def test_too_long_a_description_is_told_in_characters(self, alice: Person) -> None:
        (item,) = alice.post(KEYS, json={"description": "x" * 256}).json()["detail"]
        expected = ("string_too_long", "String should have at most 255 characters")
        assert (item["type"], item["msg"]) == expected

    def test_of_an_unknown_project(self, admin: Person) -> None:
        assert error_of(admin.post(KEYS, p="nope", json={"description": "k"})) == (404, "project_not_found")

    def test_secrets_are_stored_nowhere(self, alice: Person) -> None:
        key = make(alice)
        stored = alice.server.execute("SELECT * FROM storage_apikey WHERE id = ?", key["id"])
        events = alice.server.execute("SELECT details FROM storage_event WHERE project_id = ?", alice.project_id)
        assert key["api_key"].rsplit("_", 1)[1] not in repr(stored) + repr(events)


class TestList(EndpointContract):
    path, method, needs = KEYS, "GET", "manage"

    def test_newest_first_without_revoked_ones(self, alice: Person) -> None:
        first, second = make(alice), make(alice)
        alice.delete(KEY, key=first["id"])
        alice.server.expire_key(second["id"])
        body = alice.get(KEYS).json()
        assert body["count"] == 2
        assert body["api_keys"][0]["id"] == second["id"]
        initial = body["api_keys"][1]
        assert initial.keys() == COMMON | {"last_used_at", "is_revoked"}
        assert initial["description"] == "Project admin key (created with project)"
        assert initial["last_used_at"] is not None

    def test_pages(self, alice: Person) -> None:
        newest = make(alice)
        body = alice.get(KEYS + "?limit=1").json()
        assert ([key["id"] for key in body["api_keys"]], body["total"]) == ([newest["id"]], 2)


class TestGet(EndpointContract):
    path, method, needs = KEY, "GET", "manage"

    def test_also_a_revoked_one(self, alice: Person) -> None:
        key = make(alice)
        alice.delete(KEY, key=key["id"])
        body = alice.get(KEY, key=key["id"]).json()
        assert body["is_revoked"] is True
        assert body.keys() == COMMON | {"last_used_at", "is_revoked"}

    def test_another_projects_key_does_not_exist(self, alice: Person, carol: Person, admin: Person) -> None:
        key = make(carol)["id"]
        for reply in (alice.get(KEY, key=key), admin.get(KEY, p="nope", key=key)):
            assert error_of(reply) == (404, "api_key_not_found")


class TestRevoke(EndpointContract):
    path, method, needs = KEY, "DELETE", "manage"

    def test_it_holds_at_once_and_again(self, alice: Person) -> None:
        key = make(alice)
        assert alice.delete(KEY, key=key["id"]).status_code == 204
        assert with_key(alice, key["api_key"]).get("/projects/{p}").status_code == 403
        assert alice.delete(KEY, key=key["id"]).status_code == 204
        revoked = [event for event in alice.server.events(alice.project_id) if event[0] == "revoke_api_key"]
        assert revoked == [("revoke_api_key", "success", "api_key", key["id"])]

    def test_the_last_active_admin_key_stays(self, alice: Person) -> None:
        initial = alice.get(KEYS).json()["api_keys"][0]["id"]
        expired = make(alice)["id"]
        alice.server.expire_key(expired)
        reply = alice.delete(KEY, key=initial)
        assert error_of(reply) == (400, "cannot_revoke_last_admin_key")
        assert reply.json()["detail"]["details"]["active_project_admin_keys"] == 1
        assert alice.delete(KEY, key=expired).status_code == 204

    def test_of_two_at_once_one_stays(self, alice: Person) -> None:
        make(alice)
        keys = [key["id"] for key in alice.get(KEYS).json()["api_keys"]]
        admin = Person(alice.server, key="tests-admin-key", project_id=alice.project_id)
        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(lambda key: admin.delete(KEY, key=key).status_code, keys))
        assert sorted(statuses) == [204, 400]


class TestRotate(EndpointContract):
    path, method, needs = ROTATE, "POST", "manage"

    def test_a_key_replaces_itself(self, alice: Person) -> None:
        old = make(alice, expires_in_days=60, description="x" * 255)
        holder = with_key(alice, old["api_key"])
        reply = holder.post(ROTATE, key=old["id"])
        new = reply.json()
        assert reply.status_code == 201
        assert new.keys() == COMMON | {"api_key"}
        assert new["id"] != old["id"]
        assert new["description"].endswith(" (rotated)")
        assert lifetime(new) == datetime.timedelta(days=60)
        assert holder.get("/projects/{p}").status_code == 403
        assert with_key(alice, new["api_key"]).get("/projects/{p}").status_code == 200

    def test_also_the_last_one(self, alice: Person) -> None:
        initial = alice.get(KEYS).json()["api_keys"][0]["id"]
        new = alice.post(ROTATE, key=initial).json()
        assert [key["id"] for key in with_key(alice, new["api_key"]).get(KEYS).json()["api_keys"]] == [new["id"]]

    def test_but_not_a_revoked_one(self, alice: Person) -> None:
        key = make(alice)["id"]
        alice.delete(KEY, key=key)
        assert error_of(alice.post(ROTATE, key=key)) == (400, "cannot_rotate_revoked_key")

    def test_of_many_at_once_one_wins(self, alice: Person) -> None:
        key = make(alice)["id"]
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: alice.post(ROTATE, key=key).status_code, range(4)))
        assert sorted(statuses) == [201, 400, 400, 400]
