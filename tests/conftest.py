"""Fixtures of all tests: directories of their own for each worker, one real server, and the cast."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Before Django reads its settings: each test process has its own data directory and no caller's settings.
_DATA_DIR = Path(tempfile.mkdtemp(prefix="kbstore-tests-"))
atexit.register(shutil.rmtree, _DATA_DIR, ignore_errors=True)
os.environ |= {
    "DATA_DIR": str(_DATA_DIR),
    "ADMIN_API_KEY": "tests-admin-key",
    "KBSTORE_SECRET_KEY": "tests-secret-key",
    "DUCKDB_MEMORY_LIMIT": "1GB",
    "DUCKDB_THREADS": "2",
    # A test process with a gRPC client forks others, which begin anew at once: gRPC need not prepare them, nor talk.
    "GRPC_ENABLE_FORK_SUPPORT": "0",
}

from tests.cast import Person, Server, new_project, start_server  # noqa: E402 - the environment comes first


def pytest_collection_finish() -> None:
    """What is there after collecting stays to the end: looking through it again and again takes time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A catalog in a file: several threads of a test cannot share one in memory."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(_DATA_DIR / "test-catalog.sqlite3")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One real server for all tests of a worker: they use projects with random ids, so they do not meet."""
    running = start_server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def admin(server: Server) -> Person:
    """The installation's admin."""
    return Person(server, key="tests-admin-key")


@pytest.fixture
def alice(server: Server) -> Iterator[Person]:
    """Owns a fresh project."""
    with new_project(server) as owner:
        yield owner


@pytest.fixture
def bob(server: Server, alice: Person) -> Person:
    """May only read, in one dev branch of Alice's project."""
    branch = alice.make_branch("bob")
    body = {"description": "Bob", "scope": "branch_read", "branch_id": branch}
    key = alice.post("/projects/{p}/api-keys", json=body).json()["api_key"]
    return Person(server, key=key, project_id=alice.project_id, branch_id=branch)


@pytest.fixture
def carol(server: Server) -> Iterator[Person]:
    """Owns another project."""
    with new_project(server) as owner:
        yield owner


@pytest.fixture
def nobody(server: Server, alice: Person) -> Person:
    """Has no key."""
    return Person(server, key=None, project_id=alice.project_id)


@pytest.fixture
def bucket(alice: Person) -> str:
    """An empty bucket of Alice's."""
    alice.post("/projects/{p}/branches/default/buckets", json={"name": "in.c-sales"}).raise_for_status()
    return "in.c-sales"


@pytest.fixture
def orders(alice: Person, bucket: str) -> dict[str, Any]:
    """An empty table `orders` with the key `id` in Alice's bucket."""
    columns = [{"name": "id", "type": "INTEGER"}, {"name": "amount", "type": "DECIMAL(10,2)"}]
    body = {"name": "orders", "columns": columns, "primary_key": ["id"]}
    reply = alice.post("/projects/{p}/branches/default/buckets/{bucket}/tables", bucket=bucket, json=body)
    reply.raise_for_status()
    return reply.json()
