"""The people of the tests and the server they talk to, over real HTTP."""

from __future__ import annotations

import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.live_server import ADMIN_KEY, LiveServer, catalog_environment
from tests.warm_start import WarmProcess

BUCKETS = "/projects/{p}/branches/{br}/buckets"
BUCKET = BUCKETS + "/{bucket}"
TABLES = BUCKET + "/tables"
TABLE = TABLES + "/{table}"
BRANCHES = "/projects/{p}/branches"
BRANCH = BRANCHES + "/{br}"


@dataclass
class Server:
    """A running server process with a data directory of its own."""

    url: str
    data_dir: Path
    process: WarmProcess
    http: httpx.Client
    #: Of the S3 endpoint at its root; 0 if it has none.
    s3_port: int = 0
    #: Of the storage driver; 0 if it is served under /driver only.
    grpc_port: int = 0

    @classmethod
    def of(cls, live: LiveServer) -> Server:
        assert live.process is not None
        http = httpx.Client(base_url=live.url, timeout=60)
        return cls(live.url, live.data_dir, live.process, http, live.s3_port, live.grpc_port)

    def stop(self) -> None:
        self.http.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def execute(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """A statement on the server's catalog, for states that no endpoint can make."""
        url = catalog_environment(self.data_dir).get("DATABASE_URL")
        if url is not None:
            with psycopg.connect(url) as connection:
                found = connection.execute(sql.replace("?", "%s"), parameters)  # type: ignore[arg-type]
                return found.fetchall() if found.description else []
        with closing(sqlite3.connect(self.data_dir / "catalog.sqlite3", timeout=30)) as catalog, catalog:
            return catalog.execute(sql, parameters).fetchall()

    def add_branch(self, project_id: str) -> str:
        """A dev branch under some name; `Person.make_branch` gives it one."""
        return Person(self, key=ADMIN_KEY, project_id=project_id).make_branch(uuid.uuid4().hex)

    def expire_key(self, key_id: str) -> None:
        self.execute("UPDATE storage_apikey SET expires_at = '2020-01-01 00:00:00' WHERE id = ?", key_id)

    def events(self, project_id: str) -> list[tuple[Any, ...]]:
        """(operation, status, resource_type, resource_id) of a project, oldest first."""
        columns = "operation, status, resource_type, resource_id"
        return self.execute(f"SELECT {columns} FROM storage_event WHERE project_id = ? ORDER BY id", project_id)


class Person:
    """Somebody with a key. In paths `{p}` is their project and `{br}` their branch."""

    def __init__(
        self, server: Server, *, key: str | None, project_id: str | None = None, branch_id: str = "default"
    ) -> None:
        self.server = server
        self.key = key
        self.project_id = project_id
        self.branch_id = branch_id

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """`options` are those of httpx, plus one for each other `{name}` in the path."""
        names = {name: options.pop(name) for name in list(options) if "{" + name + "}" in path}
        filled = path.format(**({"p": self.project_id, "br": self.branch_id} | names))
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return self.server.http.request(method, filled, headers=headers | options.pop("headers", {}), **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PATCH", path, **options)

    def make_branch(self, name: str = "dev") -> str:
        """A dev branch of the project; returns its id."""
        made = self.post(BRANCHES, json={"name": name})
        made.raise_for_status()
        return made.json()["id"]

    def make_bucket(self, name: str = "in.c-sales") -> str:
        self.post(BUCKETS, json={"name": name}).raise_for_status()
        return name

    def make_table(self, bucket: str, name: str, columns: dict[str, str], primary_key: list[str] | None = None) -> None:
        """`columns` maps names to types."""
        body = {
            "name": name,
            "columns": [{"name": column, "type": type_name} for column, type_name in columns.items()],
            "primary_key": primary_key,
        }
        self.post(TABLES, bucket=bucket, json=body).raise_for_status()

    def keep_nothing(self) -> None:
        """No snapshots in this project: what is dropped is gone."""
        self.put("/projects/{p}/settings/snapshots", json={"enabled": False}).raise_for_status()

    def upload(self, content: bytes | str, name: str = "data.csv") -> str:
        """Prepare, upload and register a file; returns its id."""
        data = content.encode() if isinstance(content, str) else content
        session = self.post("/projects/{p}/files/prepare", json={"filename": name})
        session.raise_for_status()
        self.put(session.json()["upload_url"], content=data).raise_for_status()
        registered = self.post("/projects/{p}/files", json={"upload_key": session.json()["upload_key"]})
        registered.raise_for_status()
        return registered.json()["id"]

    def load(self, content: bytes | str, table: str, *, bucket: str = "in.c-sales", **body: Any) -> httpx.Response:
        """Load this content into a table; `incremental`, `dedup_mode` and `columns` go into import_options."""
        name = body.pop("name", "data.parquet" if body.get("format") == "parquet" else "data.csv")
        options = {key: body.pop(key) for key in ("incremental", "dedup_mode", "columns") if key in body}
        headers = body.pop("headers", {})
        body |= {"file_id": self.upload(content, name), "import_options": options}
        return self.post(TABLE + "/import/file", bucket=bucket, table=table, json=body, headers=headers)

    def wait_for(self, job_id: str, timeout_seconds: float = 60.0) -> dict[str, Any]:
        """The job once it has finished."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            job = self.get(f"/jobs/{job_id}").json()
            if job["state"] not in ("waiting", "processing"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"job {job_id} did not finish: {job}")

    def rows(self, table: str, *, bucket: str = "in.c-sales") -> list[tuple[Any, ...]]:
        """All rows of a table, as its preview shows them, sorted."""
        reply = self.get(TABLE + "/preview", bucket=bucket, table=table, params={"limit": 10000})
        reply.raise_for_status()
        return sorted((tuple(row.values()) for row in reply.json()["rows"]), key=str)


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an error of shape 1."""
    return response.status_code, response.json()["detail"]["error"]


@contextmanager
def new_project(server: Server) -> Iterator[Person]:
    """The admin of a project that lives as long as the block."""
    admin = Person(server, key=ADMIN_KEY)
    project_id = f"test_{uuid.uuid4().hex[:12]}"
    reply = admin.post("/projects", json={"id": project_id})
    reply.raise_for_status()
    yield Person(server, key=reply.json()["api_key"], project_id=project_id)
    admin.delete("/projects/{p}", p=project_id)


def start_server(directory: Path, *, is_empty: bool = False, **environment: str) -> Server:
    """`manage.py serve` on a free port, its storage initialized; see LiveServer for `is_empty`."""
    running = Server.of(LiveServer(directory / "data", is_empty=is_empty, **environment).start())
    running.http.post("/backend/init", headers={"Authorization": f"Bearer {ADMIN_KEY}"}).raise_for_status()
    return running
