from __future__ import annotations

import datetime
import random
import re
import string
from pathlib import Path

import pytest

from tests.cast import BRANCH, BRANCHES, BUCKETS, TABLE, TABLES, Person, Server, error_of, new_project, start_server
from tests.endpoint_contract import EndpointContract

ONE_ROW = "id,amount\n1,10\n"


def directory(person: Person, branch: str) -> Path:
    return person.server.data_dir / "duckdb" / f"project_{person.project_id}_branch_{branch}"


def versions(person: Person) -> list[str]:
    return sorted(path.name for path in (person.server.data_dir / f"versions/project_{person.project_id}").glob("*"))


def with_key(owner: Person, branch: str, scope: str) -> Person:
    body = {"description": scope, "scope": scope, "branch_id": branch}
    key = owner.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    return Person(owner.server, key=key, project_id=owner.project_id, branch_id=branch)


class TestCreate(EndpointContract):
    path, method, needs, has_body = BRANCHES, "POST", "manage", True

    def test_the_answer(self, alice: Person) -> None:
        made = alice.post(BRANCHES, json={"name": "dev", "description": "for tests", "extra": 1})
        branch = made.json()
        assert made.status_code == 201
        assert re.fullmatch(r"[0-9a-f]{8}", branch["id"])
        assert branch["created_at"].endswith("+00:00")
        assert datetime.datetime.fromisoformat(branch["created_at"]).tzinfo is not None
        assert branch == {
            "id": branch["id"],
            "project_id": alice.project_id,
            "name": "dev",
            "created_at": branch["created_at"],
            "created_by": None,
            "description": "for tests",
            "table_count": 0,
            "size_bytes": 0,
        }

    def test_a_new_branch_has_an_empty_directory_and_no_copies(self, alice: Person, orders: dict) -> None:
        before = versions(alice)
        branch = alice.make_branch()
        assert list(directory(alice, branch).iterdir()) == []
        assert versions(alice) == before

    @pytest.mark.parametrize("name", ["", "default", "  ", "Großer Zweig 🌿", "a/b\"'", "x" * 2500])
    def test_any_string_is_a_name(self, alice: Person, name: str) -> None:
        reply = alice.post(BRANCHES, json={"name": name})
        assert (reply.status_code, reply.json()["name"], reply.json()["description"]) == (201, name, None)

    def test_a_name_has_a_length_that_every_catalog_can_index(self, alice: Person) -> None:
        branch, longest = alice.make_branch(), "".join(random.choices(string.ascii_letters, k=2500))
        assert alice.post(BRANCHES, json={"name": longest}).status_code == 201
        for name in (longest + "x", "🌿" * 626, "x" * 1_000_000):
            for reply in (
                alice.post(BRANCHES, json={"name": name}),
                alice.patch(BRANCH, br=branch, json={"name": name}),
            ):
                assert error_of(reply) == (400, "invalid_branch_name")
                assert reply.json()["detail"]["message"] == "Invalid branch name: use at most 2500 bytes."
                assert reply.json()["detail"]["details"] == {"name": name[:200]}

    @pytest.mark.parametrize(
        ("body", "kind"),
        [({}, "missing"), ({"name": 1}, "string_type"), ({"name": "a", "description": 1}, "string_type")],
    )
    def test_what_is_no_branch(self, alice: Person, body: dict, kind: str) -> None:
        reply = alice.post(BRANCHES, json=body)
        assert (reply.status_code, reply.json()["detail"][0]["type"]) == (422, kind)

    def test_a_name_is_taken_once(self, alice: Person, carol: Person) -> None:
        branch = alice.make_branch("dev")
        reply = alice.post(BRANCHES, json={"name": "dev"})
        assert error_of(reply) == (409, "branch_name_exists")
        assert reply.json()["detail"]["message"] == "Branch with name 'dev' already exists"
        assert reply.json()["detail"]["details"] == {"project_id": alice.project_id, "name": "dev"}
        assert carol.post(BRANCHES, json={"name": "dev"}).status_code == 201
        alice.delete(BRANCH, br=branch)
        assert alice.post(BRANCHES, json={"name": "dev"}).status_code == 201

    def test_an_unknown_project(self, admin: Person) -> None:
        reply = admin.post(BRANCHES, p="nope", json={"name": "dev"})
        assert error_of(reply) == (404, "project_not_found")

    def test_it_is_in_the_history(self, alice: Person) -> None:
        branch = alice.make_branch()
        assert ("create_branch", "success", "branch", branch) in alice.server.events(alice.project_id or "")


class TestList(EndpointContract):
    path, method, needs = BRANCHES, "GET", "manage"

    def test_newest_first_by_the_page_and_without_the_default_branch(self, alice: Person) -> None:
        assert alice.get(BRANCHES).json() == {"branches": [], "count": 0, "total": 0}
        made = [alice.make_branch(name) for name in ("a", "b", "c")]
        listed = alice.get(BRANCHES).json()
        assert [branch["id"] for branch in listed["branches"]] == made[::-1]
        assert (listed["count"], listed["total"]) == (3, 3)
        page = alice.get(BRANCHES, params={"limit": 2, "offset": 2}).json()
        assert [branch["name"] for branch in page["branches"]] == ["a"]
        assert (page["count"], page["total"]) == (1, 3)

    @pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 1001), ("offset", -1)])
    def test_outside_of_the_bounds(self, alice: Person, name: str, value: int) -> None:
        reply = alice.get(BRANCHES, params={name: value})
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", name])

    def test_the_numbers_of_what_branches_hold(self, alice: Person, orders: dict) -> None:
        full, _empty = alice.make_branch("full"), alice.make_branch("empty")
        alice.branch_id = full
        alice.load(ONE_ROW, "orders").raise_for_status()
        size = alice.get(TABLE, bucket="in.c-sales", table="orders").json()["size_bytes"]
        numbers = {b["name"]: (b["table_count"], b["size_bytes"]) for b in alice.get(BRANCHES).json()["branches"]}
        assert numbers == {"full": (1, size), "empty": (0, 0)}

    def test_a_key_of_a_branch_cannot_see_the_others(self, alice: Person) -> None:
        developer = with_key(alice, alice.make_branch(), "branch_admin")
        reply = developer.get(BRANCHES)
        assert error_of(reply) == (403, "forbidden")
        assert reply.json()["detail"]["message"] == f"Access denied to project {alice.project_id}"


class TestGet(EndpointContract):
    path, method, needs = BRANCH, "GET", "read"

    def test_a_wrong_method_is_405_and_names_the_right_ones(self, alice: Person) -> None:
        assert alice.put(BRANCH).headers["Allow"] == "DELETE, GET, HEAD, PATCH"

    def test_with_the_tables_it_holds(self, alice: Person, orders: dict) -> None:
        alice.branch_id = branch = alice.make_branch()
        assert alice.get(BRANCH).json()["copied_tables"] == []
        alice.load(ONE_ROW, "orders").raise_for_status()
        alice.make_table("in.c-sales", "made", {"id": "INTEGER"})
        detail = alice.get(BRANCH).json()
        assert (detail["id"], detail["table_count"]) == (branch, 2)
        assert [(t["bucket_name"], t["table_name"]) for t in detail["copied_tables"]] == [
            ("in.c-sales", "made"),
            ("in.c-sales", "orders"),
        ]
        assert all(table["copied_at"].endswith("+00:00") for table in detail["copied_tables"])

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    @pytest.mark.parametrize("branch", ["default", "00000000"])
    def test_the_default_branch_cannot_be_addressed(self, alice: Person, method: str, branch: str) -> None:
        reply = alice.request(method, BRANCH, br=branch, json={} if method == "PATCH" else None)
        assert error_of(reply) == (404, "branch_not_found")
        assert reply.json()["detail"]["message"] == f"Branch {branch} not found in project {alice.project_id}"
        assert reply.json()["detail"]["details"] == {"project_id": alice.project_id, "branch_id": branch}

    def test_a_branch_of_another_project(self, alice: Person, carol: Person, admin: Person) -> None:
        branch = carol.make_branch()
        assert error_of(alice.get(BRANCH, br=branch)) == (404, "branch_not_found")
        assert error_of(admin.get(BRANCH, p="nope", br=branch)) == (404, "project_not_found")


class TestUpdate(EndpointContract):
    path, method, needs, has_body = BRANCH, "PATCH", "manage", True

    def test_a_wrong_method_is_405_and_names_the_right_ones(self, alice: Person) -> None:
        assert "PATCH" in alice.post(BRANCH).headers["Allow"]

    def test_name_and_description(self, alice: Person) -> None:
        alice.branch_id = alice.make_branch("old")
        changed = alice.patch(BRANCH, json={"name": "new", "description": "text"})
        assert (changed.status_code, changed.json()["name"], changed.json()["description"]) == (200, "new", "text")
        assert alice.patch(BRANCH, json={"name": None}).json()["name"] == "new"
        assert alice.patch(BRANCH, json={"description": None}).json()["description"] is None
        assert alice.get(BRANCH).json()["name"] == "new"
        assert alice.post(BRANCHES, json={"name": "old"}).status_code == 201

    def test_a_name_that_is_taken(self, alice: Person) -> None:
        alice.make_branch("a")
        alice.branch_id = alice.make_branch("b")
        assert error_of(alice.patch(BRANCH, json={"name": "a"})) == (409, "branch_name_exists")
        assert alice.patch(BRANCH, json={"name": "b"}).status_code == 200


class TestDelete(EndpointContract):
    path, method, needs = BRANCH, "DELETE", "manage"

    def test_a_wrong_method_is_405_and_names_the_right_ones(self, alice: Person) -> None:
        assert "DELETE" in alice.put(BRANCH).headers["Allow"]

    def test_everything_of_it_goes_and_main_stays(self, alice: Person, orders: dict) -> None:
        alice.load(ONE_ROW, "orders").raise_for_status()
        main, before = alice.get(TABLE, bucket="in.c-sales", table="orders").json(), versions(alice)
        branch = alice.make_branch()
        developer = with_key(alice, branch, "branch_admin")
        developer.load("id,amount\n2,20\n", "orders", incremental=True).raise_for_status()
        developer.make_table("in.c-sales", "made", {"id": "INTEGER"})
        assert alice.delete(BRANCH, br=branch).status_code == 204
        assert error_of(alice.get(BRANCH, br=branch)) == (404, "branch_not_found")
        assert error_of(alice.get(BUCKETS, br=branch)) == (404, "branch_not_found")
        assert error_of(developer.get(BUCKETS)) == (403, "forbidden")
        assert not directory(alice, branch).exists()
        assert versions(alice) == before
        assert alice.get(TABLE, bucket="in.c-sales", table="orders").json() == main
        assert len(alice.rows("orders")) == 1
        assert ("delete_branch", "success", "branch", branch) in alice.server.events(alice.project_id or "")

    def test_as_a_job(self, alice: Person, orders: dict) -> None:
        branch = alice.make_branch()
        alice.load(ONE_ROW, "orders", headers={}).raise_for_status()
        reply = alice.delete(BRANCH, br=branch, headers={"Prefer": "respond-async"})
        job = reply.json()
        assert (reply.status_code, reply.headers["Location"]) == (202, f"/jobs/{job['id']}")
        assert (job["type"], job["branch_id"], job["params"]) == ("branch_delete", "default", {"branch_id": branch})
        done = alice.wait_for(job["id"])
        assert (done["state"], done["result"]) == ("success", {"branch_id": branch})
        assert alice.get(BRANCH, br=branch).status_code == 404
        gone = alice.delete(BRANCH, br=branch, headers={"Prefer": "respond-async"})
        assert error_of(gone) == (404, "branch_not_found")

    def test_nobody_can_delete_the_branch_of_his_own_key(self, alice: Person) -> None:
        developer = with_key(alice, alice.make_branch(), "branch_admin")
        reply = developer.delete(BRANCH)
        assert error_of(reply) == (403, "forbidden")
        assert reply.json()["detail"]["message"] == f"Access denied to branch {developer.branch_id}"


class TestKeys:
    def test_a_key_works_inside_of_its_own_branch_only(self, alice: Person, orders: dict) -> None:
        own, other = alice.make_branch("own"), alice.make_branch("other")
        developer, reader = with_key(alice, own, "branch_admin"), with_key(alice, own, "branch_read")
        assert developer.load(ONE_ROW, "orders").status_code == 200
        for person in (developer, reader):
            assert len(person.rows("orders")) == 1
            assert person.get(BRANCH).status_code == person.get(BRANCH + "/diff").status_code == 200
            for branch in (other, "default"):
                for path in (BRANCH, BRANCH + "/diff", BUCKETS, TABLES, TABLE, TABLE + "/preview"):
                    reply = person.get(path, br=branch, **names_in(path))
                    assert reply.status_code == 403
                    assert reply.json()["detail"] == {
                        "error": "forbidden",
                        "message": f"Access denied to branch {branch}",
                    }
        for path in (TABLE + "/import/file", TABLE + "/export", BRANCH + "/tables/{bucket}/{table}/pull"):
            assert reader.post(path, **names_in(path)).status_code == 403

    def test_it_sees_the_jobs_of_its_branch_only(self, alice: Person, orders: dict) -> None:
        developer = with_key(alice, alice.make_branch(), "branch_admin")
        alice.load(ONE_ROW, "orders").raise_for_status()
        developer.load(ONE_ROW, "orders").raise_for_status()
        developer.post(TABLE + "/export", bucket="in.c-sales", table="orders", json={}).raise_for_status()
        seen = developer.get("/projects/{p}/jobs").json()["jobs"]
        assert [(job["type"], job["branch_id"]) for job in seen] == [
            ("table_export", developer.branch_id),
            ("table_import", developer.branch_id),
        ]
        assert len(alice.get("/projects/{p}/jobs").json()["jobs"]) == 3


def names_in(path: str) -> dict[str, str]:
    names = {"bucket": "in.c-sales", "table": "orders"}
    return {name: value for name, value in names.items() if "{" + name + "}" in path}


class TestTheDirectoryOfABranch:
    def test_is_not_taken_from_a_project(self, admin: Person, alice: Person) -> None:
        branch = alice.make_branch()
        namesake = {"id": f"{alice.project_id}_branch_{branch}"}
        assert error_of(admin.post("/projects", json=namesake)) == (409, "project_exists")
        alice.delete(BRANCH, br=branch)
        assert admin.post("/projects", json=namesake).status_code == 201
        admin.delete("/projects/{p}", p=namesake["id"])

    def test_goes_with_the_project_also_when_keys_of_the_branch_exist(self, server: Server) -> None:
        with new_project(server) as owner:
            branch = owner.make_branch()
            with_key(owner, branch, "branch_read")
            assert directory(owner, branch).is_dir()
            assert owner.delete("/projects/{p}").status_code == 204
            assert not directory(owner, branch).exists()


def test_strict_names(tmp_path: Path) -> None:
    server = start_server(tmp_path, KBSTORE_STRICT_BRANCH_NAMES="true")
    try:
        with new_project(server) as owner:
            for name in ("", "  ", "default", " default ", "x" * 256):
                assert error_of(owner.post(BRANCHES, json={"name": name})) == (400, "invalid_branch_name")
            branch = owner.post(BRANCHES, json={"name": "  dev "}).json()
            assert branch["name"] == "dev"
            assert error_of(owner.patch(BRANCH, br=branch["id"], json={"name": ""})) == (400, "invalid_branch_name")
    finally:
        server.stop()
