"""What a linked bucket offers: decisions 7, 11, 12 and 13, D14, and what nobody may reach through a link."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.storage.test_sharing import LINK, SHARE, link, share, unshare
from tests.cast import BUCKET, BUCKETS, TABLE, TABLES, Person, error_of, new_project

LINKED = {"bucket": "linked"}
ORDERS = LINKED | {"table": "orders"}
PREVIEW, EXPORT = TABLE + "/preview", TABLE + "/export"


@pytest.fixture
def linked(alice: Person, carol: Person, orders: dict[str, Any]) -> dict[str, Any]:
    """Alice's bucket with the table `orders` of two rows, which Carol sees as `linked`; the source's table object."""
    alice.load("id,amount\n1,10.50\n2,20.00\n", "orders").raise_for_status()
    share(alice, carol).raise_for_status()
    link(carol, alice).raise_for_status()
    table: dict[str, Any] = alice.get(TABLE, bucket="in.c-sales", table="orders").json()
    return table


def add_branch_key(owner: Person, branch: str, scope: str) -> Person:
    body = {"description": "d", "scope": scope, "branch_id": branch}
    key = owner.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    return Person(owner.server, key=key, project_id=owner.project_id, branch_id=branch)


class TestReading:
    def test_the_tables_of_the_source_with_exact_numbers(self, carol: Person, linked: dict[str, Any]) -> None:
        expected = linked | {"bucket": "linked", "source": "linked"}
        assert expected["row_count"] == 2
        assert carol.get(TABLE, **ORDERS).json() == expected
        assert carol.get(TABLES, **LINKED).json() == {"tables": [expected], "total": 1}
        assert carol.get(BUCKET, **LINKED).json()["table_count"] == 1

    def test_it_is_live(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        alice.load("id,amount\n3,1\n", "orders", incremental=True).raise_for_status()
        alice.make_table("in.c-sales", "more", {"id": "INTEGER"})
        assert carol.get(PREVIEW, **ORDERS).json()["total_row_count"] == 3
        tables = carol.get(TABLES, **LINKED).json()["tables"]
        assert [(table["name"], table["row_count"]) for table in tables] == [("more", 0), ("orders", 3)]
        assert carol.get(BUCKET, **LINKED).json()["table_count"] == 2

    def test_the_preview_is_that_of_the_source(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        reply = carol.get(PREVIEW, **ORDERS)
        assert reply.json() == alice.get(PREVIEW, bucket="in.c-sales", table="orders").json()
        assert reply.json()["rows"] == [{"id": 1, "amount": "10.50"}, {"id": 2, "amount": "20.00"}]

    def test_an_export_becomes_a_file_of_the_reader(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        before = len(alice.get("/projects/{p}/files").json()["files"])
        reply = carol.post(EXPORT, **ORDERS, json={"format": "csv"})
        assert (reply.status_code, reply.json()["rows_exported"]) == (200, 2)
        content = carol.get("/projects/{p}/files/{file}/download", file=reply.json()["file_id"])
        assert content.text == "id,amount\n1,10.50\n2,20.00\n"
        assert len(alice.get("/projects/{p}/files").json()["files"]) == before
        [job] = carol.get("/projects/{p}/jobs").json()["jobs"]
        assert (job["type"], job["bucket_name"], job["table_name"]) == ("table_export", "linked", "orders")
        assert not any(job["type"] == "table_export" for job in alice.get("/projects/{p}/jobs").json()["jobs"])

    def test_an_unknown_table(self, carol: Person, linked: dict[str, Any]) -> None:
        for path in (TABLE, PREVIEW):
            reply = carol.get(path, **LINKED, table="nope")
            assert error_of(reply) == (404, "table_not_found")
            assert reply.json()["detail"]["message"] == "Table nope not found in bucket linked"

    def test_paging(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        for name in ("a", "z"):
            alice.make_table("in.c-sales", name, {"id": "INTEGER"})
        body = carol.get(TABLES + "?limit=1&offset=1", **LINKED).json()
        assert ([table["name"] for table in body["tables"]], body["total"]) == (["orders"], 3)

    def test_the_branches_of_the_reader_see_it_too(self, carol: Person, linked: dict[str, Any]) -> None:
        branch = carol.make_branch()
        for scope in ("branch_read", "branch_admin"):
            developer = add_branch_key(carol, branch, scope)
            assert developer.get(BUCKET, **LINKED).json()["is_linked"] is True
            assert developer.get(TABLES, **LINKED).json()["total"] == 1
            assert developer.get(TABLE, **ORDERS).json()["source"] == "linked"
            assert developer.get(PREVIEW, **ORDERS).json()["total_row_count"] == 2

    def test_the_branches_of_the_source_do_not_show(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        branch = alice.make_branch()
        body = {"name": "draft", "columns": [{"name": "id", "type": "INTEGER"}]}
        alice.post(TABLES, br=branch, bucket="in.c-sales", json=body).raise_for_status()
        assert carol.get(TABLES, **LINKED).json()["total"] == 1
        assert error_of(carol.get(TABLE, **LINKED, table="draft")) == (404, "table_not_found")

    def test_a_project_may_link_its_own_bucket(self, alice: Person, orders: dict[str, Any]) -> None:
        link(alice, alice, name="again").raise_for_status()
        assert alice.get(TABLE, bucket="again", table="orders").json()["source"] == "linked"
        assert [bucket["table_count"] for bucket in alice.get(BUCKETS).json()["buckets"]] == [1, 1]


COLUMN = {"name": "x", "type": "INTEGER"}

#: Every call that would change something: path below a table, method, body.
WRITES = [
    ("", "DELETE", None),
    ("/import/file", "POST", {"file_id": "nope"}),
    ("/columns", "POST", COLUMN),
    ("/columns/amount", "PUT", {"new_name": "x"}),
    ("/columns/amount", "DELETE", None),
    ("/primary-key", "POST", {"columns": ["amount"]}),
    ("/primary-key", "DELETE", None),
    ("/rows", "DELETE", {"where_clause": "true"}),
    ("/versions/1/restore", "POST", None),
]


class TestWriting:
    @pytest.mark.parametrize(("path", "method", "body"), WRITES)
    def test_no_call_changes_the_source(
        self, alice: Person, carol: Person, linked: dict[str, Any], path: str, method: str, body: Any
    ) -> None:
        branch = carol.make_branch()
        for place in ("default", branch):
            reply = carol.request(method, TABLE + path, br=place, **ORDERS, json=body)
            assert error_of(reply) == (403, "bucket_readonly")
            details = reply.json()["detail"]["details"]
            assert details == {"project_id": carol.project_id, "bucket_name": "linked"}
        assert alice.get(TABLE, bucket="in.c-sales", table="orders").json() == linked

    @pytest.mark.parametrize("name", ["orders", "new"])
    def test_no_table_is_made_in_it(self, carol: Person, linked: dict[str, Any], name: str) -> None:
        reply = carol.post(TABLES, **LINKED, json={"name": name, "columns": [COLUMN]})
        assert error_of(reply) == (403, "bucket_readonly")
        assert carol.get(TABLES, **LINKED).json()["total"] == 1

    def test_no_snapshot_is_made_of_it(self, carol: Person, linked: dict[str, Any]) -> None:
        reply = carol.post(
            "/projects/{p}/branches/{br}/snapshots", json={"bucket": "linked", "table": "orders", "description": None}
        )
        assert error_of(reply) == (403, "bucket_readonly")

    def test_a_load_that_is_under_way_does_not_turn_to_the_source(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        """An own table goes away and a link takes its bucket's name: a file of Carol's must not land at Alice's."""
        carol.make_bucket("in.c-sales")
        carol.make_table("in.c-sales", "orders", {"id": "INTEGER", "amount": "DECIMAL(10,2)"})
        file_id = carol.upload("id,amount\n9,9\n")
        carol.delete(BUCKET, bucket="in.c-sales").raise_for_status()
        link(carol, alice, name="in.c-sales").raise_for_status()
        reply = carol.post(TABLE + "/import/file", bucket="in.c-sales", table="orders", json={"file_id": file_id})
        assert error_of(reply) == (403, "bucket_readonly")


class TestWhatEndsIt:
    def test_without_the_share_nothing_can_be_read(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        unshare(alice, carol)
        for path in (TABLES, TABLE, PREVIEW):
            reply = carol.get(path, **({"table": "orders"} if "{table}" in path else {}), **LINKED)
            assert error_of(reply) == (403, "bucket_not_shared")
            assert reply.json()["detail"]["details"] == {
                "project_id": alice.project_id,
                "bucket_name": "in.c-sales",
                "target_project_id": carol.project_id,
            }
        assert error_of(carol.get(TABLE, **LINKED, table="nope")) == (403, "bucket_not_shared")
        assert error_of(carol.post(EXPORT, **ORDERS, json={})) == (403, "bucket_not_shared")
        body = carol.get(BUCKET, **LINKED).json()
        assert (body["is_linked"], body["table_count"]) == (True, 0)
        assert carol.get(BUCKETS).json()["buckets"] == [body]
        share(alice, carol)
        assert carol.get(PREVIEW, **ORDERS).json()["total_row_count"] == 2
        assert carol.get(BUCKET, **LINKED).json()["table_count"] == 1

    def test_a_share_with_somebody_else_does_not_help(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        unshare(alice, carol)
        with new_project(alice.server) as third:
            share(alice, third)
            assert error_of(carol.get(PREVIEW, **ORDERS)) == (403, "bucket_not_shared")
            assert carol.get(BUCKET, **LINKED).json()["table_count"] == 0

    def test_the_source_bucket_goes(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        alice.delete(BUCKET, bucket="in.c-sales").raise_for_status()
        assert carol.get(BUCKET, **LINKED).json()["table_count"] == 0
        assert carol.get(TABLES, **LINKED).json() == {"tables": [], "total": 0}
        assert error_of(carol.get(PREVIEW, **ORDERS)) == (404, "table_not_found")
        assert carol.delete(LINK, **LINKED).status_code == 204

    def test_a_source_that_is_made_anew_has_to_be_shared_anew(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        alice.delete(BUCKET, bucket="in.c-sales").raise_for_status()
        alice.make_bucket()
        alice.make_table("in.c-sales", "orders", {"secret": "VARCHAR"})
        assert error_of(carol.get(TABLE, **ORDERS)) == (403, "bucket_not_shared")
        assert error_of(carol.get(TABLES, **LINKED)) == (403, "bucket_not_shared")
        assert carol.get(BUCKET, **LINKED).json()["table_count"] == 0
        share(alice, carol)
        assert carol.get(TABLE, **ORDERS).json()["columns"][0]["name"] == "secret"

    def test_a_source_that_becomes_a_link_itself_leads_nowhere(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        with new_project(alice.server) as third:
            third.make_bucket("in.c-sales")
            third.make_table("in.c-sales", "orders", {"secret": "VARCHAR"})
            share(third, alice).raise_for_status()
            alice.delete(BUCKET, bucket="in.c-sales").raise_for_status()
            link(alice, third, name="in.c-sales").raise_for_status()
            assert alice.get(TABLE, bucket="in.c-sales", table="orders").status_code == 200
            assert error_of(carol.get(TABLE, **ORDERS)) == (404, "table_not_found")
            assert carol.get(BUCKET, **LINKED).json()["table_count"] == 0

    def test_two_links_to_each_other_end_nowhere(self, alice: Person, carol: Person) -> None:
        for owner, other in ((alice, carol), (carol, alice)):
            owner.make_bucket("loop")
            share(owner, other, bucket="loop").raise_for_status()
        for owner, other in ((alice, carol), (carol, alice)):
            link(owner, other, name="back", bucket="loop").raise_for_status()
        for owner in (alice, carol):
            owner.delete(BUCKET, bucket="loop").raise_for_status()
        link(alice, alice, name="loop", bucket="loop")
        assert error_of(alice.get(TABLE, bucket="back", table="t")) == (404, "table_not_found")
        assert alice.get(BUCKETS).status_code == 200

    def test_the_source_project_goes(self, carol: Person) -> None:
        with new_project(carol.server) as owner:
            owner.make_bucket()
            owner.make_table("in.c-sales", "orders", {"id": "INTEGER"})
            share(owner, carol)
            link(carol, owner)
            assert owner.delete("/projects/{p}").status_code == 204
            assert carol.get(BUCKETS).json()["buckets"][0]["table_count"] == 0
            assert carol.get(TABLES, **LINKED).json() == {"tables": [], "total": 0}
            assert error_of(carol.get(PREVIEW, **ORDERS)) == (404, "table_not_found")
            assert carol.delete(BUCKET, **LINKED).status_code == 204

    def test_the_reading_project_goes(self, alice: Person, orders: dict[str, Any]) -> None:
        with new_project(alice.server) as reader:
            share(alice, reader)
            link(reader, alice)
            assert reader.delete("/projects/{p}").status_code == 204
        assert alice.get(SHARE, bucket="in.c-sales").json() == {"shared_with": [], "linked_by": []}
        assert alice.get(TABLE, bucket="in.c-sales", table="orders").json() == orders


class TestAttacks:
    def test_a_foreign_bucket_cannot_be_read_past_the_link(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        """Being shared with gives no right in the source's project."""
        intruder = Person(carol.server, key=carol.key, project_id=alice.project_id)
        for method, path in (("GET", TABLES), ("GET", SHARE), ("DELETE", BUCKET), ("POST", LINK)):
            assert error_of(intruder.request(method, path, bucket="in.c-sales")) == (403, "forbidden")
        assert error_of(intruder.get(PREVIEW, bucket="in.c-sales", table="orders")) == (403, "forbidden")

    @pytest.mark.parametrize("name", ["in.c-sales", "linked.orders", "..", "%2e%2e", "orders%2F..", "linked%00"])
    def test_guessing_names_leads_nowhere(
        self, alice: Person, carol: Person, linked: dict[str, Any], name: str
    ) -> None:
        carol.delete(LINK, **LINKED).raise_for_status()
        for bucket in (name, f"{alice.project_id}.{name}", f"..%2F{alice.project_id}%2F{name}"):
            assert carol.get(TABLE, bucket=bucket, table="orders").status_code == 404

    def test_other_buckets_of_the_source_do_not_show(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        alice.make_bucket("private")
        alice.make_table("private", "salaries", {"id": "INTEGER"})
        assert error_of(carol.get(TABLE, **LINKED, table="salaries")) == (404, "table_not_found")
        assert error_of(link(carol, alice, name="x", bucket="private")) == (403, "bucket_not_shared")
        assert error_of(link(carol, alice, name="x", bucket="../private")) == (404, "bucket_not_found")

    def test_names_tell_upper_from_lower_case(self, alice: Person, carol: Person, linked: dict[str, Any]) -> None:
        alice.make_bucket("IN.C-SALES")
        assert error_of(link(carol, alice, name="x", bucket="IN.C-SALES")) == (403, "bucket_not_shared")

    def test_a_branch_key_does_not_leave_its_branch_through_a_link(self, carol: Person, linked: dict[str, Any]) -> None:
        reader = add_branch_key(carol, carol.make_branch(), "branch_read")
        for place in ("default", carol.make_branch("other")):
            assert error_of(reader.get(PREVIEW, br=place, **ORDERS)) == (403, "forbidden")

    def test_what_the_source_had_before_is_not_shown(
        self, alice: Person, carol: Person, linked: dict[str, Any]
    ) -> None:
        """Rows that the owner removed are gone for readers too, although the history keeps them for the owner."""
        alice.load("id,amount\n7,7\n", "orders").raise_for_status()
        newest = alice.get(TABLE + "/versions", bucket="in.c-sales", table="orders").json()["versions"]
        assert len(newest) > 1
        seen = carol.get(TABLE + "/versions", **ORDERS).json()["versions"]
        assert [version["id"] for version in seen] == [newest[0]["id"]]
        older = carol.get(PREVIEW, **ORDERS, params={"version": newest[1]["id"]})
        assert error_of(older) == (404, "version_not_found")
