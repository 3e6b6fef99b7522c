"""Rest-core section 5."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cast import BUCKETS, TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

PROJECT = "/projects/{p}"
NUMBERS = {"size_bytes", "table_count", "bucket_count"}
MEMBERS = {"id", "name", "db_path", "created_at", "updated_at", "status", "settings"} | NUMBERS


def new_id() -> str:
    return f"proj_{uuid.uuid4().hex[:8]}_branch_x"


class TestCreate(EndpointContract):
    path, method, needs, has_body = "/projects", "POST", "admin", True

    def test_it_answers_the_project_and_its_key(self, admin: Person) -> None:
        project_id = new_id()
        reply = admin.post(self.path, json={"id": project_id, "name": "A", "settings": {"x": [1, None]}})
        body = reply.json()
        assert reply.status_code == 201
        assert body.keys() == MEMBERS | {"api_key"}
        assert (body["id"], body["name"], body["settings"]) == (project_id, "A", {"x": [1, None]})
        assert (body["status"], body["db_path"]) == ("active", f"project_{project_id}")
        assert (body["size_bytes"], body["table_count"], body["bucket_count"]) == (0, 0, 0)
        assert body["api_key"].startswith(f"proj_{project_id}_admin_")
        directory = admin.server.data_dir / "duckdb" / f"project_{project_id}"
        assert directory.is_dir()
        assert list(directory.iterdir()) == []
        assert admin.server.events(project_id) == [("create_project", "success", "project", project_id)]

    def test_an_id_can_be_taken_once(self, admin: Person, alice: Person) -> None:
        reply = admin.post(self.path, json={"id": alice.project_id})
        assert error_of(reply) == (409, "project_exists")
        assert reply.json()["detail"]["details"] == {"project_id": alice.project_id, "status": "active"}

    def test_of_many_at_once_one_wins(self, admin: Person) -> None:
        body = {"id": new_id()}
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: admin.post(self.path, json=body).status_code, range(8)))
        assert sorted(replies) == [201] + [409] * 7

    @pytest.mark.parametrize("name", ["", "../x", "a/b", "_a", "-a", "a b", "é", "a" * 65, ".", "a\n"])
    def test_an_odd_id_is_refused(self, admin: Person, name: str) -> None:
        assert error_of(admin.post(self.path, json={"id": name})) == (400, "invalid_name")

    def test_a_directory_that_is_not_empty_is_never_adopted(self, admin: Person) -> None:
        project_id = new_id()
        directory = admin.server.data_dir / "duckdb" / f"project_{project_id}"
        (directory / "old").mkdir(parents=True)
        assert error_of(admin.post(self.path, json={"id": project_id})) == (409, "project_exists")
        assert error_of(admin.get(PROJECT, p=project_id)) == (404, "not_found")
        (directory / "old").rmdir()
        assert admin.post(self.path, json={"id": project_id}).status_code == 201

    def test_a_fault_of_the_disk_is_create_failed_and_leaves_nothing(self, admin: Person) -> None:
        project_id = new_id()
        (admin.server.data_dir / "duckdb" / f"project_{project_id}").write_text("in the way")
        reply = admin.post(self.path, json={"id": project_id})
        assert error_of(reply) == (500, "create_failed")
        detail = reply.json()["detail"]
        assert detail["message"].startswith("Failed to create project: ")
        assert detail["details"] == {"project_id": project_id}
        assert error_of(admin.get(PROJECT, p=project_id)) == (404, "not_found")
        assert admin.server.events(project_id) == [("create_project", "failed", "project", project_id)]

    def test_the_directory_of_a_branch_is_not_taken(self, admin: Person, alice: Person) -> None:
        branch = alice.make_branch()
        body = {"id": f"{alice.project_id}_branch_{branch}"}
        assert error_of(admin.post(self.path, json=body)) == (409, "project_exists")

    @pytest.mark.parametrize("value", ["a\0b", 1, True])
    def test_a_name_is_text_without_nul(self, admin: Person, value: object) -> None:
        reply = admin.post(self.path, json={"id": new_id(), "name": value})
        assert (reply.status_code, reply.json()["detail"][0]["type"]) == (422, "string_type")


class TestList(EndpointContract):
    path, method, needs = "/projects", "GET", "admin"

    def test_newest_first_and_paged(self, admin: Person) -> None:
        made = [admin.post("/projects", json={"id": new_id()}).json()["id"] for _ in range(3)]
        body = admin.get("/projects?limit=1000").json()
        listed = [project["id"] for project in body["projects"] if project["id"] in made]
        assert listed == made[::-1]
        assert body.keys() == {"projects", "total"}
        assert body["projects"][0].keys() == MEMBERS
        page = admin.get("/projects?limit=1&offset=1").json()
        assert len(page["projects"]) == 1
        assert page["total"] >= 3

    def test_by_status(self, admin: Person, alice: Person) -> None:
        assert admin.get("/projects?status=deleted").json() == {"projects": [], "total": 0}
        assert admin.get("/projects?status=active").json()["total"] >= 1
        assert admin.get("/projects?status=").json()["total"] >= 1


class TestGet(EndpointContract):
    path, method, needs = PROJECT, "GET", "project_read"

    def test_its_numbers_are_counted_on_read(self, alice: Person, orders: dict) -> None:
        alice.make_bucket("empty")
        body = alice.get(PROJECT).json()
        assert body.keys() == MEMBERS
        assert (body["bucket_count"], body["table_count"]) == (2, 1)
        assert body["size_bytes"] == orders["size_bytes"] > 0

    def test_an_unknown_one_is_not_found(self, admin: Person) -> None:
        reply = admin.get(PROJECT, p="nope")
        assert reply.status_code == 404
        assert reply.json()["detail"] == {
            "error": "not_found",
            "message": "Project nope not found",
            "details": {"project_id": "nope"},
        }


class TestStats(EndpointContract):
    path, method, needs = "/projects/{p}/stats", "GET", "manage"

    def test_they_are_those_of_the_directory(self, alice: Person, orders: dict) -> None:
        directory = alice.server.data_dir / "duckdb" / f"project_{alice.project_id}"
        tables = list(directory.glob("*/*.duckdb"))
        assert alice.get(self.path).json() == {
            "id": alice.project_id,
            "size_bytes": sum(path.stat().st_size for path in tables),
            "table_count": len(tables),
            "bucket_count": len(list(directory.iterdir())),
        }

    def test_a_missing_directory_is_db_not_found(self, alice: Person) -> None:
        (alice.server.data_dir / "duckdb" / f"project_{alice.project_id}").rmdir()
        assert error_of(alice.get(self.path)) == (404, "db_not_found")
        assert error_of(alice.get(BUCKETS)) == (404, "project_db_not_found")


class TestUpdate(EndpointContract):
    path, method, needs, has_body = PROJECT, "PUT", "manage", True

    def test_name_and_settings_are_replaced(self, alice: Person) -> None:
        alice.put(PROJECT, json={"name": "old", "settings": {"a": 1}})
        body = alice.put(PROJECT, json={"name": "", "settings": {"b": 2}}).json()
        assert (body["name"], body["settings"]) == ("", {"b": 2})

    def test_nothing_given_changes_nothing(self, alice: Person) -> None:
        before = alice.get(PROJECT).json()
        assert alice.put(PROJECT, json={}).json() == before
        assert alice.put(PROJECT, json={"name": None, "settings": None}).json() == before

    def test_a_change_is_dated(self, alice: Person) -> None:
        before = alice.get(PROJECT).json()
        assert alice.put(PROJECT, json={"name": "x"}).json()["updated_at"] > before["updated_at"]


class TestDelete(EndpointContract):
    path, method, needs = PROJECT, "DELETE", "manage"

    def test_everything_goes_and_its_keys_are_strangers(self, admin: Person, alice: Person, orders: dict) -> None:
        data_dir = alice.server.data_dir
        alice.load("id,amount\n1,2\n", "orders").raise_for_status()
        alice.upload("kept apart from tables")
        assert alice.delete(PROJECT).status_code == 204
        assert alice.get(PROJECT).status_code == 403
        assert error_of(admin.get(PROJECT, p=alice.project_id)) == (404, "not_found")
        assert error_of(admin.delete(PROJECT, p=alice.project_id)) == (404, "not_found")
        for room in ("duckdb", "versions", "files"):
            assert not (data_dir / room / f"project_{alice.project_id}").exists()
        last = [event[:2] for event in alice.server.events(alice.project_id)[-2:]]
        assert last == [("delete_project", "success"), ("delete_project", "failed")]

    def test_with_branch_keys(self, alice: Person, bob: Person) -> None:
        assert alice.delete(PROJECT).status_code == 204
        assert bob.get(PROJECT).status_code == 403

    def test_the_id_can_be_used_again_and_starts_clean(self, admin: Person, alice: Person, orders: dict) -> None:
        alice.delete(PROJECT)
        key = admin.post("/projects", json={"id": alice.project_id}).json()["api_key"]
        assert key != alice.key
        again = Person(alice.server, key=key, project_id=alice.project_id)
        assert again.get(BUCKETS).json() == {"buckets": [], "total": 0}
        assert alice.get(PROJECT).status_code == 403
        assert again.get(TABLE, bucket="in.c-sales", table="orders").status_code == 404
