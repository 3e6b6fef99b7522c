"""Rest-core section 8: the six operations; decisions 7 and 10, D13 and D26."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.cast import BUCKET, BUCKETS, TABLE, TABLES, Person, error_of, new_project, start_server
from tests.endpoint_contract import EndpointContract

SHARE, LINK, GRANT = BUCKET + "/share", BUCKET + "/link", BUCKET + "/grant-readonly"
SALES = {"bucket": "in.c-sales"}


def share(owner: Person, target: Person | str, bucket: str = "in.c-sales") -> httpx.Response:
    target_id = target if isinstance(target, str) else target.project_id
    return owner.post(SHARE, bucket=bucket, json={"target_project_id": target_id})


def unshare(owner: Person, target: Person | str, bucket: str = "in.c-sales") -> httpx.Response:
    target_id = target if isinstance(target, str) else target.project_id
    return owner.delete(SHARE, bucket=bucket, params={"target_project_id": target_id})


def link(person: Person, source: Person | str, name: str = "linked", bucket: str = "in.c-sales") -> httpx.Response:
    source_id = source if isinstance(source, str) else source.project_id
    return person.post(LINK, bucket=name, json={"source_project_id": source_id, "source_bucket_name": bucket})


def message_of(response: httpx.Response) -> str:
    message: str = response.json()["detail"]["message"]
    return message


@pytest.mark.usefixtures("bucket")
class TestShare(EndpointContract):
    path, method, needs, has_body = SHARE, "POST", "manage", True

    def test_all_shares_in_the_order_of_sharing(self, alice: Person, carol: Person) -> None:
        with new_project(alice.server) as third, new_project(alice.server) as fourth:
            for target in (fourth, carol, third):
                reply = share(alice, target)
            assert reply.status_code == 200
            assert reply.json() == {
                "shared_with": [fourth.project_id, carol.project_id, third.project_id],
                "is_linked": False,
                "source_project_id": None,
                "source_bucket_name": None,
            }
        assert alice.server.events(alice.project_id)[-1] == ("share_bucket", "success", "bucket", "in.c-sales")

    def test_only_once_with_one_project(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        reply = share(alice, carol)
        assert error_of(reply) == (409, "already_shared")
        assert message_of(reply) == f"Bucket in.c-sales is already shared with project {carol.project_id}"
        assert reply.json()["detail"]["details"] == {
            "project_id": alice.project_id,
            "bucket_name": "in.c-sales",
            "target_project_id": carol.project_id,
        }

    def test_of_many_at_once_one_wins(self, alice: Person, carol: Person) -> None:
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: share(alice, carol).status_code, range(4)))
        assert sorted(statuses) == [200, 409, 409, 409]

    def test_the_target_is_looked_up_before_the_bucket(self, alice: Person, carol: Person) -> None:
        reply = share(alice, "nope", bucket="none")
        assert error_of(reply) == (404, "project_not_found")
        assert message_of(reply) == "Target project nope not found"
        assert reply.json()["detail"]["details"] == {"project_id": "nope"}
        reply = share(alice, carol, bucket="none")
        assert error_of(reply) == (404, "bucket_not_found")
        assert message_of(reply) == f"Bucket none not found in project {alice.project_id}"

    def test_not_with_its_own_project(self, alice: Person) -> None:
        assert error_of(share(alice, alice)) == (400, "invalid_request")

    def test_a_link_cannot_be_shared_on(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        link(carol, alice)
        with new_project(alice.server) as third:
            assert error_of(share(carol, third, bucket="linked")) == (403, "bucket_readonly")

    @pytest.mark.parametrize("body", [{}, {"target_project_id": 5}, {"target_project_id": None}])
    def test_the_target_is_a_string(self, alice: Person, body: dict[str, Any]) -> None:
        reply = alice.post(SHARE, **SALES, json=body)
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body", "target_project_id"])

    def test_shares_end_with_the_bucket(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        alice.delete(BUCKET, **SALES)
        alice.make_bucket()
        assert error_of(link(carol, alice)) == (403, "bucket_not_shared")

    def test_shares_end_with_the_target(self, alice: Person, admin: Person) -> None:
        with new_project(alice.server) as target:
            share(alice, target)
        assert alice.get(SHARE, **SALES).json()["shared_with"] == []
        admin.post("/projects", json={"id": target.project_id}).raise_for_status()
        admin.project_id = target.project_id
        assert error_of(link(admin, alice)) == (403, "bucket_not_shared")
        admin.delete("/projects/{p}").raise_for_status()


class TestUnshare(EndpointContract):
    path, method, needs = SHARE + "?target_project_id=x", "DELETE", "manage"

    def test_it_ends_the_share(self, alice: Person, carol: Person, bucket: str) -> None:
        share(alice, carol)
        reply = unshare(alice, carol)
        assert (reply.status_code, reply.content) == (204, b"")
        assert alice.get(SHARE, bucket=bucket).json()["shared_with"] == []
        assert share(alice, carol).status_code == 200
        assert alice.server.events(alice.project_id)[-2] == ("unshare_bucket", "success", "bucket", bucket)

    def test_what_is_not_there_is_204_too(self, alice: Person, carol: Person, bucket: str) -> None:
        assert unshare(alice, carol).status_code == 204
        assert unshare(alice, "nope").status_code == 204
        assert unshare(alice, carol, bucket="none").status_code == 204

    def test_the_target_is_required(self, alice: Person, bucket: str) -> None:
        reply = alice.delete(SHARE, bucket=bucket)
        assert reply.status_code == 422
        [item] = reply.json()["detail"]
        assert (item["type"], item["loc"], item["input"]) == ("missing", ["query", "target_project_id"], None)

    def test_nobody_ends_the_shares_of_others(self, alice: Person, carol: Person, bucket: str) -> None:
        share(alice, carol)
        attacker = Person(alice.server, key=carol.key, project_id=alice.project_id)
        assert error_of(unshare(attacker, carol)) == (403, "forbidden")
        assert unshare(carol, carol).status_code == 204  # of a bucket of the same name, which Carol has not
        assert alice.get(SHARE, bucket=bucket).json()["shared_with"] == [carol.project_id]


class TestGetShare(EndpointContract):
    path, method, needs = SHARE, "GET", "manage"

    def test_the_owner_sees_shares_and_links(self, alice: Person, carol: Person, bucket: str) -> None:
        assert alice.get(SHARE, bucket=bucket).json() == {"shared_with": [], "linked_by": []}
        share(alice, carol)
        link(carol, alice)
        linked_by = [{"project_id": carol.project_id, "bucket_name": "linked"}]
        assert alice.get(SHARE, bucket=bucket).json() == {
            "shared_with": [carol.project_id],
            "linked_by": linked_by,
        }
        unshare(alice, carol)
        assert alice.get(SHARE, bucket=bucket).json() == {"shared_with": [], "linked_by": linked_by}

    def test_of_a_link_there_are_none(self, alice: Person, carol: Person, bucket: str) -> None:
        with new_project(alice.server) as third:
            share(alice, carol)
            share(alice, third)
            link(carol, alice)
            assert carol.get(SHARE, bucket="linked").json() == {"shared_with": [], "linked_by": []}


@pytest.mark.usefixtures("bucket")
class TestLink(EndpointContract):
    path, method, needs, has_body = LINK, "POST", "manage", True

    def test_the_linked_form(self, alice: Person, carol: Person) -> None:
        alice.make_table("in.c-sales", "orders", {"id": "INTEGER"})
        share(alice, carol)
        reply = link(carol, alice)
        assert reply.status_code == 201
        assert reply.json() == {
            "name": "linked",
            "table_count": 1,
            "description": f"Linked from {alice.project_id}.in.c-sales",
            "is_linked": True,
            "source_project_id": alice.project_id,
            "source_bucket_name": "in.c-sales",
        }
        assert carol.get(BUCKET, bucket="linked").json() == reply.json()
        assert carol.get(BUCKETS).json() == {"buckets": [reply.json()], "total": 1}
        assert carol.server.events(carol.project_id)[-1] == ("link_bucket", "success", "bucket", "linked")

    def test_not_without_a_share(self, alice: Person, carol: Person) -> None:
        reply = link(carol, alice)
        assert error_of(reply) == (403, "bucket_not_shared")
        assert reply.json()["detail"]["details"] == {
            "project_id": alice.project_id,
            "bucket_name": "in.c-sales",
            "target_project_id": carol.project_id,
        }
        assert error_of(carol.get(BUCKET, bucket="linked")) == (404, "bucket_not_found")
        with new_project(alice.server) as other:
            share(alice, other)
            assert error_of(link(carol, alice)) == (403, "bucket_not_shared")

    def test_not_after_the_share_was_taken_back(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        unshare(alice, carol)
        assert error_of(link(carol, alice)) == (403, "bucket_not_shared")

    def test_the_source_has_to_exist(self, alice: Person, carol: Person) -> None:
        carol.make_bucket("taken")
        reply = link(carol, "nope", name="taken")
        assert error_of(reply) == (404, "project_not_found")
        assert message_of(reply) == "Source project nope not found"
        reply = link(carol, alice, name="taken", bucket="none")
        assert error_of(reply) == (404, "bucket_not_found")
        assert message_of(reply) == f"Source bucket none not found in project {alice.project_id}"

    def test_the_name_of_an_own_bucket_is_taken(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        carol.make_bucket("taken")
        reply = link(carol, alice, name="taken")
        assert error_of(reply) == (409, "bucket_exists")
        assert reply.json()["detail"]["details"] == {"project_id": carol.project_id, "bucket_name": "taken"}

    @pytest.mark.parametrize("with_a_table", [False, True])
    def test_a_second_link_of_a_name_says_what_the_first_shows(
        self, alice: Person, carol: Person, with_a_table: bool
    ) -> None:
        if with_a_table:
            alice.make_table("in.c-sales", "orders", {"id": "INTEGER"})
        share(alice, carol)
        link(carol, alice)
        reply = link(carol, alice)
        assert error_of(reply) == (409, "bucket_already_linked")
        assert message_of(reply) == f"Bucket linked is already linked in project {carol.project_id}"
        assert reply.json()["detail"]["details"] == {
            "project_id": carol.project_id,
            "bucket_name": "linked",
            "existing_link": {
                "source_project_id": alice.project_id,
                "source_bucket_name": "in.c-sales",
                "attached_db_alias": f"source_proj_{alice.project_id}",
            },
        }

    def test_of_many_at_once_one_wins(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: link(carol, alice).status_code, range(4)))
        assert sorted(statuses) == [201, 409, 409, 409]

    def test_one_source_under_many_names_and_in_its_own_project(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        assert [link(carol, alice, name=name).status_code for name in ("a", "b")] == [201, 201]
        assert link(alice, alice, name="again").status_code == 201

    @pytest.mark.parametrize("name", ["..", "a b", "_x", "a..b", "x" * 97, "🪣"])
    def test_odd_names_are_refused(self, alice: Person, name: str) -> None:
        assert link(alice, alice, name=name).status_code in (400, 404)
        assert alice.get(BUCKETS).json()["total"] == 1

    def test_a_link_is_no_source(self, alice: Person, carol: Person) -> None:
        """Only who owns the data decides who else reads it."""
        share(alice, carol)
        link(carol, alice)
        with new_project(alice.server) as third:
            assert error_of(link(third, carol, bucket="linked")) == (404, "bucket_not_found")
        assert error_of(link(carol, carol, name="second", bucket="linked")) == (404, "bucket_not_found")

    def test_it_has_no_directory_and_no_bucket_takes_its_name(self, alice: Person, carol: Person) -> None:
        share(alice, carol)
        link(carol, alice)
        assert list((carol.server.data_dir / "duckdb" / f"project_{carol.project_id}").iterdir()) == []
        assert error_of(carol.post(BUCKETS, json={"name": "linked"})) == (409, "bucket_exists")

    @pytest.mark.parametrize("body", [{}, {"source_project_id": 1, "source_bucket_name": None}])
    def test_both_names_are_strings(self, alice: Person, body: dict[str, Any]) -> None:
        reply = alice.post(LINK, bucket="x", json=body)
        assert reply.status_code == 422
        assert [item["loc"][1] for item in reply.json()["detail"]] == ["source_project_id", "source_bucket_name"]


class TestUnlink(EndpointContract):
    path, method, needs = LINK, "DELETE", "manage"

    def test_the_source_and_the_share_stay(self, alice: Person, carol: Person, orders: dict[str, Any]) -> None:
        share(alice, carol)
        link(carol, alice)
        reply = carol.delete(LINK, bucket="linked")
        assert (reply.status_code, reply.content) == (204, b"")
        assert error_of(carol.get(BUCKET, bucket="linked")) == (404, "bucket_not_found")
        assert alice.get(TABLE, **SALES, table="orders").json() == orders
        assert link(carol, alice).status_code == 201
        assert ("unlink_bucket", "success", "bucket", "linked") in carol.server.events(carol.project_id)

    def test_there_has_to_be_a_link(self, alice: Person, bucket: str) -> None:
        for name in (bucket, "none"):
            reply = alice.delete(LINK, bucket=name)
            assert error_of(reply) == (404, "link_not_found")
            assert message_of(reply) == f"No link found for bucket {name} in project {alice.project_id}"
            assert reply.json()["detail"]["details"] == {"project_id": alice.project_id, "bucket_name": name}
        assert alice.get(BUCKET, bucket=bucket).status_code == 200

    def test_deleting_the_linked_bucket_does_the_same(
        self, alice: Person, carol: Person, orders: dict[str, Any]
    ) -> None:
        share(alice, carol)
        link(carol, alice)
        assert carol.delete(BUCKET + "?cascade=false", bucket="linked").status_code == 204
        assert error_of(carol.delete(LINK, bucket="linked")) == (404, "link_not_found")
        assert alice.get(TABLES, **SALES).json() == {"tables": [orders], "total": 1}


class TestGrant(EndpointContract):
    path, method, needs = GRANT, "POST", "manage"

    def test_it_changes_nothing(self, alice: Person, bucket: str) -> None:
        reply = alice.post(GRANT, bucket=bucket)
        assert (reply.status_code, reply.json()) == (
            200,
            {
                "status": "success",
                "message": "Readonly access is enforced via ATTACH READ_ONLY when linking buckets",
                "bucket_name": bucket,
            },
        )
        assert error_of(alice.post(GRANT, bucket="none")) == (404, "bucket_not_found")


class TestRevoke(EndpointContract):
    path, method, needs = GRANT, "DELETE", "manage"

    def test_the_bucket_need_not_exist(self, alice: Person, bucket: str) -> None:
        assert [alice.delete(GRANT, bucket=name).status_code for name in (bucket, "none")] == [204, 204]


@pytest.mark.parametrize(
    ("method", "path", "phrase"),
    [
        ("POST", SHARE, "share bucket"),
        ("DELETE", SHARE + "?target_project_id=x", "unshare bucket"),
        ("POST", LINK, "link bucket"),
        ("DELETE", LINK, "unlink bucket"),
        ("POST", GRANT, "grant readonly access"),
        ("DELETE", GRANT, "revoke readonly access"),
    ],
)
def test_only_through_the_default_branch(alice: Person, method: str, path: str, phrase: str) -> None:
    branch = alice.make_branch()
    body = {"target_project_id": "x", "source_project_id": "x", "source_bucket_name": "x"}
    reply = alice.request(method, path, br=branch, bucket="none", json=body)
    assert error_of(reply) == (400, "operation_not_allowed")
    assert message_of(reply) == f"Cannot {phrase} from dev branches. Use default branch."
    assert reply.json()["detail"]["details"] == {"branch_id": branch}
    reply = alice.request(method, path, br="nope", bucket="none", json=body)
    assert error_of(reply) == (404, "branch_not_found")


def test_the_admin_of_a_branch_cannot_share_or_link(alice: Person, carol: Person, bucket: str) -> None:
    branch = alice.make_branch()
    body = {"description": "d", "scope": "branch_admin", "branch_id": branch}
    key = alice.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    for place in ("default", branch):
        developer = Person(alice.server, key=key, project_id=alice.project_id, branch_id=place)
        assert error_of(share(developer, carol)) == (403, "forbidden")
        assert error_of(link(developer, alice)) == (403, "forbidden")


@pytest.fixture(scope="module")
def open_owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Owns a bucket on a server where any project may link any bucket."""
    running = start_server(tmp_path_factory.mktemp("open"), REQUIRE_SHARE_FOR_LINK="false")
    with new_project(running) as owner:
        owner.make_bucket()
        yield owner
    running.stop()


def test_the_audit_log_says_which_share_and_link_it_was(alice: Person, carol: Person, orders: dict[str, Any]) -> None:
    share(alice, carol).raise_for_status()
    link(carol, alice).raise_for_status()
    alice.post(GRANT, **SALES).raise_for_status()
    shared, linked, granted = (
        person.get("/projects/{p}/operations", params={"command": command}).json()["operations"][0]["details"]
        for person, command in ((alice, "share_bucket"), (carol, "link_bucket"), (alice, "grant_readonly"))
    )
    assert isinstance(shared.pop("share_id"), int)
    assert isinstance(linked.pop("link_id"), int)
    assert shared == {"target_project_id": carol.project_id}
    source = {"source_project_id": alice.project_id, "source_bucket_name": "in.c-sales"}
    assert linked == source | {"view_count": 1}
    assert list(granted) == ["note"]


class TestWithoutRequiredShares:
    """`REQUIRE_SHARE_FOR_LINK=false`: rest-core section 8 as it was."""

    def test_linking_and_reading_need_no_share(self, open_owner: Person) -> None:
        open_owner.make_table("in.c-sales", "orders", {"id": "INTEGER"})
        with new_project(open_owner.server) as target:
            assert link(target, open_owner).status_code == 201
            assert target.get(TABLES, bucket="linked").json()["total"] == 1
            share(open_owner, target)
            unshare(open_owner, target)
            assert target.get(BUCKET, bucket="linked").json()["table_count"] == 1
            assert target.get(TABLE + "/preview", bucket="linked", table="orders").status_code == 200
            assert link(target, open_owner, name="again").status_code == 201
            assert error_of(link(target, open_owner)) == (409, "bucket_already_linked")

    def test_links_stay_read_only(self, open_owner: Person) -> None:
        with new_project(open_owner.server) as target:
            link(target, open_owner)
            body = {"name": "t", "columns": [{"name": "id", "type": "INTEGER"}]}
            assert error_of(target.post(TABLES, bucket="linked", json=body)) == (403, "bucket_readonly")
