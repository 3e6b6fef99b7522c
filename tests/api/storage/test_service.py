"""Rest-core section 4."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import Person, Server, error_of, start_server
from tests.endpoint_contract import EndpointContract

PATHS = {"data_dir", "duckdb_dir", "files_dir", "snapshots_dir"}


def test_the_service_says_what_it_is(nobody: Person) -> None:
    body = nobody.get("/").json()
    assert body == {"service": "DuckDB Storage API", "version": body["version"], "health": "/health", "docs": None}


def test_health_is_a_boolean_for_each_directory(nobody: Person) -> None:
    reply = nobody.get("/health")
    assert reply.status_code == 200
    body = reply.json()
    assert (body["status"], body["storage_available"]) == ("healthy", True)
    assert body["details"] == dict.fromkeys(PATHS, True)


def test_liveness_and_readiness(nobody: Person) -> None:
    assert nobody.get("/health/live").json() == {"status": "alive"}
    ready = nobody.get("/health/ready").json()["details"]
    assert ready == dict.fromkeys([*PATHS, "writable", "free_space", "catalog"], True)


class TestInit(EndpointContract):
    path, method, needs = "/backend/init", "POST", "admin"

    def test_it_is_idempotent(self, admin: Person) -> None:
        body = admin.post(self.path).json()
        assert (body["success"], body["message"]) == (True, "Backend initialized successfully")
        assert set(body["storage_paths"]) == PATHS
        assert all(isinstance(path, str) for path in body["storage_paths"].values())


class TestRemove(EndpointContract):
    path, method, needs = "/backend/remove", "POST", "admin"

    def test_it_does_nothing(self, admin: Person, alice: Person) -> None:
        assert admin.post(self.path).json() == {
            "success": True,
            "message": "Backend removal acknowledged (no-op)",
            "storage_paths": None,
        }
        assert alice.get("/projects/{p}").status_code == 200


@pytest.fixture
def own_server(tmp_path: Path):
    server = start_server(tmp_path, ADMIN_API_KEY="tests-admin-key")
    yield server
    server.stop()


def test_a_missing_directory_is_reported_and_made_again(own_server: Server) -> None:
    admin = Person(own_server, key="tests-admin-key")
    (own_server.data_dir / "snapshots").rmdir()
    reply = admin.get("/health")
    assert error_of(reply) == (503, "storage_unavailable")
    assert reply.json()["detail"]["details"] == dict.fromkeys(PATHS, True) | {"snapshots_dir": False}
    assert str(own_server.data_dir) not in reply.text
    message = admin.post("/backend/init").json()["message"]
    assert message.startswith("Backend initialized successfully (created: ")
    assert admin.get("/health").status_code == 200
    (own_server.data_dir / "snapshots").rmdir()
    (own_server.data_dir / "snapshots").write_text("in the way")
    reply = admin.post("/backend/init")
    assert error_of(reply) == (500, "init_failed")
    assert [line.split(":")[0] for line in reply.json()["detail"]["details"]["errors"]] == ["snapshots_dir"]
