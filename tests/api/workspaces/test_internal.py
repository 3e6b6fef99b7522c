"""`POST /internal/pgwire/auth`, and who may call `/internal/*` at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import httpx
import pytest

from tests.api.workspaces.logins import Account, ago, make_account
from tests.cast import ADMIN_KEY, BUCKET, Person, Server, error_of, start_server

AUTH = "/internal/pgwire/auth"
SESSIONS = "/internal/pgwire/sessions"
LIMIT = 5
INVALID = {"detail": {"error": "invalid_credentials", "message": "Invalid username or password"}}


@pytest.fixture
def account(alice: Person) -> Account:
    return make_account(alice.server, alice.project_id)


def log_in(server: Server, account: Account, **changes: str) -> httpx.Response:
    return server.http.post(AUTH, json=account.body(**changes))


def open_session(server: Server, account: Account, session_id: str) -> None:
    body = {"session_id": session_id, "workspace_id": account.workspace_id}
    server.http.post(SESSIONS, json=body).raise_for_status()


def fill(server: Server, account: Account) -> list[str]:
    ids = [f"{account.workspace_id}-{number}" for number in range(LIMIT)]
    for session_id in ids:
        open_session(server, account, session_id)
    return ids


def names(tables: list[dict[str, Any]]) -> list[str]:
    return [f"{table['bucket']}.{table['name']}" for table in tables]


def rows_in(path: str) -> int:
    with duckdb.connect(path, read_only=True) as connection:
        found = connection.execute("SELECT count(*) FROM data").fetchone()
        assert found is not None
        count: int = found[0]
        return count


class TestRightPassword:
    def test_the_answer(self, alice: Person, account: Account) -> None:
        reply = log_in(alice.server, account, client_ip="192.0.2.1")
        assert reply.status_code == 200
        file = alice.server.data_dir / f"duckdb/project_{alice.project_id}/_workspaces/{account.workspace_id}.duckdb"
        assert reply.json() == {
            "workspace_id": account.workspace_id,
            "project_id": alice.project_id,
            "branch_id": None,
            "db_path": str(file),
            "tables": [],
            "linked_tables": [],
            "memory_limit": "4GB",
            "query_timeout_seconds": 300,
        }

    def test_it_opens_no_session(self, alice: Person, account: Account) -> None:
        for _ in range(LIMIT + 1):
            assert log_in(alice.server, account).status_code == 200
        assert alice.server.http.get(SESSIONS, params={"workspace_id": account.workspace_id}).json() == []

    def test_a_key_is_neither_needed_nor_looked_at(self, alice: Person, account: Account) -> None:
        reply = alice.server.http.post(AUTH, json=account.body(), headers={"Authorization": "Bearer nonsense"})
        assert reply.status_code == 200

    def test_with_an_idempotency_key_and_no_credentials_it_is_checked_each_time(
        self, alice: Person, account: Account
    ) -> None:
        headers = {"X-Idempotency-Key": account.workspace_id}
        assert alice.server.http.post(AUTH, json=account.body(), headers=headers).status_code == 200
        fill(alice.server, account)
        assert alice.server.http.post(AUTH, json=account.body(), headers=headers).status_code == 429

    def test_nothing_of_the_verifier_leaves(self, alice: Person, account: Account) -> None:
        shown = log_in(alice.server, account).text
        assert not [word for word in ("SCRAM", "verifier", "password", account.password) if word in shown]


class TestTables:
    def test_every_physical_table_by_bucket_and_name(self, alice: Person, account: Account) -> None:
        for bucket in ("out_b", "in_a", "in_B"):
            alice.make_bucket(bucket)
        for bucket, name in (("out_b", "t"), ("in_a", "z"), ("in_a", "Z"), ("in_B", "t")):
            alice.make_table(bucket, name, {"id": "INTEGER"})
        alice.load("id\n1\n2\n", "z", bucket="in_a").raise_for_status()
        tables = log_in(alice.server, account).json()["tables"]
        assert names(tables) == ["in_B.t", "in_a.Z", "in_a.z", "out_b.t"]
        assert [table["rows"] for table in tables] == [0, 0, 2, 0]
        assert rows_in(tables[2]["path"]) == 2
        assert Path(tables[2]["path"]).parts[-3:] == (f"project_{alice.project_id}", "in_a", "z.duckdb")

    def test_a_branch_has_its_own_copies_and_the_rest_of_main(self, alice: Person) -> None:
        alice.make_bucket("in_a")
        for name in ("both", "main_only"):
            alice.make_table("in_a", name, {"id": "INTEGER"})
        branch_id = alice.make_branch()
        developer = Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id=branch_id)
        developer.load("id\n1\n2\n3\n", "both", bucket="in_a").raise_for_status()
        developer.make_table("in_a", "branch_only", {"id": "INTEGER"})
        reply = log_in(alice.server, make_account(alice.server, alice.project_id, branch_id=branch_id)).json()
        assert names(reply["tables"]) == ["in_a.both", "in_a.branch_only", "in_a.main_only"]
        assert [table["rows"] for table in reply["tables"]] == [3, 0, 0]
        assert [f"_branch_{branch_id}" in table["path"] for table in reply["tables"]] == [True, True, False]
        assert rows_in(reply["tables"][0]["path"]) == 3
        assert reply["branch_id"] == branch_id
        assert f"project_{alice.project_id}_branch_{branch_id}/_workspaces/" in reply["db_path"]
        of_main = log_in(alice.server, make_account(alice.server, alice.project_id)).json()["tables"]
        assert [(table["name"], table["rows"]) for table in of_main] == [("both", 0), ("main_only", 0)]

    def test_linked_ones_are_apart_under_the_name_of_the_link(
        self, alice: Person, carol: Person, account: Account
    ) -> None:
        carol.make_bucket("in_source")
        for name in ("shown", "also"):
            carol.make_table("in_source", name, {"id": "INTEGER"})
        carol.load("id\n1\n", "shown", bucket="in_source").raise_for_status()
        carol.make_bucket("in_private")
        carol.make_table("in_private", "secret", {"id": "INTEGER"})
        share = {"target_project_id": alice.project_id}
        carol.post(BUCKET + "/share", bucket="in_source", json=share).raise_for_status()
        source = {"source_project_id": carol.project_id, "source_bucket_name": "in_source"}
        alice.post(BUCKET + "/link", bucket="in_local", json=source).raise_for_status()
        reply = log_in(alice.server, account).json()
        assert reply["tables"] == []
        assert names(reply["linked_tables"]) == ["in_local.also", "in_local.shown"]
        assert rows_in(reply["linked_tables"][1]["path"]) == 1
        carol.delete(BUCKET + "/share", bucket="in_source", params=share).raise_for_status()
        assert log_in(alice.server, account).json()["linked_tables"] == []


class TestRefusals:
    @pytest.mark.parametrize(
        "changes",
        [
            {"password": "wrong"},
            {"password": ""},
            {"password": "x" * 100_000},
            {"password": "é" * 100_000},
            {"username": "ws_ws_00000000_00000000"},
            {"username": ""},
            {"username": "' OR '1'='1"},
        ],
    )
    def test_unknown_user_and_wrong_password_look_the_same(
        self, alice: Person, account: Account, changes: dict[str, str]
    ) -> None:
        reply = log_in(alice.server, account, **changes)
        assert (reply.status_code, reply.json()) == (401, INVALID)
        assert "WWW-Authenticate" not in reply.headers

    def test_a_password_with_more_behind_it_is_wrong(self, alice: Person, account: Account) -> None:
        for tail in ("x", "\0", " "):
            assert log_in(alice.server, account, password=account.password + tail).status_code == 401

    def test_they_take_as_long(self, alice: Person, account: Account) -> None:
        def seconds(changes: dict[str, str]) -> float:
            started = time.perf_counter()
            assert log_in(alice.server, account, **changes).status_code == 401
            return time.perf_counter() - started

        pairs = [(seconds({"password": "wrong"}), seconds({"username": "nobody"})) for _ in range(15)]
        known, unknown = (median(times) for times in zip(*pairs, strict=True))
        assert abs(known - unknown) < 0.7 * max(known, unknown), "without a hash it would be a fraction"

    def test_after_its_end_it_is_410_only_with_the_right_password(self, alice: Person) -> None:
        ended = ago(hours=1)
        account = make_account(alice.server, alice.project_id, expires_at=ended, status="error")
        reply = log_in(alice.server, account)
        assert (reply.status_code, reply.json()["detail"]) == (
            410,
            {
                "error": "workspace_expired",
                "message": f"Workspace {account.workspace_id} has expired",
                "details": {"workspace_id": account.workspace_id, "expired_at": ended.isoformat()},
            },
        )
        assert log_in(alice.server, account, password="wrong").status_code == 401  # noqa: S106

    def test_a_broken_one_is_410_before_its_sessions_are_counted(self, alice: Person) -> None:
        account = make_account(alice.server, alice.project_id, status="error")
        fill(alice.server, account)
        reply = log_in(alice.server, account)
        assert (reply.status_code, reply.json()["detail"]) == (
            410,
            {
                "error": "workspace_not_active",
                "message": f"Workspace {account.workspace_id} is not active",
                "details": {"workspace_id": account.workspace_id, "status": "error"},
            },
        )

    def test_at_the_limit_of_open_sessions_it_is_429_until_one_closes(self, alice: Person, account: Account) -> None:
        ids = fill(alice.server, account)
        reply = log_in(alice.server, account)
        assert (reply.status_code, reply.json()["detail"]) == (
            429,
            {
                "error": "connection_limit_reached",
                "message": f"Maximum connections ({LIMIT}) reached for workspace",
                "details": {"workspace_id": account.workspace_id, "active_sessions": LIMIT, "limit": LIMIT},
            },
        )
        alice.server.http.delete(f"{SESSIONS}/{ids[0]}").raise_for_status()
        assert log_in(alice.server, account).status_code == 200

    def test_sessions_of_a_server_that_died_lock_nobody_out(self, alice: Person, account: Account) -> None:
        ids = fill(alice.server, account)
        host = next((alice.server.data_dir / "_locks/workers").glob("*.lock")).name.partition(".")[0]
        dead = f"{host}.1.0123456789ab"
        sql = "UPDATE workspaces_workspacesession SET worker = ? WHERE workspace_id = ?"
        alice.server.execute(sql, dead, account.workspace_id)
        assert log_in(alice.server, account).status_code == 200
        assert {alice.server.http.get(f"{SESSIONS}/{session_id}").json()["status"] for session_id in ids} == {"lost"}

    def test_a_verifier_moved_to_another_workspace_opens_nothing(self, alice: Person, account: Account) -> None:
        other = make_account(alice.server, alice.project_id)
        sql = "SELECT verifier FROM workspaces_credential WHERE workspace_id = ?"
        ((verifier,),) = alice.server.execute(sql, account.workspace_id)
        assert account.password.encode() not in bytes(verifier)
        assert b"SCRAM" not in bytes(verifier)
        update = "UPDATE workspaces_credential SET verifier = ? WHERE workspace_id = ?"
        alice.server.execute(update, verifier, other.workspace_id)
        assert log_in(alice.server, other, password=account.password).status_code == 401

    @pytest.mark.parametrize("body", [None, {}, {"username": "x"}, {"password": "x"}, {"username": 1, "password": "x"}])
    def test_a_bad_body_is_422(self, server: Server, body: Any) -> None:
        assert server.http.post(AUTH, json=body).status_code == 422


def test_outcomes_are_counted(alice: Person, account: Account) -> None:
    def counted(outcome: str) -> float:
        lines = alice.server.http.get("/metrics").text.splitlines()
        name = f'pgwire_connections_total{{status="{outcome}"}} '
        return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)

    before = {outcome: counted(outcome) for outcome in ("success", "auth_failed", "expired", "limit_reached")}
    log_in(alice.server, account)
    log_in(alice.server, account, password="wrong")  # noqa: S106
    log_in(alice.server, make_account(alice.server, alice.project_id, expires_at=ago(days=1)))
    fill(alice.server, account)
    log_in(alice.server, account)
    assert {outcome: counted(outcome) - count for outcome, count in before.items()} == dict.fromkeys(before, 1.0)
    assert "pgwire_auth_duration_seconds_count" in alice.server.http.get("/metrics").text


# --- who may call


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Wants a token, believes the addresses that its tests make up, and slows guessing down early."""
    running = start_server(
        tmp_path_factory.mktemp("guarded"),
        INTERNAL_API_TOKEN="let-me-in",
        INTERNAL_API_ALLOWED_NETS="127.0.0.1, 192.0.2.0/24, 2001:db8::/32",
        KBSTORE_TRUST_PROXY_HEADERS="true",
        KBSTORE_FAILED_LOGINS_PER_MINUTE=str(LIMIT),
    )
    Person(running, key=ADMIN_KEY).post("/projects", json={"id": "p"}).raise_for_status()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Nothing is configured but that the proxy is believed."""
    running = start_server(tmp_path_factory.mktemp("far"), KBSTORE_TRUST_PROXY_HEADERS="true")
    yield running
    running.stop()


ROUTES = [
    ("POST", AUTH),
    ("POST", SESSIONS),
    ("GET", SESSIONS),
    ("GET", f"{SESSIONS}/none"),
    ("PATCH", f"{SESSIONS}/none/activity"),
    ("DELETE", f"{SESSIONS}/none"),
    ("POST", f"{SESSIONS}/cleanup"),
]


def at(address: str, token: str | None = None) -> dict[str, str]:
    return {"X-Forwarded-For": address} | ({} if token is None else {"X-Internal-Token": token})


class TestToken:
    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_every_route_needs_it_before_anything_else(self, guarded: Server, method: str, path: str) -> None:
        reply = guarded.http.request(method, path, headers={"Authorization": f"Bearer {ADMIN_KEY}"})
        assert error_of(reply) == (401, "internal_token_required")
        assert "WWW-Authenticate" not in reply.headers

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_with_it_every_route_answers(self, guarded: Server, method: str, path: str) -> None:
        reply = guarded.http.request(method, path, headers=at("192.0.2.1", "let-me-in"))
        assert reply.status_code in (200, 404, 422)
        assert reply.json() != {"detail": "Not Found"}

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_outside_of_the_networks_there_is_nothing(self, guarded: Server, method: str, path: str) -> None:
        for address in ("192.0.3.1", "10.0.0.1", "2001:db9::1", "nonsense"):
            reply = guarded.http.request(method, path, headers=at(address, "let-me-in"))
            assert (reply.status_code, reply.json()) == (404, {"detail": "Not Found"})

    def test_networks_of_both_kinds(self, guarded: Server) -> None:
        for address in ("192.0.2.255", "2001:db8::1", "::ffff:192.0.2.7"):
            assert guarded.http.get(SESSIONS, headers=at(address, "let-me-in")).status_code == 200

    @pytest.mark.parametrize("value", ["", "let-me-i", "let-me-in2", "LET-ME-IN", "é"])
    def test_a_wrong_one_is_refused(self, guarded: Server, value: str) -> None:
        headers = {"X-Internal-Token": value.encode()}
        assert error_of(guarded.http.get(SESSIONS, headers=headers)) == (401, "internal_token_required")

    def test_guessing_it_is_slowed_down_and_the_right_one_served(self, guarded: Server) -> None:
        seen = [guarded.http.get(SESSIONS, headers=at("192.0.2.9", "guess")).status_code for _ in range(LIMIT + 1)]
        assert seen == [*LIMIT * [401], 429]
        assert guarded.http.get(SESSIONS, headers=at("192.0.2.9", "let-me-in")).status_code == 200

    def test_an_answer_is_repeated_only_to_who_has_it(self, guarded: Server) -> None:
        account = make_account(guarded, "p")
        body = {"session_id": account.username, "workspace_id": account.workspace_id}
        sent = {"Authorization": "Bearer x", "X-Idempotency-Key": account.username}
        seen = [
            guarded.http.post(SESSIONS, json=body, headers=sent | headers)
            for headers in (at("192.0.2.1", "let-me-in"), at("192.0.2.1", "let-me-in"), {}, at("192.0.2.1", "guess"))
        ]
        assert [reply.status_code for reply in seen] == [201, 201, 401, 401]
        assert seen[1].headers["X-Idempotency-Replay"] == "true"

    def test_it_is_no_key_of_a_project(self, guarded: Server) -> None:
        reply = guarded.http.get("/projects/p", headers={"X-Internal-Token": "let-me-in"})
        assert reply.status_code == 401


def test_guessing_passwords_is_slowed_down_and_the_right_one_served(guarded: Server) -> None:
    account, headers = make_account(guarded, "p"), at("192.0.2.20", "let-me-in")

    def status(**changes: str) -> int:
        return guarded.http.post(AUTH, json=account.body(**changes), headers=headers).status_code

    assert [status(password=f"guess{number}") for number in range(LIMIT + 1)] == [*LIMIT * [401], 429]
    assert status(username="nobody") == 429
    assert status() == 200


class TestWithoutAToken:
    def test_this_host_is_served(self, far: Server) -> None:
        assert far.http.get(SESSIONS).status_code == 200

    @pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.9", "192.168.1.1", "fd00::1"])
    def test_neighbours_need_one(self, far: Server, address: str) -> None:
        assert error_of(far.http.get(SESSIONS, headers=at(address))) == (401, "internal_token_required")

    def test_strangers_find_nothing(self, far: Server) -> None:
        reply = far.http.get(SESSIONS, headers=at("203.0.113.9"))
        assert (reply.status_code, reply.json()) == (404, {"detail": "Not Found"})

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Forwarded-For": "127.0.0.1"},
            {"X-Real-IP": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"Via": "1.1 proxy"},
            {"Origin": "http://evil.example"},
        ],
    )
    def test_a_proxy_or_a_web_page_on_this_host_is_not_this_host(self, server: Server, headers: dict[str, str]) -> None:
        assert error_of(server.http.get(SESSIONS, headers=headers)) == (401, "internal_token_required")
