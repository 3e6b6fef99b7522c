"""Every list comes in pages and says how many there are in all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import BRANCH, BRANCHES, BUCKETS, TABLE, TABLES, Person, Server, new_project
from tests.live_server import ADMIN_KEY

ORDERS = {"bucket": "in.c-sales", "table": "orders"}
#: path, member that holds the entries, member of an entry that tells it from the others
LISTS = [
    ("/projects", "projects", "id"),
    (BUCKETS, "buckets", "name"),
    (TABLES, "tables", "name"),
    (BRANCHES, "branches", "id"),
    (BRANCH + "/diff", "tables", "table_name"),
    (BRANCH + "/snapshots", "snapshots", "id"),
    (TABLE + "/versions", "versions", "id"),
    ("/projects/{p}/api-keys", "api_keys", "id"),
    ("/projects/{p}/files", "files", "id"),
    ("/projects/{p}/jobs", "jobs", "id"),
    ("/projects/{p}/operations", "operations", "id"),
]
NAMES = [path for path, _, _ in LISTS]


@pytest.fixture(scope="module")
def reader(server: Server) -> Iterator[Person]:
    """The admin, in a branch of a project that has at least three of everything."""
    with new_project(server) as owner, new_project(server), new_project(server):
        branches = [owner.make_branch(name) for name in ("a", "b", "c")]
        for name in ("in.c-sales", "in.c-other", "in.c-third"):
            owner.make_bucket(name)
        for name in ("orders", "items", "people"):
            owner.make_table("in.c-sales", name, {"id": "INTEGER"})
            owner.branch_id = branches[0]
            for _ in range(3 if name == "orders" else 1):
                owner.load("id\n1\n", name).raise_for_status()
                body = {"bucket": "in.c-sales", "table": name}
                owner.post(BRANCH + "/snapshots", json=body).raise_for_status()
            owner.branch_id = "default"
            owner.post("/projects/{p}/api-keys", json={"description": name}).raise_for_status()
        yield Person(server, key=ADMIN_KEY, project_id=owner.project_id, branch_id=branches[0])


def page(reader: Person, path: str, **query: Any) -> dict[str, Any]:
    reply = reader.get(path, **named(path), params=query)
    reply.raise_for_status()
    return reply.json()


def named(path: str) -> dict[str, str]:
    return {name: value for name, value in ORDERS.items() if "{" + name + "}" in path}


@pytest.mark.parametrize(("path", "member", "key"), LISTS, ids=NAMES)
def test_pages_follow_each_other_without_gaps(reader: Person, path: str, member: str, key: str) -> None:
    if path == "/projects":  # other tests of this worker make none meanwhile, but there may be many
        total = page(reader, path, limit=1)["total"]
        pages = [page(reader, path, limit=1, offset=n) for n in range(3)]
        whole = page(reader, path, limit=3)
    else:
        whole = page(reader, path, limit=1000)
        total = whole["total"]
        assert total == len(whole[member]) >= 3
        pages = [page(reader, path, limit=1, offset=n) for n in range(total)]
    assert [one[member][0][key] for one in pages] == [entry[key] for entry in whole[member]]
    assert {one["total"] for one in pages} == {total}
    assert {len(one[member]) for one in pages} == {1}


@pytest.mark.parametrize(("path", "member", "key"), LISTS, ids=NAMES)
def test_beyond_the_end_is_an_empty_page_with_the_total(reader: Person, path: str, member: str, key: str) -> None:
    beyond = page(reader, path, limit=10, offset=10**30)
    assert (beyond[member], beyond["total"] >= 3) == ([], True)


@pytest.mark.parametrize("path", NAMES)
def test_bounds_are_checked(reader: Person, path: str) -> None:
    for name, value in (("limit", 0), ("limit", 1001), ("limit", ""), ("limit", "x"), ("offset", -1), ("offset", "")):
        reply = reader.get(path, **named(path), params={name: value})
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", name]), (name, value)
