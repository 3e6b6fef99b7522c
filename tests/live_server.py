"""A real `manage.py serve` in a process of its own, for every test that speaks to kbstore over a socket."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import uuid
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import psycopg
from filelock import FileLock
from psycopg import sql

from tests import warm_start
from tests.warm_start import WarmProcess

ROOT = Path(__file__).resolve().parent.parent
ADMIN_KEY = "tests-admin-key"
START_SECONDS = 60.0
CATALOG = "catalog.sqlite3"


def catalog_environment(data_dir: Path) -> dict[str, str]:
    """The catalog of a server: SQLite, or a database of its own on the PostgreSQL of KBSTORE_TEST_POSTGRES."""
    postgres = os.environ.get("KBSTORE_TEST_POSTGRES")
    if not postgres:
        return {}
    name = "test_" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:24]
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return {"DATABASE_URL": f"{postgres}/{name}"}


def server_environment(data_dir: Path, **overrides: str) -> dict[str, str]:
    """The environment of a server on `data_dir`; the settings of whoever runs the tests are left out."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "kbstore.settings",
        "DATA_DIR": str(data_dir),
        "ADMIN_API_KEY": ADMIN_KEY,
        "KBSTORE_SECRET_KEY": "tests-secret-key",
        "DUCKDB_THREADS": "2",
        "DUCKDB_MEMORY_LIMIT": "1GB",
        "KBSTORE_OPERATOR_PASSWORD": "operator-password",
        "LOG_LEVEL": "WARNING",
        # Many servers at once: those that serve SQL clients say so and take a free port.
        "PGWIRE_ENABLED": "false",
        "PGWIRE_LISTEN_PORT": "0",
        "GRPC_ENABLED": "false",
        "GRPC_PORT": "0",
        "S3_LISTEN_HOST": "127.0.0.1",
        "S3_LISTEN": "0",
        "S3_ALLOW_CREATE_BUCKET": "true",
        **warm_start.python_environment(),
        **catalog_environment(data_dir),
        **overrides,
    }


def manage(data_dir: Path, *arguments: str, **overrides: str) -> subprocess.CompletedProcess[str]:
    """Run a management command on the same data directory."""
    return warm_start.run(list(arguments), env=server_environment(data_dir, **overrides), timeout=120)


def give_catalog(data_dir: Path) -> None:
    """Put a migrated catalog there, unless there is one: migrations take longer than the rest of a start."""
    target = data_dir / CATALOG
    if not target.exists():
        draft = target.with_name(f"{CATALOG}.{uuid.uuid4().hex}")
        shutil.copyfile(_template(), draft)
        os.replace(draft, target)


@lru_cache(maxsize=1)
def _template() -> Path:
    """Made once for all test processes, anew when a migration changes. It has the operator."""
    digest = hashlib.sha256(b"with an operator")
    for migration in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(migration.read_bytes())
    home = Path(tempfile.gettempdir()) / f"kbstore-tests-catalog-{os.getuid()}-{digest.hexdigest()[:16]}"
    home.mkdir(mode=0o700, exist_ok=True)
    template = home / "template.sqlite3"
    with FileLock(home / "lock"):
        if not template.exists():
            done = manage(home, "migrate", DATABASE_URL=f"sqlite:///{home / CATALOG}")
            assert done.returncode == 0, done.stderr
            # Hashing the operator's password takes as long as all else that a start does.
            make = "from kbstore.console.first_operator import create_first_operator as make; make()"
            done = manage(home, "shell", "--no-imports", "-c", make, DATABASE_URL=f"sqlite:///{home / CATALOG}")
            assert done.returncode == 0, done.stderr
            with closing(sqlite3.connect(home / CATALOG)) as catalog:
                catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            os.replace(home / CATALOG, template)
    return template


class LiveServer:
    """Start it with `with`; `kill()` and `terminate()` end it early, `start()` brings it back on the same data."""

    def __init__(self, data_dir: Path, *, is_empty: bool = False, **overrides: str) -> None:
        self.data_dir = data_dir
        self.is_empty = is_empty
        self.overrides = overrides
        self.process: WarmProcess | None = None
        self.port = 0
        self.pgwire_port = 0
        self.s3_port = 0
        self.grpc_port = 0
        self.log_path = data_dir.with_name("server.log")

    def __enter__(self) -> LiveServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.terminate()

    def start(self, **overrides: str) -> LiveServer:
        """On a fresh directory it begins with a catalog that was made once, unless `is_empty` asks for none."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not self.is_empty and "DATABASE_URL" not in catalog_environment(self.data_dir) | self.overrides | overrides:
            give_catalog(self.data_dir)
        port_file = self.data_dir.with_name(f"{self.data_dir.name}.{id(self)}.port")
        port_file.unlink(missing_ok=True)
        pgwire_file = self.data_dir.with_name(f"{self.data_dir.name}.{id(self)}.pgwire-port")
        s3_file = self.data_dir.with_name(f"{self.data_dir.name}.{id(self)}.s3-port")
        grpc_file = self.data_dir.with_name(f"{self.data_dir.name}.{id(self)}.grpc-port")
        command = [
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--port-file",
            str(port_file),
            "--pgwire-port-file",
            str(pgwire_file),
            "--s3-port-file",
            str(s3_file),
            "--grpc-port-file",
            str(grpc_file),
        ]
        with self.log_path.open("ab") as log:
            environment = server_environment(self.data_dir, **(self.overrides | overrides))
            self.process = warm_start.popen(command, env=environment, stdout=log)
        deadline = time.monotonic() + START_SECONDS
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{self.log_path.read_text()[-4000:]}")
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        self.pgwire_port = int(pgwire_file.read_text()) if pgwire_file.exists() else 0
        self.s3_port = int(s3_file.read_text()) if s3_file.exists() else 0
        self.grpc_port = int(grpc_file.read_text()) if grpc_file.exists() else 0
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def client(self, key: str | None = ADMIN_KEY, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120, **options)

    def terminate(self, timeout_seconds: float = 30.0) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_seconds)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def wait_until_dead(self, timeout_seconds: float = 30.0) -> int:
        assert self.process is not None
        return self.process.wait(timeout_seconds)
