"""Sessions: what external wire servers report, and what the people of a project see and end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.api.workspaces.logins import Account, ago, make_account, text
from tests.cast import Person, Server, error_of

SESSIONS = "/internal/pgwire/sessions"
OF_WORKSPACE = "/projects/{p}/workspaces/{workspace}"


@pytest.fixture
def account(alice: Person) -> Account:
    return make_account(alice.server, alice.project_id)


class WireServer:
    """An external one, with ids that exist nowhere else."""

    def __init__(self, server: Server, account: Account) -> None:
        self.http = server.http
        self.workspace_id = account.workspace_id

    def id(self, name: str) -> str:
        return f"{self.workspace_id}.{name}"

    def open(self, name: str, **fields: Any) -> dict[str, Any]:
        reply = self.send("POST", json={"session_id": self.id(name), "workspace_id": self.workspace_id} | fields)
        assert reply.status_code == 201
        body: dict[str, Any] = reply.json()
        return body

    def send(self, method: str, tail: str = "", **options: Any) -> httpx.Response:
        return self.http.request(method, SESSIONS + tail, **options)

    def get(self, name: str) -> dict[str, Any]:
        reply = self.send("GET", f"/{self.id(name)}")
        assert reply.status_code == 200
        body: dict[str, Any] = reply.json()
        return body

    def touch(self, name: str, body: Any) -> httpx.Response:
        return self.send("PATCH", f"/{self.id(name)}/activity", json=body)

    def close(self, name: str, **params: str) -> httpx.Response:
        return self.send("DELETE", f"/{self.id(name)}", params=params)

    def ids(self, **filters: str) -> list[str]:
        found = self.send("GET", params={"workspace_id": self.workspace_id} | filters).json()
        return [session["session_id"].rpartition(".")[2] for session in found]


@pytest.fixture
def wire(alice: Person, account: Account) -> WireServer:
    return WireServer(alice.server, account)


class TestOpen:
    def test_the_session(self, wire: WireServer) -> None:
        made = wire.open("a", client_ip="192.0.2.1")
        assert {name: made[name] for name in made if not name.endswith("_at")} == {
            "session_id": wire.id("a"),
            "workspace_id": wire.workspace_id,
            "client_ip": "192.0.2.1",
            "query_count": 0,
            "status": "active",
        }
        assert datetime.fromisoformat(made["connected_at"]) <= datetime.fromisoformat(made["last_activity_at"])
        assert wire.get("a") == made

    def test_without_an_address(self, wire: WireServer) -> None:
        assert wire.open("a")["client_ip"] is None

    def test_in_an_unknown_workspace(self, wire: WireServer) -> None:
        reply = wire.send("POST", json={"session_id": wire.id("a"), "workspace_id": "ws_none"})
        error = {"error": "workspace_not_found", "message": "Workspace ws_none not found"}
        assert (reply.status_code, reply.json()) == (404, {"detail": error})

    def test_neither_expiry_nor_the_limit_is_checked(self, alice: Person) -> None:
        expired = WireServer(alice.server, make_account(alice.server, alice.project_id, expires_at=ago(days=1)))
        for number in range(7):
            expired.open(str(number))

    def test_an_id_is_given_once(self, alice: Person, wire: WireServer) -> None:
        wire.open("a")
        other = make_account(alice.server, alice.project_id)
        for workspace_id in (wire.workspace_id, other.workspace_id):
            reply = wire.send("POST", json={"session_id": wire.id("a"), "workspace_id": workspace_id})
            assert error_of(reply) == (409, "session_exists")
        assert wire.get("a")["workspace_id"] == wire.workspace_id

    def test_of_many_with_one_id_one_wins(self, wire: WireServer) -> None:
        body = {"session_id": wire.id("a"), "workspace_id": wire.workspace_id}
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: wire.send("POST", json=body).status_code, range(8)))
        assert sorted(replies) == [201, *7 * [409]]

    @pytest.mark.parametrize(
        "body",
        [None, {}, {"session_id": "x"}, {"workspace_id": "x"}, {"session_id": 1, "workspace_id": "x"}]
        + [{"session_id": bad, "workspace_id": "x"} for bad in ("", "x" * 129, "a\0b")]
        + [{"session_id": "x", "workspace_id": "x", "client_ip": "1" * 65}],
    )
    def test_a_bad_body_is_422(self, server: Server, body: Any) -> None:
        assert server.http.post(SESSIONS, json=body).status_code == 422


class TestList:
    def test_newest_first_with_the_closed_ones(self, wire: WireServer) -> None:
        for name in "abc":
            wire.open(name)
        wire.close("b")
        assert wire.ids() == ["c", "b", "a"]

    def test_filters_combine_and_empty_ones_do_not_filter(self, wire: WireServer) -> None:
        for name in "abc":
            wire.open(name)
        wire.close("b", reason="client_disconnect")
        assert wire.ids(status="active") == ["c", "a"]
        assert wire.ids(status="client_disconnect") == ["b"]
        assert wire.ids(status="") == ["c", "b", "a"]
        everywhere = wire.send("GET", params={"workspace_id": "", "status": "client_disconnect"}).json()
        assert wire.id("b") in [session["session_id"] for session in everywhere]
        assert wire.ids(workspace_id="ws_none") == []

    def test_pages(self, wire: WireServer) -> None:
        for name in "abc":
            wire.open(name)
        reply = wire.send("GET", params={"workspace_id": wire.workspace_id, "limit": 1, "offset": 1})
        assert [session["session_id"] for session in reply.json()] == [wire.id("b")]
        assert reply.headers["X-Total-Count"] == "3"


class TestTouch:
    def test_it_counts_unless_told_not_to(self, wire: WireServer) -> None:
        opened = wire.open("a")
        counts = [
            wire.touch("a", body).json()["query_count"]
            for body in ({}, {"increment_queries": True}, {"increment_queries": False})
        ]
        assert counts == [1, 2, 2]
        assert wire.get("a")["last_activity_at"] > opened["last_activity_at"]

    def test_at_once_none_is_lost(self, wire: WireServer) -> None:
        wire.open("a")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: wire.touch("a", {}), range(20)))
        assert wire.get("a")["query_count"] == 20

    def test_a_closed_one_stays_closed(self, wire: WireServer) -> None:
        wire.open("a")
        wire.close("a", reason="user_disconnect")
        touched = wire.touch("a", {}).json()
        assert (touched["status"], touched["query_count"]) == ("user_disconnect", 1)

    def test_it_needs_a_body(self, wire: WireServer) -> None:
        wire.open("a")
        assert wire.send("PATCH", f"/{wire.id('a')}/activity").status_code == 422
        assert wire.touch("a", []).status_code == 422
        assert wire.touch("a", {"increment_queries": None}).status_code == 422


class TestClose:
    def test_the_reason_is_the_status_word_for_word(self, wire: WireServer) -> None:
        wire.open("a")
        for reason in ("client_disconnect", "Größe & <b>", "x" * 128):
            reply = wire.close("a", reason=reason)
            assert (reply.status_code, reply.content) == (204, b"")
            assert wire.get("a")["status"] == reason

    def test_without_a_reason(self, wire: WireServer) -> None:
        wire.open("a")
        assert [wire.close("a").status_code for _ in range(2)] == [204, 204]
        assert wire.get("a")["status"] == "disconnected"

    @pytest.mark.parametrize("reason", ["active", "", "x" * 129, "a\0b"])
    def test_reasons_that_would_not_close_it(self, wire: WireServer, reason: str) -> None:
        wire.open("a")
        assert wire.close("a", reason=reason).status_code == 422
        assert wire.get("a")["status"] == "active"


class TestCleanup:
    def test_marks_open_ones_without_activity(self, alice: Person, wire: WireServer) -> None:
        for name in ("old", "closed", "young"):
            wire.open(name)
        wire.close("closed", reason="user_disconnect")
        update = "UPDATE workspaces_workspacesession SET last_activity_at = ? WHERE id = ?"
        for name in ("old", "closed"):
            alice.server.execute(update, text(ago(hours=30)), wire.id(name))
        reply = wire.send("POST", "/cleanup", params={"idle_timeout_seconds": 100_000})
        assert (reply.status_code, reply.json()["idle_timeout_seconds"]) == (200, 100_000)
        assert reply.json()["cleaned_up"] >= 1
        statuses = [wire.get(name)["status"] for name in ("old", "closed", "young")]
        assert statuses == ["timeout", "user_disconnect", "active"]

    @pytest.mark.parametrize("params", [{}, {"idle_timeout_seconds": 0}])
    def test_by_default_the_configured_time(self, server: Server, params: dict[str, int]) -> None:
        assert server.http.post(SESSIONS + "/cleanup", params=params).json()["idle_timeout_seconds"] == 3600

    @pytest.mark.parametrize("seconds", ["-1", "x", "", "1.5"])
    def test_bad_times(self, server: Server, seconds: str) -> None:
        reply = server.http.post(SESSIONS + "/cleanup", params={"idle_timeout_seconds": seconds})
        assert reply.status_code == 422
        assert reply.json()["detail"][0]["loc"] == ["query", "idle_timeout_seconds"]


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("PATCH", "/activity"), ("DELETE", "")])
def test_unknown_sessions(server: Server, method: str, tail: str) -> None:
    body = {"json": {}} if method == "PATCH" else {}
    reply = server.http.request(method, f"{SESSIONS}/pgw_none{tail}", **body)
    error = {"error": "session_not_found", "message": "Session pgw_none not found"}
    assert (reply.status_code, reply.json()) == (404, {"detail": error})


def test_they_go_with_their_project(alice: Person, wire: WireServer) -> None:
    wire.open("a")
    alice.delete("/projects/{p}").raise_for_status()
    assert error_of(wire.send("GET", f"/{wire.id('a')}")) == (404, "session_not_found")
    assert wire.ids() == []


class TestPeople:
    def test_see_who_is_connected(self, alice: Person, wire: WireServer) -> None:
        for name in "abc":
            wire.open(name, client_ip="192.0.2.1")
        wire.close("b", reason="client_disconnect")
        path = OF_WORKSPACE + "/sessions"
        shown = alice.get(path, workspace=wire.workspace_id).json()
        assert [session["session_id"] for session in shown["sessions"]] == [wire.id(name) for name in "cba"]
        assert (shown["count"], shown["total"]) == (3, 3)
        assert shown["sessions"][1] == wire.get("b")
        page = alice.get(path, workspace=wire.workspace_id, params={"status": "active", "limit": 1}).json()
        assert (page["count"], page["total"]) == (1, 2)

    def test_end_one(self, alice: Person, wire: WireServer) -> None:
        for name in "ab":
            wire.open(name)
        path = OF_WORKSPACE + "/sessions/{session}"
        for _ in range(2):
            reply = alice.delete(path, workspace=wire.workspace_id, session=wire.id("a"))
            assert reply.status_code == 200
            assert reply.json() == {"message": "Session disconnected", "session_id": wire.id("a")}
        assert [wire.get(name)["status"] for name in "ab"] == ["admin_disconnect", "active"]
        assert wire.touch("a", {}).json()["status"] == "admin_disconnect"

    def test_end_all_also_of_an_expired_one(self, alice: Person) -> None:
        wire = WireServer(alice.server, make_account(alice.server, alice.project_id, expires_at=ago(days=1)))
        for name in "abc":
            wire.open(name)
        wire.close("b", reason="client_disconnect")
        reply = alice.post(OF_WORKSPACE + "/disconnect-all", workspace=wire.workspace_id)
        assert reply.status_code == 200
        assert (reply.json()["message"], reply.json()["count"]) == ("All sessions disconnected", 2)
        assert sorted(reply.json()["session_ids"]) == [wire.id("a"), wire.id("c")]
        assert [wire.get(name)["status"] for name in "abc"] == [
            "admin_disconnect",
            "client_disconnect",
            "admin_disconnect",
        ]
        assert alice.post(OF_WORKSPACE + "/disconnect-all", workspace=wire.workspace_id).json()["count"] == 0
        events = [event[:3] for event in alice.server.events(str(alice.project_id))]
        assert ("disconnect_workspace", "success", "workspace") in events

    def test_not_in_workspaces_of_others(self, alice: Person, carol: Person, wire: WireServer) -> None:
        wire.open("a")
        names = {"workspace": wire.workspace_id}
        own = make_account(carol.server, carol.project_id).workspace_id
        for method, tail in (("GET", "/sessions"), ("DELETE", "/sessions/{session}"), ("POST", "/disconnect-all")):
            session = {"session": wire.id("a")} if "{session}" in tail else {}
            reply = carol.request(method, OF_WORKSPACE + tail, **names, **session)
            assert error_of(reply) == (404, "workspace_not_found")
        through_own = carol.delete(OF_WORKSPACE + "/sessions/{session}", workspace=own, session=wire.id("a"))
        assert error_of(through_own) == (404, "session_not_found")
        assert wire.get("a")["status"] == "active"

    def test_a_reader_sees_those_of_its_branch_and_ends_none(self, alice: Person, bob: Person) -> None:
        of_branch = make_account(alice.server, alice.project_id, branch_id=bob.branch_id)
        wire = WireServer(alice.server, of_branch)
        wire.open("a")
        of_main = make_account(alice.server, alice.project_id)
        assert bob.get(OF_WORKSPACE + "/sessions", workspace=of_branch.workspace_id).json()["count"] == 1
        assert bob.get(OF_WORKSPACE + "/sessions", workspace=of_main.workspace_id).status_code == 403
        assert bob.post(OF_WORKSPACE + "/disconnect-all", workspace=of_branch.workspace_id).status_code == 403
        assert wire.get("a")["status"] == "active"
