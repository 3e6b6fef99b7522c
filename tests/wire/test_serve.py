"""`manage.py serve` and `manage.py runjobs` as an operator meets them: real processes, real signals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from kbstore.serving.http_server import bind
from tests.cast import Person, Server, start_server
from tests.live_server import ADMIN_KEY, ROOT, manage, server_environment
from tests.wire.conftest import JOBS_ENVIRONMENT
from tests.wire.jobs import start, until, wait_until

STOP_SECONDS = 40


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers on one data directory; what still runs at the end of the test is stopped."""
    running: list[Server] = []

    def start_one(*, is_empty: bool = False, **environment: str) -> Server:
        running.append(start_server(tmp_path, is_empty=is_empty, **(JOBS_ENVIRONMENT | environment)))
        return running[-1]

    yield start_one
    for server in running:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def runjobs(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []

    def start_one(**environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "runjobs", "--threads", "1"],
            cwd=ROOT,
            env=server_environment(tmp_path / "data") | JOBS_ENVIRONMENT | environment,
            stdout=subprocess.PIPE,
        )
        running.append(process)
        assert b"runs jobs as" in process.stdout.readline()
        return process

    yield start_one
    for process in running:
        process.kill()
        process.wait()


def new_owner(server: Server) -> Person:
    """The admin of a project that outlives this server."""
    admin = Person(server, key=ADMIN_KEY)
    key = admin.post("/projects", json={"id": "p1"}).raise_for_status().json()["api_key"]
    return Person(server, key=key, project_id="p1")


def log_of(server: Server) -> str:
    return (server.data_dir.parent / "server.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_an_idle_server_with_exit_code_0(serve, number):
    server = serve()
    server.process.send_signal(number)
    assert server.process.wait(STOP_SECONDS) == 0


def test_it_says_once_where_it_listens_and_how_to_log_in(serve):
    server = serve(is_empty=True)
    port = server.url.rpartition(":")[2]
    assert f"KBSTORE_PORT={port}" in log_of(server)
    assert "user: admin" in log_of(server)
    server.stop()
    assert log_of(serve()).count("password") == 1, "the second start must not show it again"


def test_a_taken_port_is_a_clear_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = manage(tmp_path / "data", "serve", "--host", "127.0.0.1", "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert "another process listens there" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_wrong_setting_stops_the_start(tmp_path):
    ended = manage(tmp_path / "data", "serve", "--port", "0", KBSTORE_JOB_WORKERS="many")
    assert ended.returncode == 1
    assert "kbstore.E001" in ended.stderr


def test_the_death_of_a_worker_thread_ends_the_server_with_exit_code_1(tmp_path):
    ended = manage(tmp_path / "data", "serve", "--port", "0", TESTS_BROKEN_WORKERS="1", **JOBS_ENVIRONMENT)
    assert ended.returncode == 1
    assert "a job worker died" in ended.stderr


def test_running_jobs_may_finish_within_the_grace(serve, tmp_path):
    server, gate = serve(), tmp_path / "gate"
    owner = new_owner(server)
    job = start(owner, "test_gated", gate=str(gate))
    wait_until(owner, job["id"], "processing")
    server.process.terminate()
    threading.Timer(0.5, gate.touch).start()
    assert server.process.wait(STOP_SECONDS) == 0
    owner.server = serve()
    assert owner.get("/jobs/{job}", job=job["id"]).json()["state"] == "success"


def test_jobs_that_outlast_the_grace_are_marked_and_waiting_ones_run_later(serve, tmp_path):
    server, log = serve(KBSTORE_SHUTDOWN_GRACE_SECONDS="0.5", KBSTORE_JOB_WORKERS="1"), tmp_path / "runs"
    (tmp_path / "gate").touch()
    owner = new_owner(server)
    running = start(owner, "test_query")
    wait_until(owner, running["id"], "processing")
    waiting = start(owner, "test_gated", gate=str(tmp_path / "gate"), log=str(log))
    server.process.terminate()
    assert server.process.wait(STOP_SECONDS) == 0
    assert not log.exists()
    owner.server = serve()
    error = owner.get("/jobs/{job}", job=running["id"]).json()["error"]
    assert (error["error"], error["retryable"]) == ("interrupted_by_shutdown", True)
    assert wait_until(owner, waiting["id"], "success", "error")["state"] == "success"


def test_a_synchronous_caller_hears_of_the_interruption(serve):
    server = serve(KBSTORE_SHUTDOWN_GRACE_SECONDS="0.5")
    owner = new_owner(server)
    answers: list[httpx.Response] = []
    body = {"type": "test_query"}
    caller = threading.Thread(target=lambda: answers.append(owner.post("/projects/{p}/test-jobs", json=body)))
    caller.start()
    wait_until_one_runs(owner)
    server.process.terminate()
    assert server.process.wait(STOP_SECONDS) == 0
    caller.join(STOP_SECONDS)
    assert answers[0].status_code == 503
    assert answers[0].json()["detail"]["error"] == "interrupted_by_shutdown"
    owner.server = serve()


def wait_until_one_runs(owner: Person) -> None:
    until(lambda: owner.get("/projects/{p}/jobs?state=processing").json()["jobs"], "a running job")


def test_a_killed_server_leaves_no_job_behind_that_seems_to_run(serve, tmp_path):
    server = serve(KBSTORE_JOB_WORKERS="1")
    (tmp_path / "gate").touch()
    owner = new_owner(server)
    running = start(owner, "test_query")
    wait_until(owner, running["id"], "processing")
    waiting = start(owner, "test_gated", gate=str(tmp_path / "gate"))
    server.process.kill()
    server.process.wait()
    owner.server = serve()
    assert owner.get("/jobs/{job}", job=running["id"]).json()["error"]["error"] == "worker_lost"
    assert wait_until(owner, waiting["id"], "success", "error")["state"] == "success"


def test_a_second_server_leaves_the_jobs_of_the_first_alone_and_can_cancel_them(serve):
    first = serve()
    owner = new_owner(first)
    job = start(owner, "test_query")
    wait_until(owner, job["id"], "processing")
    elsewhere = Person(serve(), key=owner.key, project_id=owner.project_id)
    assert elsewhere.get("/jobs/{job}", job=job["id"]).json()["state"] == "processing"
    assert elsewhere.post("/jobs/{job}/cancel", job=job["id"]).status_code == 200
    assert wait_until(elsewhere, job["id"], "cancelled", "error")["state"] == "cancelled"


def test_two_servers_may_start_at_once_on_an_empty_directory(tmp_path):
    command = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", "0", "--port-file"]
    environment = server_environment(tmp_path / "data")
    servers = [
        subprocess.Popen([*command, str(tmp_path / f"port{n}")], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        for n in range(2)
    ]
    greetings = [read_until_it_listens(server) for server in servers]
    for server in servers:
        server.send_signal(signal.SIGTERM)
    assert [server.wait(STOP_SECONDS) for server in servers] == [0, 0]
    assert sum("user: admin" in greeting for greeting in greetings) == 1


def read_until_it_listens(server: subprocess.Popen[bytes]) -> str:
    lines: list[str] = []
    assert server.stdout is not None
    for line in server.stdout:
        lines.append(line.decode())
        if "KBSTORE_PORT=" in lines[-1]:
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_workers_in_a_process_of_their_own_run_what_the_server_queues(serve, runjobs):
    server, worker = serve(KBSTORE_JOB_WORKERS="0"), runjobs()
    owner = new_owner(server)
    job = start(owner, "test_echo", n=1)
    assert wait_until(owner, job["id"], "success", "error")["result"] == {"n": 1}
    worker.terminate()
    assert worker.wait(STOP_SECONDS) == 0


def test_a_worker_process_interrupts_its_jobs_at_the_end_of_the_grace(serve, runjobs):
    server, worker = serve(KBSTORE_JOB_WORKERS="0"), runjobs(KBSTORE_SHUTDOWN_GRACE_SECONDS="0.5")
    owner = new_owner(server)
    job = start(owner, "test_query")
    wait_until(owner, job["id"], "processing")
    worker.terminate()
    assert worker.wait(STOP_SECONDS) == 0
    assert wait_until(owner, job["id"], "error")["error"]["error"] == "interrupted_by_shutdown"


def test_the_doorbell_reaches_sockets_without_waiting_for_their_next_look(serve, tmp_path):
    server, gate = serve(TESTS_LOOK_SECONDS="3600"), tmp_path / "gate"
    owner = new_owner(server)
    job = start(owner, "test_gated", gate=str(gate))
    wait_until(owner, job["id"], "processing")
    address = server.url.replace("http://", "ws://") + f"/ws/jobs/{job['id']}/"
    with connect(address, additional_headers={"Authorization": f"Bearer {owner.key}"}) as shown:
        json.loads(shown.recv(timeout=20))
        gate.touch()
        while json.loads(shown.recv(timeout=20))["state"] != "success":
            pass


def test_a_dead_channel_layer_harms_neither_jobs_nor_sockets(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    server, gate = serve(REDIS_URL=f"redis://127.0.0.1:{port}"), tmp_path / "gate"
    owner = new_owner(server)
    job = start(owner, "test_gated", gate=str(gate))
    wait_until(owner, job["id"], "processing")
    address = server.url.replace("http://", "ws://") + f"/ws/jobs/{job['id']}/"
    with connect(address, additional_headers={"Authorization": f"Bearer {owner.key}"}) as shown:
        json.loads(shown.recv(timeout=20))
        gate.touch()
        while json.loads(shown.recv(timeout=20))["state"] != "success":
            pass


def test_the_listening_socket_says_that_it_is_tcp():
    """asyncio turns Nagle's delay off only then: without it each answer on a kept connection takes 40 ms."""
    with bind(host="127.0.0.1", port=0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_health_answers_although_all_request_slots_are_taken(serve, tmp_path):
    server, gate = serve(KBSTORE_MAX_RUNNING_REQUESTS="1"), tmp_path / "gate"
    owner = new_owner(server)
    body = {"type": "test_gated", "params": {"gate": str(gate), "log": str(tmp_path / "runs")}}
    caller = threading.Thread(target=lambda: owner.post("/projects/{p}/test-jobs", json=body))
    caller.start()
    until((tmp_path / "runs").exists, "the job to run")
    assert server.http.get("/health", timeout=10).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        owner.get("/projects/{p}", timeout=0.5)
    gate.touch()
    caller.join(STOP_SECONDS)
    assert owner.get("/projects/{p}").status_code == 200
