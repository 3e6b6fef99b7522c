"""GET .../files and GET, PATCH, DELETE of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.files.conftest import FILES
from tests.cast import Person, Server, error_of
from tests.endpoint_contract import EndpointContract

Register = Callable[..., dict[str, Any]]
FILE = FILES + "/{file_id}"
NO_FILE = {"file_id": "00000000-0000-0000-0000-000000000000"}


class TestListContract(EndpointContract):
    path, method, needs = FILES, "GET", "files"


class _OfOneFile(EndpointContract):
    path, needs = FILE, "files"
    names = NO_FILE

    def test_a_wrong_method_is_405_and_names_the_right_ones(self, alice: Person) -> None:
        reply = alice.post(self.path, **self.named())
        assert (reply.status_code, reply.json()) == (405, {"detail": "Method Not Allowed"})
        assert reply.headers["Allow"] == "DELETE, GET, HEAD, PATCH"


class TestGetContract(_OfOneFile):
    method = "GET"


class TestPatchContract(_OfOneFile):
    method, has_body = "PATCH", True


class TestDeleteContract(_OfOneFile):
    method = "DELETE"


def listed(person: Person, **params: Any) -> tuple[list[str], int]:
    """Names and total."""
    reply = person.get(FILES, params=params)
    assert reply.status_code == 200, reply.text
    return [file["name"] for file in reply.json()["files"]], reply.json()["total"]


def test_a_list_is_newest_first_and_pages(alice: Person, register: Register) -> None:
    assert alice.get(FILES).json() == {"files": [], "total": 0}
    for name in ("a", "b", "c"):
        register(b"x", name)
    assert listed(alice) == (["c", "b", "a"], 3)
    assert listed(alice, limit=1, offset=1) == (["b"], 3)
    assert listed(alice, offset=5) == ([], 3)


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"offset": -1}, {"tag": "nocolon"}])
def test_a_bad_query_is_422(alice: Person, params: dict[str, Any]) -> None:
    reply = alice.get(FILES, params=params)
    assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", next(iter(params))])


def test_staged_files_are_listed_on_request(alice: Person, register: Register) -> None:
    register(b"x", "registered")
    session = alice.post(FILES + "/prepare", json={"filename": "waiting"}).json()
    alice.put(session["upload_url"], content=b"abc").raise_for_status()
    assert listed(alice) == (["registered"], 1)
    assert listed(alice, include_staged="yes") == (["waiting", "registered"], 2)
    staged = alice.get(FILES, params={"include_staged": True}).json()["files"][0]
    assert (staged["is_staged"], staged["path"]) == (True, f"staging/{session['upload_key']}_waiting")
    assert staged["expires_at"] == session["expires_at"]


def test_filters_hold_together(alice: Person, register: Register) -> None:
    first = register(b"x", "a_1%.csv", tags={"kind": "raw", "2024": "yes", "ü.[0]": "1", "flag": "true"})
    register(b"x", "b_1.csv", tags={"kind": "raw:er"})
    register(b"x", "c")
    assert listed(alice, tag="kind:raw") == (["a_1%.csv"], 1)
    assert listed(alice, tag="kind:raw:er") == (["b_1.csv"], 1)
    assert listed(alice, tag="2024:yes")[1] == listed(alice, tag="ü.[0]:1")[1] == listed(alice, tag="flag:true")[1] == 1
    assert listed(alice, tag="kind:") == ([], 0)
    assert listed(alice, name_contains="1%") == (["a_1%.csv"], 1)
    assert listed(alice, name_contains="_1", tag="kind:raw") == (["a_1%.csv"], 1)
    assert listed(alice, since=first["created_at"])[1] == 3
    assert listed(alice, since="2999-01-01T00:00:00")[1] == 0
    # As people type it: the plus of the offset is not percent-encoded and means a blank.
    assert alice.get(f"{FILES}?since={first['created_at']}").json()["total"] == 3


def test_one_file_is_shown_to_its_project_only(alice: Person, carol: Person, admin: Person, register: Register) -> None:
    file = register(b"x")
    assert alice.get(FILE, file_id=file["id"]).json() == file
    reply = carol.get(FILE, file_id=file["id"])
    assert error_of(reply) == (404, "file_not_found")
    assert reply.json()["detail"]["details"] == {"project_id": carol.project_id, "file_id": file["id"]}
    assert error_of(admin.get(FILE, p="nowhere", file_id=file["id"])) == (404, "project_not_found")


def test_a_branch_admin_uses_the_projects_files(alice: Person, server: Server) -> None:
    branch = alice.make_branch()
    body = {"description": "Eve", "scope": "branch_admin", "branch_id": branch}
    key = alice.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    eve = Person(server, key=key, project_id=alice.project_id, branch_id=branch)
    file_id = eve.upload(b"hers")
    assert eve.get(FILE + "/download", file_id=file_id).content == b"hers"


def test_name_and_tags_can_be_changed_each_alone(alice: Person, register: Register) -> None:
    file = register(b"x", "old", tags={"a": "1"})
    renamed = alice.request("PATCH", FILE, file_id=file["id"], json={"name": "new"}).json()
    assert renamed == file | {"name": "new"}
    tagged = alice.request("PATCH", FILE, file_id=file["id"], json={"tags": {"b": "2"}}).json()
    assert tagged == renamed | {"tags": {"b": "2"}}
    assert alice.request("PATCH", FILE, file_id=file["id"], json={}).json() == tagged
    assert alice.request("PATCH", FILE, file_id=file["id"], json={"tags": None}).json()["tags"] is None
    assert error_of(alice.request("PATCH", FILE, file_id=file["id"], json={"name": ".."})) == (400, "invalid_filename")
    assert error_of(alice.request("PATCH", FILE, **NO_FILE, json={})) == (404, "file_not_found")


def test_a_delete_takes_record_and_content(alice: Person, register: Register, server: Server) -> None:
    file = register(b"x")
    stored = server.data_dir / "files" / file["path"]
    assert stored.exists()
    reply = alice.delete(FILE, file_id=file["id"])
    assert (reply.status_code, reply.content) == (204, b"")
    assert not stored.exists()
    for reply in (alice.delete(FILE, file_id=file["id"]), alice.get(FILE + "/download", file_id=file["id"])):
        assert error_of(reply) == (404, "file_not_found")
    assert list(server.data_dir.joinpath("_uploads").glob("*.intent")) == []


def test_a_file_that_lost_its_content_can_be_looked_at_and_deleted(
    alice: Person, register: Register, server: Server
) -> None:
    file = register(b"x")
    (server.data_dir / "files" / file["path"]).unlink()
    assert alice.get(FILE, file_id=file["id"]).status_code == 200
    reply = alice.get(FILE + "/download", file_id=file["id"])
    assert error_of(reply) == (404, "file_content_not_found")
    assert reply.json()["detail"]["details"] == {"file_id": file["id"]}
    assert alice.delete(FILE, file_id=file["id"]).status_code == 204
