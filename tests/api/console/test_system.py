"""The pages about the installation: for those who see every project; what they do is the operators'."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from kbstore import env
from kbstore.console.system.settings import settings_in_force
from tests.cast import Person, Server
from tests.walks.people import OPERATOR, logged_in

PAGES = ["versions", "settings", "doctor", "backups", "metrics", "metrics/live"]
DEEDS = ["doctor/run", "backups/take", "backups/x/verify", "backups/x/delete", "runs/doctor-" + "0" * 32 + "/cancel"]


@pytest.mark.parametrize("page", PAGES)
def test_they_are_for_those_who_see_every_project(
    page: str, operator: Client, viewer: Client, member: Client, newcomer: Client
) -> None:
    url = f"/admin/system/{page}/"
    assert [who.get(url).status_code for who in (operator, viewer, member, newcomer, Client())] == [
        200, 200, 403, 403, 302,
    ]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_only_operators_do_something(deed: str, viewer: Client, member: Client, newcomer: Client) -> None:
    url = f"/admin/system/{deed}/"
    assert [who.post(url).status_code for who in (viewer, member, newcomer)] == [403, 403, 403]
    assert viewer.get(url).status_code in (403, 405)


def test_who_may_only_look_is_offered_nothing(viewer: Client) -> None:
    for page in ("doctor", "backups"):
        text = viewer.get(f"/admin/system/{page}/").content.decode()
        assert "Look now" not in text
        assert "Take a backup" not in text
    assert viewer.get("/admin/system/doctor/repair/").status_code == 403


def test_secrets_are_shown_nowhere(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in env.secrets:
        monkeypatch.setitem(env.in_force, name, "the-very-secret")
    monkeypatch.setitem(
        env.in_force, "KBSTORE_FILE_STORAGE_OPTIONS", {"location": "/x", "secret_key": "the-very-secret"}
    )
    text = operator.get("/admin/system/settings/").content.decode()
    assert "the-very-secret" not in text
    for secret in ("tests-admin-key", "tests-secret-key"):
        assert secret not in text
    assert {"ADMIN_API_KEY", "DATABASE_URL", "REDIS_URL", "KBSTORE_SECRET_KEY", "METRICS_TOKEN"} <= env.secrets


def test_every_setting_is_told_once_with_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DUCKDB_THREADS", 2), ("DUCKDB_MEMORY_LIMIT", 10**9)):
        monkeypatch.setenv(name, str(value))
        monkeypatch.setitem(env.in_force, name, value)
    every = [setting for rows in settings_in_force().values() for setting in rows]
    files = {f"{name}_FILE" for name in env.secrets}
    assert sorted(setting.name for setting in every) == sorted(set(env.declared) - files)
    found = {setting.name: setting for setting in every}
    assert (found["DUCKDB_THREADS"].source, found["DUCKDB_THREADS"].value) == ("environment", "2")
    assert found["DUCKDB_MEMORY_LIMIT"].value == "1.0 GB"
    assert (found["KBSTORE_VERSIONS_KEPT"].source, bool(found["KBSTORE_VERSIONS_KEPT"].meaning)) == ("default", True)


def test_metrics_are_those_of_the_registry(operator: Client) -> None:
    text = operator.get("/admin/system/metrics/").content.decode()
    assert "duckdb_api_requests" in text
    live = operator.get("/admin/system/metrics/live/").json()
    assert set(live["numbers"]) >= {"requests", "queries", "in_flight", "catalog_queries"}
    assert live["numbers"]["catalog_queries"] > 0


# --- a real server: the doctor and backups work in threads of it


@pytest.fixture
def console(server: Server) -> Iterator[httpx.Client]:
    cookies = {one["name"]: one["value"] for one in logged_in(server, OPERATOR)["cookies"]}
    with httpx.Client(base_url=server.url, cookies=cookies, follow_redirects=True, timeout=60) as client:
        yield client


def post(console: httpx.Client, path: str, **body: str) -> httpx.Response:
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', console.get("/admin/system/backups/").text)
    assert token is not None
    reply = console.post(f"/admin/system/{path}/", data=body | {"csrfmiddlewaretoken": token[1]})
    assert reply.status_code == 200
    return reply


def page_at_rest(console: httpx.Client, page: str) -> str:
    """The page once nothing runs any more."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = console.get(f"/admin/system/{page}/").text
        if "data-run=" not in text:
            return text
        time.sleep(0.05)
    raise AssertionError("it still runs")


def test_the_doctor_looks_and_repairs_while_the_server_serves(console: httpx.Client, server: Server) -> None:
    link = Path(server.data_dir) / "duckdb" / "project_ghost" / "in.c-x" / "ghost.duckdb"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nowhere")
    young = Path(server.data_dir) / "_staging" / "of running work.duckdb"
    young.write_bytes(b"x")
    post(console, "doctor/run", checksums="1")
    text = page_at_rest(console, "doctor")
    assert "in.c-x/ghost.duckdb" in text
    assert link.is_symlink()
    assert "in.c-x/ghost.duckdb" in console.get("/admin/system/doctor/repair/").text
    post(console, "doctor/run", repair="1")
    assert "done: removed" in page_at_rest(console, "doctor")
    assert not link.is_symlink()
    assert young.exists(), "what this process may just be making is not a leftover"
    young.unlink()


def news(server: Server, run_id: str, **headers: str) -> tuple[list[dict[str, Any]], int]:
    """Everything that the socket of a run says, and how it is closed."""
    url = f"{server.url.replace('http:', 'ws:')}/ws/runs/{run_id}/"
    said = []
    with connect(url, additional_headers=headers) as socket:
        try:
            while True:
                said.append(json.loads(socket.recv(timeout=20)))
        except ConnectionClosed as closed:
            return said, closed.rcvd.code if closed.rcvd else 1006


def test_a_run_is_told_to_its_end_to_operators_only(console: httpx.Client, server: Server, alice: Person) -> None:
    post(console, "doctor/run")
    run_id = max((server.data_dir / "_upkeep").glob("doctor-*.json"), key=lambda path: path.stat().st_mtime).stem
    said, code = news(server, run_id, Authorization="Bearer tests-admin-key")
    assert (said[-1]["state"], said[-1]["progress"], code) == ("success", 1.0, 1000)
    cookie = "; ".join(f"{one.name}={one.value}" for one in console.cookies.jar)
    assert news(server, run_id, Cookie=cookie, Origin=server.url)[1] == 1000
    assert news(server, run_id, Cookie=cookie, Origin="http://elsewhere.example") == ([], 4403)
    assert news(server, run_id, Authorization=f"Bearer {alice.key}") == ([], 4403)
    assert news(server, "doctor-0", Authorization="Bearer tests-admin-key") == ([], 4404)
    assert news(server, run_id) == ([], 4401)


def test_a_backup_is_taken_verified_and_deleted(console: httpx.Client, server: Server) -> None:
    post(console, "backups/take", form="tar")
    text = page_at_rest(console, "backups")
    name = re.search(r"kbstore-[0-9TZ:-]+\.tar", text)
    assert name is not None
    path = Path(server.data_dir) / "_backups" / name[0]
    assert path.stat().st_mode & 0o777 == 0o600
    post(console, f"backups/{name[0]}/verify")
    assert "intact" in page_at_rest(console, "backups")
    assert "That is not it" in post(console, f"backups/{name[0]}/delete", typed="x").text
    assert path.exists()
    assert "The backup was deleted." in post(console, f"backups/{name[0]}/delete", typed=name[0]).text
    assert not path.exists()
