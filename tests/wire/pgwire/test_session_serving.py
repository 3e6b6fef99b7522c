"""The SQL server among the other parts: ports that are taken, a process of its own, a stop in order."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.cast import Server
from tests.live_server import ADMIN_KEY, ROOT, LiveServer, manage, server_environment
from tests.wire.pgwire.sql_cast import Login, SqlServer, analyst, sql_server


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_serve_goes_on_where_the_port_is_taken(tmp_path: Path) -> None:
    with (
        taken_port() as port,
        LiveServer(tmp_path / "data", PGWIRE_ENABLED="true", PGWIRE_LISTEN_PORT=str(port)) as live,
    ):
        assert live.client().get("/projects").status_code == 200
        assert live.pgwire_port == 0
        assert "PGWIRE_LISTEN_PORT" in live.log_path.read_text()


def test_runpgwire_fails_where_the_port_is_taken(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    assert manage(data_dir, "migrate").returncode == 0
    with taken_port() as port:
        run = manage(data_dir, "runpgwire", "--host", "127.0.0.1", "--port", str(port))
    assert run.returncode != 0
    assert f"port {port}" in run.stderr


def test_runpgwire_serves_in_a_process_of_its_own(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as live:
        sql = SqlServer(live, Server.of(live))
        sql.server.http.post("/backend/init", headers={"Authorization": f"Bearer {ADMIN_KEY}"}).raise_for_status()
        port_file = tmp_path / "port"
        command = [sys.executable, "manage.py", "runpgwire", "--host", "127.0.0.1", "--port-file", str(port_file)]
        process = subprocess.Popen(command, cwd=ROOT, env=server_environment(live.data_dir))
        try:
            with analyst(sql) as (_, login):
                login.port = read_port(port_file)
                with login.connect() as db:
                    assert db.execute("SELECT count(*) FROM in_c_sales.orders").fetchone() == (3,)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def read_port(path: Path) -> int:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(path.read_text())


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[SqlServer, Login]]:
    with sql_server(tmp_path) as sql, analyst(sql) as (_, login):
        yield sql, login


def test_a_stop_ends_idle_sessions_and_keeps_what_was_committed(own: tuple[SqlServer, Login]) -> None:
    sql, login = own
    with login.connect() as db:
        db.execute("CREATE TABLE kept AS SELECT 1 AS i")
        assert sql.live.terminate() == 0
        with pytest.raises(psycopg.OperationalError):
            db.execute("SELECT 1")
    sql.live.start()
    login.port = sql.live.pgwire_port
    sql.server.url = sql.live.url
    with login.connect() as db:
        assert db.execute("SELECT i FROM kept").fetchall() == [(1,)]
    sql.server.http.base_url = sql.live.url
