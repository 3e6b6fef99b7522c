"""Which key may do what with workspaces of main, of its own branch and of another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.api.workspaces.test_workspaces import OF_BRANCH, WORKSPACE, WORKSPACES, make, make_on
from tests.cast import Person, Server, error_of, new_project

ROUTES = [
    ("GET", WORKSPACE),
    ("POST", WORKSPACE + "/clear"),
    ("DELETE", WORKSPACE + "/objects/none"),
    ("POST", WORKSPACE + "/load"),
    ("POST", WORKSPACE + "/credentials/reset"),
]


@dataclass(frozen=True)
class Lab:
    """A project with a workspace on main and on each of two branches, and the keys of one of them."""

    owner: Person
    workspaces: dict[str, str]
    keys: dict[str, Person]


@pytest.fixture(scope="module")
def lab(server: Server) -> Iterator[Lab]:
    with new_project(server) as owner:
        branch, other = owner.make_branch("own"), owner.make_branch("other")
        workspaces = {
            "main": make(owner)["id"],
            "own": make_on(owner, branch)["id"],
            "other": make_on(owner, other)["id"],
        }
        keys = {}
        for scope in ("branch_admin", "branch_read"):
            body = {"description": scope, "scope": scope, "branch_id": branch}
            key = owner.post("/projects/{p}/api-keys", json=body).json()["api_key"]
            keys[scope] = Person(server, key=key, project_id=owner.project_id, branch_id=branch)
        yield Lab(owner, workspaces, keys)


def status_of(person: Person, method: str, path: str, workspace_id: str) -> int:
    body = {"tables": []} if path.endswith("/load") else None
    return person.request(method, path, id=workspace_id, json=body).status_code


@pytest.mark.parametrize(("method", "path"), ROUTES)
class TestOneWorkspace:
    def test_the_admin_of_a_branch_may_do_all_with_its_workspaces(self, lab: Lab, method: str, path: str) -> None:
        assert status_of(lab.keys["branch_admin"], method, path, lab.workspaces["own"]) != 403

    @pytest.mark.parametrize("place", ["main", "other"])
    @pytest.mark.parametrize("scope", ["branch_admin", "branch_read"])
    def test_and_nothing_with_others(self, lab: Lab, method: str, path: str, place: str, scope: str) -> None:
        assert status_of(lab.keys[scope], method, path, lab.workspaces[place]) == 403

    def test_a_reader_may_look_only(self, lab: Lab, method: str, path: str) -> None:
        status = status_of(lab.keys["branch_read"], method, path, lab.workspaces["own"])
        assert status == (200 if method == "GET" else 403)


def test_a_reader_deletes_nothing(lab: Lab) -> None:
    for workspace_id in lab.workspaces.values():
        assert error_of(lab.keys["branch_read"].delete(WORKSPACE, id=workspace_id)) == (403, "forbidden")
    assert lab.owner.get(WORKSPACES).json()["count"] == 3


@pytest.mark.parametrize("scope", ["branch_admin", "branch_read"])
def test_the_list_of_the_project_shows_a_branch_key_those_of_its_branch(lab: Lab, scope: str) -> None:
    shown = lab.keys[scope].get(WORKSPACES).json()
    assert ([item["id"] for item in shown["workspaces"]], shown["total"]) == ([lab.workspaces["own"]], 1)


@pytest.mark.parametrize(("scope", "status"), [("branch_admin", 201), ("branch_read", 403)])
def test_creating_in_the_own_branch(lab: Lab, scope: str, status: int) -> None:
    reply = lab.keys[scope].post(OF_BRANCH, json={"name": "x"})
    assert reply.status_code == status
    if status == 201:
        assert lab.keys[scope].delete(WORKSPACE, id=reply.json()["id"]).status_code == 204


@pytest.mark.parametrize("scope", ["branch_admin", "branch_read"])
def test_creating_on_main_is_for_the_project(lab: Lab, scope: str) -> None:
    reply = lab.keys[scope].post(WORKSPACES, json={"name": "x"})
    assert error_of(reply) == (403, "forbidden")
    assert reply.json()["detail"]["message"] == f"Access denied to project {lab.owner.project_id}"
