"""Decision 25: the history of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.storage.test_snapshots import current_file, file_of, gone_soon, link_bucket, restore, take
from tests.cast import TABLE, Person, Server, error_of, new_project, start_server
from tests.endpoint_contract import EndpointContract

VERSIONS = TABLE + "/versions"
RESTORE = VERSIONS + "/{version}/restore"
PREVIEW = TABLE + "/preview"
ORDERS = {"bucket": "in.c-sales", "table": "orders"}


def load(person: Person, *numbers: int, incremental: bool = False, table: str = "orders") -> None:
    content = "id,amount\n" + "".join(f"{number},{number}\n" for number in numbers)
    person.load(content, table, incremental=incremental).raise_for_status()


def history(person: Person, names: dict[str, str] | None = None, **query: Any) -> list[dict[str, Any]]:
    reply = person.get(VERSIONS, **(names or ORDERS), params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()["versions"]


def numbers(person: Person) -> list[int]:
    return [version["version"] for version in history(person)]


def ids(person: Person, version: Any = None) -> list[int]:
    params = {} if version is None else {"version": version}
    reply = person.get(PREVIEW, **ORDERS, params=params)
    assert reply.status_code == 200, reply.text
    return sorted(row["id"] for row in reply.json()["rows"])


@pytest.mark.usefixtures("orders")
class TestList(EndpointContract):
    path, method, needs = VERSIONS, "GET", "read"

    def test_a_version(self, alice: Person) -> None:
        load(alice, 1, 2)
        reply = alice.get(VERSIONS, **ORDERS).json()
        assert reply.keys() == {"versions", "total"}
        table = alice.get(TABLE, **ORDERS).json()
        job = alice.get("/projects/{p}/jobs", params={"type": "table_import"}).json()["jobs"][0]
        newest, oldest = reply["versions"]
        assert len(newest.pop("id")) == 32
        assert newest.pop("created_at").endswith("+00:00")
        assert newest == {
            "version": 2,
            "operation": "import",
            "created_by": job["requested_by"],
            "job_id": job["id"],
            "row_count": 2,
            "size_bytes": table["size_bytes"],
            "columns": table["columns"],
            "primary_key": ["id"],
            "is_current": True,
            "snapshots": [],
        }
        assert (oldest["version"], oldest["operation"], oldest["row_count"], oldest["job_id"]) == (1, "create", 0, None)
        assert not oldest["is_current"]

    def test_pages(self, alice: Person) -> None:
        for number in range(3):
            load(alice, number)
        reply = alice.get(VERSIONS, **ORDERS, params={"limit": 2, "offset": 1}).json()
        assert ([version["version"] for version in reply["versions"]], reply["total"]) == ([3, 2], 4)
        assert alice.get(VERSIONS, **ORDERS, params={"limit": 0}).status_code == 422

    def test_it_names_the_snapshots_that_one_can_see(self, alice: Person) -> None:
        dev = dev_of(alice)
        load(alice, 1)
        of_main, of_branch = take(alice), take(dev)
        assert history(alice)[0]["snapshots"] == [of_main]
        assert history(dev)[0]["snapshots"] == [of_branch]

    def test_the_order_of_the_404s(self, alice: Person) -> None:
        for names, code in [
            ({"br": "nope"} | ORDERS, "branch_not_found"),
            ({"bucket": "nope", "table": "orders"}, "bucket_not_found"),
            ({"bucket": "in.c-sales", "table": "nope"}, "table_not_found"),
        ]:
            assert error_of(alice.get(VERSIONS, **names)) == (404, code)

    def test_on_a_branch(self, alice: Person) -> None:
        dev = dev_of(alice)
        load(alice, 1)
        assert history(dev) == history(alice)
        load(dev, 7)
        assert [(version["version"], version["row_count"]) for version in history(dev)] == [(1, 1)]
        assert numbers(alice) == [2, 1]

    def test_through_a_link_only_what_is(self, alice: Person, carol: Person) -> None:
        link_bucket(alice, carol)
        load(alice, 1)
        take(alice)
        linked = {"bucket": "linked", "table": "orders"}
        (only,) = history(carol, linked)
        assert (only["version"], only["row_count"], only["is_current"]) == (2, 1, True)
        assert (only["created_by"], only["job_id"], only["snapshots"]) == (None, None, [])
        assert error_of(carol.get(PREVIEW, **linked, params={"version": 1})) == (404, "version_not_found")
        assert error_of(carol.post(RESTORE, **linked, version="1")) == (403, "bucket_readonly")


def dev_of(person: Person) -> Person:
    """The same person in a new dev branch."""
    branch = person.server.add_branch(person.project_id)
    return Person(person.server, key=person.key, project_id=person.project_id, branch_id=branch)


@pytest.mark.usefixtures("orders")
class TestRestore(EndpointContract):
    path, method, needs = RESTORE, "POST", "write"
    names = {"bucket": "none", "table": "none", "version": "1"}

    def test_by_number_and_by_id(self, alice: Person) -> None:
        load(alice, 1)
        load(alice, 2)
        first = history(alice)[1]
        reply = alice.post(RESTORE, **ORDERS, version="2")
        assert (reply.status_code, reply.json()) == (200, alice.get(TABLE, **ORDERS).json())
        assert ids(alice) == [1]
        load(alice, 3)
        assert alice.post(RESTORE, **ORDERS, version=first["id"]).json()["row_count"] == 1
        assert ids(alice) == [1]
        assert numbers(alice) == [6, 5, 4, 3, 2, 1]
        assert [version["operation"] for version in history(alice)][:3] == ["restore", "import", "restore"]
        assert alice.server.events(alice.project_id)[-1] == ("restore_version", "success", "table", "in.c-sales.orders")
        load(alice, 9, incremental=True)
        assert ids(alice) == [1, 9]

    def test_it_copies_no_bytes_and_takes_no_snapshot(self, alice: Person) -> None:
        load(alice, 1)
        file = current_file(alice)
        load(alice, 2)
        alice.post(RESTORE, **ORDERS, version="2").raise_for_status()
        assert current_file(alice) != file
        assert current_file(alice).samefile(file)
        assert alice.get("/projects/{p}/branches/default/snapshots").json()["total"] == 0

    def test_the_current_one_is_there_already(self, alice: Person) -> None:
        load(alice, 1)
        for version in ("2", history(alice)[0]["id"]):
            assert alice.post(RESTORE, **ORDERS, version=version).status_code == 200
        assert numbers(alice) == [2, 1]

    @pytest.mark.parametrize("version", ["0", "3", "-1", "nope", "9" * 40, "²"])
    def test_of_what_is_not_there(self, alice: Person, version: str) -> None:
        load(alice, 1)
        for reply in (
            alice.post(RESTORE, **ORDERS, version=version),
            alice.get(PREVIEW, **ORDERS, params={"version": version}),
        ):
            assert error_of(reply) == (404, "version_not_found")

    def test_of_another_table(self, alice: Person) -> None:
        alice.make_table("in.c-sales", "other", {"id": "INTEGER"})
        foreign = history(alice, {"bucket": "in.c-sales", "table": "other"})[0]["id"]
        assert error_of(alice.post(RESTORE, **ORDERS, version=foreign)) == (404, "version_not_found")
        assert error_of(alice.get(PREVIEW, **ORDERS, params={"version": foreign})) == (404, "version_not_found")

    def test_on_a_branch_that_read_live_so_far(self, alice: Person) -> None:
        dev = dev_of(alice)
        load(alice, 1)
        load(alice, 2)
        assert dev.post(RESTORE, **ORDERS, version="2").json()["source"] == "branch"
        assert (ids(dev), ids(alice)) == ([1], [2])
        assert error_of(dev.post(RESTORE, **ORDERS, version="2")) == (404, "version_not_found")

    def test_of_data_that_is_lost(self, alice: Person) -> None:
        load(alice, 1)
        file = current_file(alice)
        load(alice, 2)
        file.unlink()
        assert error_of(alice.post(RESTORE, **ORDERS, version="2")) == (404, "version_not_found")
        assert ids(alice) == [2]


@pytest.mark.usefixtures("orders")
class TestPreview:
    def test_of_an_earlier_version(self, alice: Person) -> None:
        load(alice, 1)
        load(alice, 2, 3)
        assert ids(alice) == ids(alice, 3) == ids(alice, "") == [2, 3]
        assert ids(alice, 2) == ids(alice, history(alice)[1]["id"]) == [1]
        body = alice.get(PREVIEW, **ORDERS, params={"version": 2, "limit": 1}).json()
        assert (body["total_row_count"], body["preview_row_count"]) == (1, 1)

    def test_its_columns_are_those_it_had(self, alice: Person) -> None:
        snapshot_id = take(alice)
        alice.make_table("in.c-sales", "wide", {"a": "INTEGER", "b": "VARCHAR"})
        alice.delete(TABLE, **ORDERS).raise_for_status()
        alice.make_table("in.c-sales", "orders", {"x": "VARCHAR"})
        restore(alice, snapshot_id).raise_for_status()
        body = alice.get(PREVIEW, **ORDERS, params={"version": 1}).json()
        assert [column["name"] for column in body["columns"]] == ["x"]
        assert [column["name"] for column in alice.get(PREVIEW, **ORDERS).json()["columns"]] == ["id", "amount"]


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps two versions of a table."""
    running = start_server(tmp_path_factory.mktemp("forgetful"), KBSTORE_VERSIONS_KEPT="2")
    yield running
    running.stop()


@pytest.fixture
def dora(forgetful: Server) -> Iterator[Person]:
    """Owns a project on the server that forgets soon."""
    with new_project(forgetful) as owner:
        owner.make_bucket()
        owner.make_table("in.c-sales", "orders", {"id": "INTEGER", "amount": "INTEGER"})
        yield owner


@pytest.mark.xdist_group("forgetful")
class TestKept:
    """With a short history: what is superseded goes, what a snapshot pins stays."""

    def test_a_pinned_version_stays_until_its_snapshot_goes(self, dora: Person) -> None:
        load(dora, 1)
        snapshot_id = take(dora)
        pinned = file_of(dora, snapshot_id)
        for number in (2, 3, 4):
            load(dora, number)
        assert numbers(dora) == [5, 4, 2]
        assert (history(dora)[-1]["snapshots"], ids(dora, 2)) == ([snapshot_id], [1])
        dora.delete("/projects/{p}/branches/default/snapshots/{id}", id=snapshot_id).raise_for_status()
        assert numbers(dora) == [5, 4]
        assert gone_soon(pinned)

    def test_numbers_go_on_after_restores(self, dora: Person) -> None:
        load(dora, 1)
        snapshot_id = take(dora)
        for number in (2, 3):
            load(dora, number)
        dora.post(RESTORE, **ORDERS, version="2").raise_for_status()
        restore(dora, snapshot_id).raise_for_status()
        load(dora, 9, incremental=True)
        assert ids(dora) == [1, 9]
        # 2 is pinned by hand, 5 by what precedes a restore
        assert numbers(dora) == [7, 6, 5, 2]

    def test_a_snapshot_within_the_history_leaves_it_alone(self, dora: Person) -> None:
        load(dora, 1)
        snapshot_id = take(dora)
        load(dora, 2)
        dora.delete("/projects/{p}/branches/default/snapshots/{id}", id=snapshot_id).raise_for_status()
        assert numbers(dora) == [3, 2]
        assert ids(dora, 2) == [1]
