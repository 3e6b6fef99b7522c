"""A server that dies by SIGKILL while it makes or fills a workspace leaves what was there before."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.cast import Person, Server
from tests.live_server import LiveServer, manage

WORKSPACES = "/projects/{p}/workspaces"


def person_on(server: LiveServer, key: str) -> Person:
    return Person(Server.of(server), key=key, project_id="p")


def test_a_crash_during_a_load_keeps_the_old_table(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with LiveServer(data_dir) as server:
        key = server.client().post("/projects", json={"id": "p"}).json()["api_key"]
        person = person_on(server, key)
        person.make_bucket("b")
        person.make_table("b", "t", {"id": "INTEGER"})
        person.load("id\n1\n2\n", "t", bucket="b").raise_for_status()
        made = person.post(WORKSPACES, json={"name": "x", "preload_tables": ["b.t"]}).json()
        person.load("id\n1\n2\n3\n", "t", bucket="b").raise_for_status()
        assert server.terminate() == 0
    path = WORKSPACES + f"/{made['id']}"
    with LiveServer(data_dir, KBSTORE_FAULT_POINT="workspace_copy.before_commit") as server:
        with pytest.raises(httpx.TransportError):
            person_on(server, key).post(path + "/load", json={"tables": [{"source": "b.t"}]})
        assert server.wait_until_dead() == -9
    with LiveServer(data_dir) as server:
        person = person_on(server, key)
        assert person.get(path).json()["workspace_objects"] == [{"name": "t", "type": "table", "rows": 2}]
        entry = person.post(path + "/load", json={"tables": [{"source": "b.t"}]}).json()["loaded"][0]
        assert (entry["status"], entry["rows"]) == ("loaded", 3)
        assert person.delete(path).status_code == 204
        assert server.terminate() == 0


def test_a_crash_during_a_creation_leaves_a_file_that_doctor_finds(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with LiveServer(data_dir, KBSTORE_FAULT_POINT="workspace.made") as server:
        key = server.client().post("/projects", json={"id": "p"}).json()["api_key"]
        with pytest.raises(httpx.TransportError):
            person_on(server, key).post(WORKSPACES, json={"name": "x"})
    assert len(list(data_dir.glob("duckdb/project_p/_workspaces/*.duckdb"))) == 1
    found = manage(data_dir, "doctor")
    assert (found.returncode, "workspace file without a row" in found.stdout) == (1, True)
    assert manage(data_dir, "doctor", "--repair").returncode == 0
    assert list(data_dir.glob("duckdb/project_p/_workspaces/*.duckdb")) == []
