"""Part 1.0 to 1.3 of the workspace contract, without loads: create, list, look, clear, drop, reset, delete."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cast import BRANCH, Person, Server, error_of
from tests.endpoint_contract import EndpointContract

WORKSPACES = "/projects/{p}/workspaces"
WORKSPACE = WORKSPACES + "/{id}"
OF_BRANCH = "/projects/{p}/branches/{br}/workspaces"
ONE_OF_BRANCH = OF_BRANCH + "/{id}"
PASSWORD = re.compile(r"[A-Za-z0-9_-]{32}")
FIELDS = {
    "id",
    "name",
    "project_id",
    "branch_id",
    "created_at",
    "expires_at",
    "size_bytes",
    "size_limit_gb",
    "status",
    "connection",
}
#: What a workspace without any name in the path has no place for.
NONE = {"id": "ws_none"}


def make(person: Person, **body: Any) -> dict[str, Any]:
    reply = person.post(WORKSPACES, json={"name": "analysis"} | body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def make_on(person: Person, branch: str, **body: Any) -> dict[str, Any]:
    reply = person.post(OF_BRANCH, br=branch, json={"name": "analysis"} | body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def file_of(server: Server, workspace: dict[str, Any]) -> Path:
    branch = f"_branch_{workspace['branch_id']}" if workspace["branch_id"] else ""
    directory = server.data_dir / "duckdb" / f"project_{workspace['project_id']}{branch}"
    return directory / "_workspaces" / f"{workspace['id']}.duckdb"


def run(server: Server, workspace: dict[str, Any], *statements: str) -> None:
    """As a user of the workspace, before the server has opened its file."""
    with duckdb.connect(str(file_of(server, workspace))) as connection:
        for statement in statements:
            connection.execute(statement)


def expire(server: Server, workspace: dict[str, Any]) -> None:
    past = "2020-01-01 00:00:00"
    server.execute("UPDATE workspaces_workspace SET expires_at = ? WHERE id = ?", past, workspace["id"])


class TestCreate(EndpointContract):
    path, method, needs, has_body = WORKSPACES, "POST", "manage", True

    def test_the_answer(self, alice: Person, server: Server) -> None:
        made = make(alice, extra=1)
        assert made.keys() == FIELDS | {"preloaded"}
        assert re.fullmatch(r"ws_[0-9a-f]{8}", made["id"])
        assert (made["name"], made["project_id"], made["branch_id"]) == ("analysis", alice.project_id, None)
        assert (made["expires_at"], made["size_limit_gb"], made["status"]) == (None, 10, "active")
        assert datetime.datetime.fromisoformat(made["created_at"]).utcoffset() == datetime.timedelta()
        assert made["size_bytes"] == file_of(server, made).stat().st_size > 0
        assert made["preloaded"] == []

    def test_the_connection(self, alice: Person) -> None:
        made = make(alice)
        connection = made["connection"]
        assert re.fullmatch(f"ws_{made['id']}_[0-9a-f]{{8}}", connection["username"])
        assert PASSWORD.fullmatch(connection["password"])
        assert connection["database"] == f"workspace_{made['id']}"
        assert (connection["host"], connection["port"], connection["ssl_mode"]) == ("localhost", 5432, "prefer")
        assert connection["connection_string"] is None

    def test_strings_for_tools_never_hold_the_password(self, alice: Person) -> None:
        connection = make(alice)["connection"]
        assert connection["connection_strings"].keys() == {"psql", "jdbc", "sqlalchemy", "dbt"}
        for text in connection["connection_strings"].values():
            assert connection["password"] not in text
            assert connection["username"] in text
            assert connection["database"] in text

    def test_neither_the_password_nor_its_verifier_is_stored_in_the_clear(self, alice: Person, server: Server) -> None:
        made = make(alice)
        stored = server.execute("SELECT verifier FROM workspaces_credential WHERE workspace_id = ?", made["id"])[0][0]
        assert b"SCRAM" not in bytes(stored)
        assert made["connection"]["password"].encode() not in bytes(stored)

    def test_the_file_holds_its_internal_table(self, alice: Person, server: Server) -> None:
        made = make(alice)
        with duckdb.connect(str(file_of(server, made)), read_only=True) as connection:
            info = dict(connection.execute("SELECT key, value FROM _workspace_info").fetchall())
        assert info["workspace_id"] == made["id"]
        assert datetime.datetime.fromisoformat(info["created_at"])

    @pytest.mark.parametrize("hours", [1, 168])
    def test_a_time_to_live(self, alice: Person, hours: int) -> None:
        made = make(alice, ttl_hours=hours, size_limit_gb=100)
        created, expires = (datetime.datetime.fromisoformat(made[name]) for name in ("created_at", "expires_at"))
        assert expires - created == datetime.timedelta(hours=hours)
        assert made["size_limit_gb"] == 100

    @pytest.mark.parametrize("name", ["", "twice", "Grüße 🦆", "x" * 3000])
    def test_any_text_is_a_name_and_may_repeat(self, alice: Person, name: str) -> None:
        assert [make(alice, name=name)["name"] for _ in range(2)] == [name, name]

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            ({}, ["body", "name"]),
            ({"name": None}, ["body", "name"]),
            ({"name": "a\0b"}, ["body", "name"]),
            ({"name": "x", "ttl_hours": 0}, ["body", "ttl_hours"]),
            ({"name": "x", "ttl_hours": 169}, ["body", "ttl_hours"]),
            ({"name": "x", "ttl_hours": "soon"}, ["body", "ttl_hours"]),
            ({"name": "x", "size_limit_gb": 0}, ["body", "size_limit_gb"]),
            ({"name": "x", "size_limit_gb": 101}, ["body", "size_limit_gb"]),
            ({"name": "x", "size_limit_gb": None}, ["body", "size_limit_gb"]),
            ({"name": "x", "preload_tables": None}, ["body", "preload_tables"]),
            ({"name": "x", "preload_tables": [1]}, ["body", "preload_tables", 0]),
        ],
    )
    def test_what_is_malformed_is_422(self, alice: Person, body: dict[str, Any], place: list[Any]) -> None:
        reply = alice.post(WORKSPACES, json=body)
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, place)

    def test_schema_comes_before_existence(self, admin: Person) -> None:
        assert admin.post(WORKSPACES, p="nowhere", json={}).status_code == 422
        reply = admin.post(WORKSPACES, p="nowhere", json={"name": "x"})
        assert error_of(reply) == (404, "project_not_found")
        assert reply.json()["detail"]["message"] == "Project nowhere not found"
        assert reply.json()["detail"]["details"] == {"project_id": "nowhere"}

    def test_a_repeat_gives_the_same_workspace_to_the_same_key_only(self, alice: Person, admin: Person) -> None:
        headers = {"X-Idempotency-Key": f"make-{alice.project_id}"}
        first, again = (alice.post(WORKSPACES, json={"name": "x"}, headers=headers) for _ in range(2))
        assert (first.json(), again.headers["X-Idempotency-Replay"]) == (again.json(), "true")
        other = admin.post(WORKSPACES, p=alice.project_id, json={"name": "x"}, headers=headers)
        assert other.status_code == 409
        assert alice.get(WORKSPACES).json()["count"] == 1

    def test_it_is_recorded(self, alice: Person, server: Server) -> None:
        made = make(alice, ttl_hours=1)
        assert server.events(alice.project_id)[-1] == ("create_workspace", "success", "workspace", made["id"])


@pytest.mark.parametrize("path", [WORKSPACES, OF_BRANCH])
class TestList:
    def test_newest_first_with_paging(self, alice: Person, path: str) -> None:
        branch = alice.make_branch()
        made = [make_on(alice, branch, name=str(number))["id"] for number in range(3)]
        reply = alice.get(path, br=branch) if "{br}" in path else alice.get(path)
        assert [item["id"] for item in reply.json()["workspaces"]] == made[::-1]
        assert (reply.json()["count"], reply.json()["total"]) == (3, 3)
        named = {"br": branch} if "{br}" in path else {}
        page = alice.get(path, **named, params={"limit": 1, "offset": 1}).json()
        assert ([item["id"] for item in page["workspaces"]], page["count"], page["total"]) == ([made[1]], 1, 3)

    def test_no_item_shows_its_password(self, alice: Person, path: str) -> None:
        branch = alice.make_branch()
        made = make_on(alice, branch)
        named = {"br": branch} if "{br}" in path else {}
        (item,) = alice.get(path, **named).json()["workspaces"]
        assert item.keys() == FIELDS
        assert item["connection"] == made["connection"] | {"password": None}

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"offset": -1}])
    def test_a_bad_page_is_422(self, alice: Person, path: str, query: dict[str, Any]) -> None:
        named = {"br": "none"} if "{br}" in path else {}
        assert alice.get(path, **named, params=query).status_code == 422


class TestProjectList(EndpointContract):
    path, method, needs = WORKSPACES, "GET", "project_read"

    def test_it_shows_main_and_branches_and_expired_ones(self, alice: Person, server: Server) -> None:
        branch = alice.make_branch()
        main, of_branch = make(alice, ttl_hours=1), make_on(alice, branch)
        expire(server, main)
        shown = {item["id"]: item for item in alice.get(WORKSPACES).json()["workspaces"]}
        assert shown.keys() == {main["id"], of_branch["id"]}
        assert (shown[main["id"]]["status"], shown[of_branch["id"]]["status"]) == ("expired", "active")
        assert shown[of_branch["id"]]["branch_id"] == branch


class TestDetail(EndpointContract):
    path, method, needs, names = WORKSPACE, "GET", "read", NONE

    def test_an_empty_one(self, alice: Person) -> None:
        made = make(alice)
        detail = alice.get(WORKSPACE, id=made["id"])
        assert detail.status_code == 200
        assert detail.json().keys() == FIELDS | {"active_sessions", "attached_tables", "workspace_objects"}
        assert detail.json()["connection"]["password"] is None
        assert [detail.json()[name] for name in ("active_sessions", "attached_tables", "workspace_objects")] == [
            0,
            [],
            [],
        ]

    def test_project_tables_by_bucket_and_name(self, alice: Person, orders: dict[str, Any]) -> None:
        alice.load("id,amount\n1,1\n2,2\n", "orders").raise_for_status()
        alice.make_table("in.c-sales", "items", {"id": "INTEGER"})
        alice.make_bucket("a_first")
        alice.make_table("a_first", "z", {"id": "INTEGER"})
        assert alice.get(WORKSPACE, id=make(alice)["id"]).json()["attached_tables"] == [
            {"schema": "a_first", "table": "z", "rows": 0},
            {"schema": "in_c_sales", "table": "items", "rows": 0},
            {"schema": "in_c_sales", "table": "orders", "rows": 2},
        ]

    def test_own_tables_and_views_by_name_with_their_rows(self, alice: Person, server: Server) -> None:
        made = make(alice)
        run(
            server,
            made,
            "CREATE TABLE b AS FROM range(3) t(i)",
            "CREATE VIEW a AS SELECT * FROM b WHERE i > 0",
            'CREATE TABLE "Z z" (i INTEGER)',
            "CREATE TABLE _hidden (i INTEGER)",
            "CREATE SCHEMA other; CREATE TABLE other.t (i INTEGER)",
            "CREATE VIEW broken AS SELECT CAST(i || 'x' AS INTEGER) AS i FROM b",
        )
        assert alice.get(WORKSPACE, id=made["id"]).json()["workspace_objects"] == [
            {"name": "Z z", "type": "table", "rows": 0},
            {"name": "a", "type": "view", "rows": 2},
            {"name": "b", "type": "table", "rows": 3},
            {"name": "broken", "type": "view", "rows": 3},
        ]

    def test_a_view_without_end_does_not_hold_the_answer(self, alice: Person, server: Server) -> None:
        made = make(alice)
        endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r"
        run(server, made, f"CREATE VIEW endless AS {endless}", "CREATE TABLE zz AS FROM range(5)")
        detail = alice.get(WORKSPACE, id=made["id"])
        assert detail.elapsed.total_seconds() < 10
        assert [item["rows"] for item in detail.json()["workspace_objects"]] == [0, 5]

    def test_a_name_of_ours_does_not_fool_the_listing(self, alice: Person, server: Server) -> None:
        made = make(alice)
        run(server, made, "CREATE TABLE t (i INTEGER)", "CREATE MACRO duckdb_tables() AS TABLE SELECT 1 AS x")
        (shown,) = alice.get(WORKSPACE, id=made["id"]).json()["workspace_objects"]
        assert shown["name"] == "t"

    def test_linked_buckets_are_attached(self, alice: Person, carol: Person, orders: dict[str, Any]) -> None:
        share_with(alice, carol)
        attached = carol.get(WORKSPACE, id=make(carol)["id"]).json()["attached_tables"]
        assert attached == [{"schema": "from_alice", "table": "orders", "rows": 0}]

    def test_a_link_that_is_not_shared_any_more_shows_nothing(
        self, alice: Person, carol: Person, orders: dict[str, Any]
    ) -> None:
        share_with(alice, carol)
        path = "/projects/{p}/branches/default/buckets/in.c-sales/share"
        alice.delete(path, params={"target_project_id": carol.project_id}).raise_for_status()
        assert carol.get(WORKSPACE, id=make(carol)["id"]).json()["attached_tables"] == []

    def test_a_file_that_is_gone_is_an_error_and_no_fault(self, alice: Person, server: Server) -> None:
        made = make(alice)
        file_of(server, made).unlink()
        detail = alice.get(WORKSPACE, id=made["id"])
        assert (detail.status_code, detail.json()["status"], detail.json()["size_bytes"]) == (200, "error", 0)
        assert alice.get(WORKSPACES).json()["workspaces"][0]["status"] == "error"
        assert alice.delete(WORKSPACE, id=made["id"]).status_code == 204

    def test_a_file_that_is_damaged_is_an_error_and_no_fault(self, alice: Person, server: Server) -> None:
        made = make(alice)
        file_of(server, made).write_bytes(b"no database" * 1000)
        assert alice.get(WORKSPACE, id=made["id"]).json()["status"] == "error"

    def test_another_process_that_has_the_file_is_409(self, alice: Person, server: Server) -> None:
        made = make(alice)
        with duckdb.connect(str(file_of(server, made))):
            reply = alice.get(WORKSPACE, id=made["id"])
            assert error_of(reply) == (409, "workspace_busy")
            assert int(reply.headers["Retry-After"]) > 0
        assert alice.get(WORKSPACE, id=made["id"]).status_code == 200


def share_with(owner: Person, reader: Person) -> None:
    """The owner's bucket `in.c-sales` as the reader's `from_alice`."""
    bucket = "/projects/{p}/branches/default/buckets/"
    owner.post(bucket + "in.c-sales/share", json={"target_project_id": reader.project_id}).raise_for_status()
    body = {"source_project_id": owner.project_id, "source_bucket_name": "in.c-sales"}
    reader.post(bucket + "from_alice/link", json=body).raise_for_status()


class TestDelete(EndpointContract):
    path, method, needs, names = WORKSPACE, "DELETE", "write", NONE

    def test_row_and_file_are_gone(self, alice: Person, server: Server) -> None:
        made = make(alice)
        alice.get(WORKSPACE, id=made["id"]).raise_for_status()  # the server has it open
        reply = alice.delete(WORKSPACE, id=made["id"])
        assert (reply.status_code, reply.content) == (204, b"")
        assert list(file_of(server, made).parent.iterdir()) == []
        assert error_of(alice.delete(WORKSPACE, id=made["id"])) == (404, "workspace_not_found")
        assert server.events(alice.project_id)[-1] == ("delete_workspace", "success", "workspace", made["id"])

    def test_a_project_takes_its_workspaces_with_it(self, alice: Person, admin: Person, server: Server) -> None:
        branch = alice.make_branch()
        made = [make(alice), make_on(alice, branch)]
        for workspace in made:
            alice.get(WORKSPACE, id=workspace["id"]).raise_for_status()
        assert admin.delete("/projects/{p}", p=alice.project_id).status_code == 204
        for workspace in made:
            assert not file_of(server, workspace).parent.parent.exists()
            assert server.execute("SELECT 1 FROM workspaces_workspace WHERE id = ?", workspace["id"]) == []
            rows = server.execute("SELECT 1 FROM workspaces_credential WHERE workspace_id = ?", workspace["id"])
            assert rows == []

    def test_a_branch_takes_its_workspaces_with_it(self, alice: Person, server: Server) -> None:
        branch = alice.make_branch()
        main, of_branch = make(alice), make_on(alice, branch)
        alice.get(WORKSPACE, id=of_branch["id"]).raise_for_status()
        assert alice.delete(BRANCH, br=branch).status_code == 204
        assert not file_of(server, of_branch).parent.parent.exists()
        assert [item["id"] for item in alice.get(WORKSPACES).json()["workspaces"]] == [main["id"]]


class TestClear(EndpointContract):
    path, method, needs, names = WORKSPACE + "/clear", "POST", "write", NONE

    def test_all_that_users_made_goes_and_the_space_too(self, alice: Person, server: Server) -> None:
        made = make(alice)
        run(
            server,
            made,
            "CREATE TABLE big AS SELECT random() AS r FROM range(500000)",
            "CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('a', 'b'); CREATE MACRO plus(a) AS a + 1",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY DEFAULT nextval('s'), m mood)",
            "CREATE TABLE child (id INTEGER REFERENCES parent(id))",
            "CREATE VIEW v AS SELECT * FROM child",
            "CREATE SCHEMA other; CREATE TABLE other.t (m mood); CREATE VIEW other.v AS FROM other.t",
            "CREATE TABLE _kept (i INTEGER)",
        )
        before = file_of(server, made).stat().st_size
        assert alice.post(WORKSPACE + "/clear", id=made["id"]).status_code == 204
        detail = alice.get(WORKSPACE, id=made["id"]).json()
        assert detail["workspace_objects"] == []
        assert detail["size_bytes"] < before / 3
        assert server.events(alice.project_id)[-1] == ("clear_workspace", "success", "workspace", made["id"])
        alice.delete(WORKSPACE, id=made["id"])

    def test_an_empty_one_is_204_too(self, alice: Person) -> None:
        made = make(alice)
        assert [alice.post(WORKSPACE + "/clear", id=made["id"]).status_code for _ in range(2)] == [204, 204]


class TestDropObject(EndpointContract):
    path, method, needs, names = WORKSPACE + "/objects/{name}", "DELETE", "write", {"id": "ws_none", "name": "t"}

    @pytest.mark.parametrize("name", ["t", "v", "A b/c", 'q"uote', "100%"])
    def test_a_table_or_view_goes(self, alice: Person, server: Server, name: str) -> None:
        made = make(alice)
        quoted = '"' + name.replace('"', '""') + '"'
        run(server, made, f"CREATE {'VIEW' if name == 'v' else 'TABLE'} {quoted} AS SELECT 1 AS a")
        path = WORKSPACES + f"/{made['id']}/objects/" + percent(name)
        assert alice.delete(path).status_code == 204
        reply = alice.delete(path)
        assert error_of(reply) == (404, "object_not_found")
        assert reply.json()["detail"]["details"] == {
            "project_id": alice.project_id,
            "workspace_id": made["id"],
            "object_name": name,
        }
        assert reply.json()["detail"]["message"] == f"Object '{name}' not found in workspace {made['id']}"

    @pytest.mark.parametrize("name", ["T", "_workspace_info", "_mine", "sq", "other.t", "none"])
    def test_other_names_are_not_found(self, alice: Person, server: Server, name: str) -> None:
        made = make(alice)
        run(server, made, "CREATE TABLE t (i INTEGER); CREATE TABLE _mine (i INTEGER); CREATE SEQUENCE sq")
        assert error_of(alice.delete(self.path, id=made["id"], name=name)) == (404, "object_not_found")

    def test_what_another_table_needs_is_409(self, alice: Person, server: Server) -> None:
        made = make(alice)
        run(server, made, "CREATE TABLE p (id INTEGER PRIMARY KEY)", "CREATE TABLE c (id INTEGER REFERENCES p(id))")
        assert error_of(alice.delete(self.path, id=made["id"], name="p")) == (409, "object_in_use")
        assert [alice.delete(self.path, id=made["id"], name=name).status_code for name in "cp"] == [204, 204]

    def test_it_is_recorded(self, alice: Person, server: Server) -> None:
        made = make(alice)
        run(server, made, "CREATE TABLE t (i INTEGER)")
        alice.delete(self.path, id=made["id"], name="t").raise_for_status()
        recorded = ("drop_workspace_object", "success", "workspace_object", f"{made['id']}/t")
        assert server.events(alice.project_id)[-1] == recorded


def percent(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


class TestReset(EndpointContract):
    path, method, needs, names = WORKSPACE + "/credentials/reset", "POST", "write", NONE

    def test_a_new_password_for_the_same_user(self, alice: Person, server: Server) -> None:
        made = make(alice)
        reset = alice.post(self.path, id=made["id"])
        assert reset.status_code == 200
        assert reset.json()["password"] != made["connection"]["password"]
        assert PASSWORD.fullmatch(reset.json()["password"])
        assert reset.json() | {"password": None} == made["connection"] | {"password": None}
        assert server.events(alice.project_id)[-1][0] == "reset_workspace_credentials"

    def test_the_old_password_is_no_good_any_more(self, alice: Person, server: Server) -> None:
        made = make(alice)
        new = alice.post(self.path, id=made["id"]).json()["password"]
        login = {"username": made["connection"]["username"]}
        tried = [
            server.http.post("/internal/pgwire/auth", json=login | {"password": password}).status_code
            for password in (made["connection"]["password"], new)
        ]
        assert tried == [401, 200]

    def test_without_credentials_it_is_404(self, alice: Person, server: Server) -> None:
        made = make(alice)
        server.execute("DELETE FROM workspaces_credential WHERE workspace_id = ?", made["id"])
        assert alice.get(WORKSPACE, id=made["id"]).json()["connection"] is None
        assert alice.post(self.path, id=made["id"]).json() == {
            "detail": {
                "error": "credentials_not_found",
                "message": f"Credentials not found for workspace {made['id']}",
            }
        }


class TestExpired:
    def test_everything_but_delete_and_the_list_is_410(self, alice: Person, server: Server) -> None:
        made = make(alice, ttl_hours=1)
        expire(server, made)
        calls = [
            ("GET", WORKSPACE, None),
            ("POST", WORKSPACE + "/clear", None),
            ("DELETE", WORKSPACE + "/objects/t", None),
            ("POST", WORKSPACE + "/load", {"tables": []}),
            ("POST", WORKSPACE + "/credentials/reset", None),
        ]
        for method, path, body in calls:
            reply = alice.request(method, path, id=made["id"], json=body)
            assert reply.status_code == 410, path
            assert reply.json()["detail"] == {
                "error": "workspace_expired",
                "message": f"Workspace {made['id']} has expired",
                "details": {"workspace_id": made["id"], "expired_at": "2020-01-01T00:00:00.000000+00:00"},
            }
        assert alice.get(WORKSPACES).json()["workspaces"][0]["status"] == "expired"
        assert file_of(server, made).exists()
        assert alice.delete(WORKSPACE, id=made["id"]).status_code == 204

    def test_a_bad_body_is_422_before_that(self, alice: Person, server: Server) -> None:
        made = make(alice, ttl_hours=1)
        expire(server, made)
        assert alice.post(WORKSPACE + "/load", id=made["id"], json={}).status_code == 422


class TestOfBranch(EndpointContract):
    path, method, needs, has_body = OF_BRANCH, "POST", "write", True

    def test_its_file_lies_below_the_branch(self, alice: Person, server: Server) -> None:
        branch = alice.make_branch()
        made = make_on(alice, branch, ttl_hours=2)
        assert made["branch_id"] == branch
        assert file_of(server, made).is_file()
        assert server.events(alice.project_id)[-1] == ("create_branch_workspace", "success", "workspace", made["id"])
        assert alice.get(ONE_OF_BRANCH, br=branch, id=made["id"]).json()["id"] == made["id"]
        assert alice.delete(ONE_OF_BRANCH, br=branch, id=made["id"]).status_code == 204
        assert server.events(alice.project_id)[-1][0] == "delete_branch_workspace"
        assert not file_of(server, made).exists()

    def test_project_routes_reach_it_as_well(self, alice: Person) -> None:
        made = make_on(alice, alice.make_branch())
        assert alice.get(WORKSPACE, id=made["id"]).status_code == 200
        assert alice.post(WORKSPACE + "/clear", id=made["id"]).status_code == 204
        assert alice.delete(WORKSPACE, id=made["id"]).status_code == 204

    @pytest.mark.parametrize("branch", ["default", "none"])
    @pytest.mark.parametrize(("method", "path"), [
        ("POST", OF_BRANCH), ("GET", OF_BRANCH), ("GET", ONE_OF_BRANCH), ("DELETE", ONE_OF_BRANCH),
    ])  # fmt: skip
    def test_default_is_no_branch_here(self, alice: Person, branch: str, method: str, path: str) -> None:
        named = {"id": "ws_none"} if "{id}" in path else {}
        body = {"name": "x"} if method == "POST" else None
        reply = alice.request(method, path, br=branch, **named, json=body)
        assert reply.status_code == 404
        assert reply.json()["detail"] == {
            "error": "branch_not_found",
            "message": f"Branch {branch} not found in project {alice.project_id}",
            "details": {"project_id": alice.project_id, "branch_id": branch},
        }

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_a_workspace_of_main_or_of_another_branch_is_not_found(self, alice: Person, method: str) -> None:
        branch, other = alice.make_branch("one"), alice.make_branch("two")
        for made in (make(alice), make_on(alice, other)):
            reply = alice.request(method, ONE_OF_BRANCH, br=branch, id=made["id"])
            assert reply.status_code == 404
            assert reply.json()["detail"] == {
                "error": "workspace_not_found",
                "message": f"Workspace {made['id']} not found in branch {branch}",
                "details": {"project_id": alice.project_id, "branch_id": branch, "workspace_id": made["id"]},
            }

    def test_it_sees_each_table_once_as_the_branch_does(self, alice: Person, orders: dict[str, Any]) -> None:
        branch = alice.make_branch()
        alice.load("id,amount\n1,1\n", "orders").raise_for_status()
        on_branch = Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id=branch)
        on_branch.load("id,amount\n1,1\n2,2\n3,3\n", "orders").raise_for_status()
        on_branch.make_table("in.c-sales", "only_here", {"id": "INTEGER"})
        seen = alice.get(ONE_OF_BRANCH, br=branch, id=make_on(alice, branch)["id"]).json()["attached_tables"]
        assert [(table["table"], table["rows"]) for table in seen] == [("only_here", 0), ("orders", 3)]
        seen = alice.get(WORKSPACE, id=make(alice)["id"]).json()["attached_tables"]
        assert [(table["table"], table["rows"]) for table in seen] == [("orders", 1)]


class TestStrangers:
    @pytest.mark.parametrize(("method", "tail"), [
        ("GET", ""), ("DELETE", ""), ("POST", "/clear"), ("DELETE", "/objects/t"), ("POST", "/credentials/reset"),
    ])  # fmt: skip
    def test_a_workspace_of_another_project_is_not_found(
        self, alice: Person, carol: Person, method: str, tail: str
    ) -> None:
        made = make(alice)
        reply = carol.request(method, WORKSPACE + tail, id=made["id"])
        assert reply.status_code == 404
        assert reply.json()["detail"] == {
            "error": "workspace_not_found",
            "message": f"Workspace {made['id']} not found in project {carol.project_id}",
            "details": {"project_id": carol.project_id, "workspace_id": made["id"]},
        }
        assert alice.get(WORKSPACE, id=made["id"]).status_code == 200
