"""What keys of a branch may do, on every endpoint with real objects, and that ids of another place open nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.cast import BRANCH, TABLE, Person, Server, error_of, new_project
from tests.contract.test_every_endpoint_has_a_rule import RULES

BUCKET_NAME, TABLE_NAME = "in.c-sales", "orders"
ORDERS = {"bucket": BUCKET_NAME, "table": TABLE_NAME}
SNAPSHOT = BRANCH + "/snapshots/{snapshot}"
IN_BRANCHES = [
    (path, method, rule)
    for path, methods in RULES.items()
    for method, rule in methods.items()
    if "<str:branch_id>" in path
]
SCOPES = ["branch_admin", "branch_read"]


@dataclass
class Place:
    """A branch that holds its own version of the table, with ids that exist nowhere else."""

    owner: Person
    snapshot: str
    version: str
    job: str


@dataclass
class Shop:
    """A project with three such branches, the default one among them, and keys of the branch `own`."""

    places: dict[str, Place]
    keys: dict[str, Person]
    file: str


def furnish(owner: Person) -> Place:
    owner.load("id\n2\n", TABLE_NAME, incremental=True).raise_for_status()
    body = {"bucket": BUCKET_NAME, "table": TABLE_NAME}
    snapshot = owner.post(BRANCH + "/snapshots", json=body).json()["id"]
    version = owner.get(TABLE + "/versions", **ORDERS).json()["versions"][0]
    return Place(owner, snapshot, version["id"], version["job_id"])


def key_of(owner: Person, branch: str, scope: str) -> Person:
    body = {"description": scope, "scope": scope, "branch_id": branch}
    key = owner.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    return Person(owner.server, key=key, project_id=owner.project_id, branch_id=branch)


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    with new_project(server) as owner:
        owner.make_bucket(BUCKET_NAME)
        owner.make_table(BUCKET_NAME, TABLE_NAME, {"id": "INTEGER"})
        branches = {name: owner.make_branch(name) for name in ("own", "other")} | {"default": "default"}
        people = {
            name: Person(server, key=owner.key, project_id=owner.project_id, branch_id=branches[name])
            for name in branches
        }
        # Branches first: they start from what main has then.
        places = {name: furnish(people[name]) for name in branches}
        keys = {scope: key_of(owner, branches["own"], scope) for scope in SCOPES}
        yield Shop(places, keys, owner.upload("id\n1\n"))


def filled(path: str, place: Place, *, table: str = TABLE_NAME, snapshot: str | None = None) -> str:
    names = {
        "project_id": place.owner.project_id,
        "branch_id": place.owner.branch_id,
        "bucket_name": BUCKET_NAME,
        "table_name": table,
        "column_name": "id",
        "snapshot_id": snapshot or place.snapshot,
        "version": place.version,
        "workspace_id": "none",
    }
    return re.sub("<str:([a-z_]+)>", lambda match: str(names[match.group(1)]), path)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", ["other", "default"])
@pytest.mark.parametrize(("path", "method", "rule"), IN_BRANCHES)
def test_no_key_leaves_its_branch(shop: Shop, scope: str, name: str, path: str, method: str, rule: str) -> None:
    place = shop.places[name]
    reply = shop.keys[scope].request(method, filled(path, place))
    assert refusal(reply) == (403, f"Access denied to branch {place.owner.branch_id}")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("path", "method", "rule"), IN_BRANCHES)
def test_inside_of_its_branch_the_scope_decides(shop: Shop, scope: str, path: str, method: str, rule: str) -> None:
    place = shop.places["own"]
    is_allowed = rule == "read" or (rule == "write" and scope == "branch_admin")
    # What is allowed to change something meets names that do not exist, so that the shop stays as it is.
    spared = {"table": "none", "snapshot": "none"} if is_allowed and rule == "write" else {}
    reply = shop.keys[scope].request(method, filled(path, place, **spared))
    if is_allowed:
        assert reply.status_code not in (401, 403)
    else:
        assert refusal(reply) == (403, f"Access denied to branch {place.owner.branch_id}")


def refusal(reply: httpx.Response) -> tuple[int, str]:
    assert list(reply.json()["detail"]) == ["error", "message"], reply.text
    return reply.status_code, reply.json()["detail"]["message"]


@pytest.mark.parametrize("scope", ["project_admin", *SCOPES])
@pytest.mark.parametrize("name", ["other", "default"])
class TestIdsOfAnotherBranch:
    """In a path of one's own branch they do not exist, whatever the key."""

    @pytest.fixture
    def caller(self, shop: Shop, scope: str) -> Person:
        return shop.places["own"].owner if scope == "project_admin" else shop.keys[scope]

    @pytest.mark.parametrize(
        ("method", "tail"), [("GET", ""), ("GET", "/download"), ("DELETE", ""), ("POST", "/restore")]
    )
    def test_snapshots(self, shop: Shop, caller: Person, scope: str, name: str, method: str, tail: str) -> None:
        foreign = shop.places[name].snapshot
        reply = caller.request(method, SNAPSHOT + tail, snapshot=foreign, json={} if method == "POST" else None)
        if scope == "branch_read" and method != "GET":
            assert error_of(reply) == (403, "forbidden")
            return
        assert error_of(reply) == (404, "snapshot_not_found")
        assert reply.json()["detail"]["details"] == {"snapshot_id": foreign, "project_id": caller.project_id}
        assert shop.places[name].owner.get(SNAPSHOT, snapshot=foreign).status_code == 200

    def test_versions(self, shop: Shop, caller: Person, scope: str, name: str) -> None:
        foreign = shop.places[name].version
        looked = caller.get(TABLE + "/preview", **ORDERS, params={"version": foreign})
        assert error_of(looked) == (404, "version_not_found")
        restored = caller.post(TABLE + "/versions/{version}/restore", **ORDERS, version=foreign)
        assert error_of(restored) == ((403, "forbidden") if scope == "branch_read" else (404, "version_not_found"))
        assert foreign not in caller.get(TABLE + "/versions", **ORDERS).text

    def test_jobs(self, shop: Shop, caller: Person, scope: str, name: str) -> None:
        if scope == "project_admin":
            pytest.skip("the owner sees all jobs of the project")
        foreign = shop.places[name].job
        for reply in (caller.get(f"/jobs/{foreign}"), caller.post(f"/jobs/{foreign}/cancel")):
            assert error_of(reply) == (404, "job_not_found")
        assert foreign not in caller.get("/projects/{p}/jobs").text


class TestTheProject:
    @pytest.mark.parametrize("scope", SCOPES)
    def test_of_the_project_itself_a_branch_key_sees_no_more_than_its_object(self, shop: Shop, scope: str) -> None:
        key = shop.keys[scope]
        assert key.get("/projects/{p}").status_code == 200
        for path in ("stats", "api-keys", "branches", "operations", "operations/stats", "operations/1"):
            assert refusal(key.get("/projects/{p}/" + path)) == (403, f"Access denied to project {key.project_id}")
        assert key.get("/projects/{p}/settings/snapshots").status_code == 403

    def test_files_are_for_the_admin_of_a_branch_only(self, shop: Shop) -> None:
        path = "/projects/{p}/files/" + shop.file
        assert shop.keys["branch_admin"].get(path).status_code == 200
        assert shop.keys["branch_read"].get(path).status_code == 403

    def test_who_may_only_read_cancels_nothing(self, shop: Shop) -> None:
        own = shop.places["own"].job
        assert shop.keys["branch_read"].get(f"/jobs/{own}").status_code == 200
        assert error_of(shop.keys["branch_read"].post(f"/jobs/{own}/cancel")) == (403, "forbidden")
        assert error_of(shop.keys["branch_admin"].post(f"/jobs/{own}/cancel")) == (409, "job_finished")


class TestSockets:
    def socket(self, person: Person, path: str) -> ClientConnection:
        url = person.server.url.replace("http://", "ws://") + path
        return connect(url, additional_headers={"Authorization": f"Bearer {person.key}"})

    @pytest.mark.parametrize("scope", SCOPES)
    @pytest.mark.parametrize(("name", "code"), [("own", 1000), ("other", 4404), ("default", 4404)])
    def test_of_one_job(self, shop: Shop, scope: str, name: str, code: int) -> None:
        shown, closing = set(), None
        with self.socket(shop.keys[scope], f"/ws/jobs/{shop.places[name].job}/") as socket:
            try:
                while True:
                    shown.add(json.loads(socket.recv(timeout=20))["id"])
            except ConnectionClosed as closed:
                closing = closed.rcvd
        assert closing is not None
        assert (closing.code, shown) == (code, {shop.places["own"].job} if code == 1000 else set())

    @pytest.mark.parametrize("scope", SCOPES)
    def test_of_the_project_shows_the_jobs_of_the_own_branch(self, shop: Shop, scope: str) -> None:
        own = shop.places["own"].owner
        with self.socket(shop.keys[scope], f"/ws/projects/{own.project_id}/jobs/") as socket:
            assert json.loads(socket.recv(timeout=20))["branch_id"] == own.branch_id
            for name in ("other", "default", "own"):
                reply = shop.places[name].owner.post(TABLE + "/profile", **ORDERS, headers={"Prefer": "respond-async"})
                last = reply.json()["id"]
            seen = [json.loads(socket.recv(timeout=20))]
            while seen[-1]["id"] != last:
                seen.append(json.loads(socket.recv(timeout=20)))
        assert {job["branch_id"] for job in seen} == {own.branch_id}


@pytest.mark.parametrize("name", ["own", "default"])
def test_ids_of_another_project_lead_nowhere(shop: Shop, carol: Person, name: str) -> None:
    """With the same names of bucket and table there, so that nothing but the id differs."""
    place = shop.places[name]
    carol.make_bucket(BUCKET_NAME)
    carol.make_table(BUCKET_NAME, TABLE_NAME, {"id": "INTEGER"})
    if name == "own":
        assert error_of(carol.get(BRANCH + "/snapshots", br=place.owner.branch_id)) == (404, "branch_not_found")
        assert error_of(carol.get(TABLE, **ORDERS, br=place.owner.branch_id)) == (404, "branch_not_found")
    for reply in (
        carol.get(SNAPSHOT, snapshot=place.snapshot),
        carol.get(SNAPSHOT + "/download", snapshot=place.snapshot),
        carol.delete(SNAPSHOT, snapshot=place.snapshot),
        carol.post(SNAPSHOT + "/restore", snapshot=place.snapshot, json={}),
    ):
        assert error_of(reply) == (404, "snapshot_not_found")
    assert error_of(carol.get(TABLE + "/preview", **ORDERS, params={"version": place.version})) == (
        404,
        "version_not_found",
    )
    restored = carol.post(TABLE + "/versions/{version}/restore", **ORDERS, version=place.version)
    assert error_of(restored) == (404, "version_not_found")
    assert error_of(carol.get(f"/jobs/{place.job}")) == error_of(carol.post(f"/jobs/{place.job}/cancel"))
    assert error_of(carol.get(f"/jobs/{place.job}")) == (404, "job_not_found")
    for method, tail in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/download")):
        body = {} if method == "PATCH" else None
        reply = carol.request(method, "/projects/{p}/files/{file}" + tail, file=shop.file, json=body)
        assert error_of(reply) == (404, "file_not_found")
    loaded = carol.post(TABLE + "/import/file", **ORDERS, json={"file_id": shop.file})
    assert error_of(loaded) == (404, "file_not_found")
    (operation,) = place.owner.get("/projects/{p}/operations", params={"limit": 1}).json()["operations"]
    assert error_of(carol.get("/projects/{p}/operations/" + operation["id"])) == (404, "operation_not_found")
