"""A backup of a running server that takes imports, and what a restore makes of it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import httpx

from tests.live_server import LiveServer, manage

TABLES = 4
ROUNDS_BEFORE = 2
BUCKET = "/projects/p1/branches/default/buckets/in.c-b"


class Loader(threading.Thread):
    """Loads its table again and again, each time with more rows; a table beside it comes and goes."""

    def __init__(self, client: httpx.Client, number: int) -> None:
        super().__init__(daemon=True)
        self.client, self.table, self.extra = client, f"t{number}", f"extra{number}"
        self.rounds, self.is_stopped = 0, threading.Event()
        self.failure: str | None = None

    def run(self) -> None:
        try:
            make_table(self.client, self.table)
            while not self.is_stopped.is_set():
                self.rounds += 1
                self._round()
        except (httpx.HTTPError, KeyError) as error:
            self.failure = repr(error)

    def _round(self) -> None:
        content = "id\n" + "".join(f"{row}\n" for row in range(100 * self.rounds))
        load(self.client, self.table, content)
        make_table(self.client, self.extra)
        load(self.client, self.extra, content)
        self.client.delete(f"{BUCKET}/tables/{self.extra}").raise_for_status()


def make_table(client: httpx.Client, name: str) -> None:
    columns = [{"name": "id", "type": "INTEGER"}]
    client.post(f"{BUCKET}/tables", json={"name": name, "columns": columns}).raise_for_status()


def load(client: httpx.Client, table: str, content: str) -> None:
    session = client.post("/projects/p1/files/prepare", json={"filename": "d.csv"}).json()
    client.put(session["upload_url"], content=content.encode()).raise_for_status()
    file = client.post("/projects/p1/files", json={"upload_key": session["upload_key"]}).json()
    client.post(f"{BUCKET}/tables/{table}/import/file", json={"file_id": file["id"]}).raise_for_status()
    client.delete(f"/projects/p1/files/{file['id']}").raise_for_status()


def start_loaders(server: LiveServer) -> list[Loader]:
    with server.client() as admin:
        admin.post("/backend/init").raise_for_status()
        admin.post("/projects", json={"id": "p1"}).raise_for_status()
        admin.post("/projects/p1/branches/default/buckets", json={"name": "in.c-b"}).raise_for_status()
    loaders = [Loader(server.client(), number) for number in range(TABLES)]
    for loader in loaders:
        loader.start()
    deadline = time.monotonic() + 60
    while min(loader.rounds for loader in loaders) <= ROUNDS_BEFORE:
        assert time.monotonic() < deadline, [loader.failure for loader in loaders]
        time.sleep(0.02)
    return loaders


def counted(client: httpx.Client, data_dir: Path) -> dict[str, tuple[int, int]]:
    """Of each table: the rows that the catalog says, and those that its file holds."""
    tables = client.get(f"{BUCKET}/tables").json()["tables"]
    links = data_dir / "duckdb" / "project_p1" / "in.c-b"
    return {table["name"]: (table["row_count"], _rows_in(links / f"{table['name']}.duckdb")) for table in tables}


def _rows_in(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row: Any = connection.sql("SELECT count(*) FROM main.data").fetchone()
        return int(row[0])


def test_a_backup_under_imports_is_complete_and_of_one_moment(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", KBSTORE_VERSIONS_KEPT="2") as server:
        loaders = start_loaders(server)
        rounds = sum(loader.rounds for loader in loaders)
        taken = [manage(tmp_path / "data", "backup", str(tmp_path / "b1"))]
        taken.append(manage(tmp_path / "data", "backup", str(tmp_path / "b2"), "--tar"))
        assert sum(loader.rounds for loader in loaders) > rounds, "the imports went on"
        for loader in loaders:
            loader.is_stopped.set()
        for loader in loaders:
            loader.join(60)
        assert [loader.failure for loader in loaders] == [None] * TABLES
    assert [(ended.returncode, ended.stderr) for ended in taken if ended.returncode] == []

    for backup in ("b1", "b2.tar"):
        into = tmp_path / f"restored-{backup}" / "data"
        restored = manage(into, "restore", str(tmp_path / backup))
        assert restored.returncode == 0, restored.stdout + restored.stderr
        doctor = manage(into, "doctor", "--checksums")
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        with LiveServer(into) as server, server.client() as admin:
            rows = counted(admin, into)
            assert {f"t{number}" for number in range(TABLES)} <= set(rows)
            assert all(said == held for said, held in rows.values()), rows
            assert all(said >= 100 * ROUNDS_BEFORE for name, (said, _) in rows.items() if name.startswith("t"))
            load(admin, "t0", "id\n1\n")
            assert counted(admin, into)["t0"] == (1, 1)


def test_one_changed_byte_of_a_version_stops_the_restore(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server, server.client() as admin:
        admin.post("/backend/init").raise_for_status()
        admin.post("/projects", json={"id": "p1"}).raise_for_status()
        admin.post("/projects/p1/branches/default/buckets", json={"name": "in.c-b"}).raise_for_status()
        make_table(admin, "t")
        assert manage(tmp_path / "data", "backup", str(tmp_path / "b")).returncode == 0
    (version,) = (tmp_path / "b").rglob("*.duckdb")
    content = bytearray(version.read_bytes())
    content[len(content) // 2] ^= 1
    version.write_bytes(content)
    refused = manage(tmp_path / "new", "restore", str(tmp_path / "b"))
    assert (refused.returncode, version.name in refused.stderr) == (1, True)
    assert not (tmp_path / "new").exists()
