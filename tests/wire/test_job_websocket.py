"""Progress over websockets, with a real client against a real server."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.cast import Person, Server, new_project
from tests.wire.jobs import start, wait_until

SECONDS = 20


def url(server: Server, path: str) -> str:
    return server.url.replace("http://", "ws://") + path


def bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.key}"}


def messages(socket: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """Everything until the server closes, and its close code."""
    received = []
    try:
        while True:
            received.append(json.loads(socket.recv(timeout=SECONDS)))
    except ConnectionClosed as closed:
        return received, closed.rcvd.code if closed.rcvd else 1006


def close_code(server: Server, path: str, **options: Any) -> int:
    with connect(url(server, path), **options) as socket:
        return messages(socket)[1]


def test_a_job_is_shown_from_now_to_its_end(dana, tmp_path):
    gate = tmp_path / "gate"
    job = start(dana, "test_gated", gate=str(gate))
    wait_until(dana, job["id"], "processing")
    with connect(url(dana.server, f"/ws/jobs/{job['id']}/"), additional_headers=bearer(dana)) as socket:
        first = json.loads(socket.recv(timeout=SECONDS))
        gate.touch()
        received, code = messages(socket)
    assert first["state"] == "processing"
    assert received[-1] == dana.get("/jobs/{job}", job=job["id"]).json()
    assert (received[-1]["state"], received[-1]["progress"], code) == ("success", 1.0, 1000)
    progress = [message["progress"] for message in [first, *received]]
    assert progress == sorted(progress)


def test_a_finished_job_is_sent_once(dana):
    job = start(dana, "test_echo", n=1)
    wait_until(dana, job["id"], "success")
    with connect(url(dana.server, f"/ws/jobs/{job['id']}/"), additional_headers=bearer(dana)) as socket:
        received, code = messages(socket)
    assert ([message["result"] for message in received], code) == ([{"n": 1}], 1000)


def test_a_browser_sends_the_key_as_a_subprotocol_that_is_not_echoed(dana):
    job = start(dana, "test_echo")
    path = url(dana.server, f"/ws/jobs/{job['id']}/")
    with connect(path, subprotocols=["kbstore.bearer", dana.key]) as socket:
        assert socket.subprotocol == "kbstore.bearer"
        assert messages(socket)[1] == 1000


def test_a_cancelled_job_says_so(dana):
    job = start(dana, "test_query")
    wait_until(dana, job["id"], "processing")
    with connect(url(dana.server, f"/ws/jobs/{job['id']}/"), additional_headers=bearer(dana)) as socket:
        assert dana.post("/jobs/{job}/cancel", job=job["id"]).status_code == 200
        received, code = messages(socket)
    assert (received[-1]["state"], code) == ("cancelled", 1000)


def test_a_project_socket_streams_the_jobs_of_its_project_only(dana):
    with (
        new_project(dana.server) as other,
        connect(url(dana.server, f"/ws/projects/{dana.project_id}/jobs/"), additional_headers=bearer(dana)) as socket,
    ):
        start(other, "test_echo")
        mine = [start(dana, "test_echo", n=n)["id"] for n in range(2)]
        last: dict[str, str] = {}
        while sorted(last.values()) != ["success", "success"]:
            message = json.loads(socket.recv(timeout=SECONDS))
            last[message["id"]] = message["state"]
    assert sorted(last) == sorted(mine)


@pytest.mark.parametrize("path", ["/ws/jobs/{job}/", "/ws/projects/{p}/jobs/"])
def test_refusals_have_a_code(dana, path):
    job = start(dana, "test_echo")
    filled = path.format(job=job["id"], p=dana.project_id)
    with new_project(dana.server) as stranger:
        strangers = close_code(dana.server, filled, additional_headers=bearer(stranger))
    assert strangers in (4403, 4404)
    assert close_code(dana.server, filled) == 4401
    assert close_code(dana.server, filled, additional_headers={"Authorization": "Basic abc"}) == 4401
    assert close_code(dana.server, filled, additional_headers={"Authorization": "Bearer unknown"}) == 4403
    assert close_code(dana.server, filled, subprotocols=["kbstore.bearer", "unknown"]) == 4403
    assert close_code(dana.server, filled, subprotocols=["kbstore.bearer"]) == 4401


@pytest.mark.parametrize("path", ["/ws/jobs/unknown/", "/ws/nothing/", "/ws/jobs/%00%22/", "/ws/projects/a%00b/jobs/"])
def test_what_does_not_exist_is_4404(dana, path):
    assert close_code(dana.server, path, additional_headers=bearer(dana)) == 4404


def test_an_operators_session_works_from_the_same_origin_only(dana, operator_session):
    job = start(dana, "test_echo")
    path = url(dana.server, f"/ws/jobs/{job['id']}/")
    cookie = {"Cookie": f"sessionid={operator_session}"}
    with connect(path, additional_headers=cookie, origin=dana.server.url) as socket:
        assert messages(socket)[1] == 1000
    assert close_code(dana.server, f"/ws/jobs/{job['id']}/", additional_headers=cookie) == 4403
    foreign = {"additional_headers": cookie, "origin": "http://evil.example"}
    assert close_code(dana.server, f"/ws/jobs/{job['id']}/", **foreign) == 4403


def test_progress_of_a_job_run_by_another_process_is_shown(dana):
    """Nobody rings here: the socket looks at the row each second."""
    job = start(dana, "test_gated", gate="/nonexistent/gate")
    wait_until(dana, job["id"], "processing")
    with connect(url(dana.server, f"/ws/jobs/{job['id']}/"), additional_headers=bearer(dana)) as socket:
        json.loads(socket.recv(timeout=SECONDS))
        change_row(dana.server.data_dir, "UPDATE storage_job SET bucket_name = 'seen' WHERE id = ?", job["id"])
        message = json.loads(socket.recv(timeout=SECONDS))
        while message["bucket_name"] != "seen":
            message = json.loads(socket.recv(timeout=SECONDS))
    dana.post("/jobs/{job}/cancel", job=job["id"])


def change_row(data_dir: Path, sql: str, *values: str) -> None:
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3", timeout=30)) as catalog, catalog:
        catalog.execute(sql, values)


@pytest.fixture
def operator_session(job_server: Server) -> str:
    """The session cookie of the operator, logged in as a person does."""
    page = job_server.http.get("/admin/login/")
    token = page.cookies["csrftoken"]
    form = {"username": "admin", "password": "operator-password", "csrfmiddlewaretoken": token}
    reply = job_server.http.post("/admin/login/?next=/admin/", data=form, cookies={"csrftoken": token})
    assert reply.status_code == 302, reply.text[:2000]
    session = reply.cookies["sessionid"]
    job_server.http.cookies.clear()
    return session
