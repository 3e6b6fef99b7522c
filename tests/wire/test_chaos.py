"""Many people do everything at once, and the server dies in between: no call fails, and what is left is consistent."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cast import BRANCH, BRANCHES, BUCKET, BUCKETS, TABLE, TABLES, Person, Server
from tests.live_server import LiveServer, manage
from tests.wire.jobs import until

SEED = 20261121
PEOPLE = 8
SECONDS = 4.0
NAMES = [f"t{number}" for number in range(4)]
SHAPE = {"id": "INTEGER", "a": "BIGINT", "b": "VARCHAR"}
SNAPSHOTS = BRANCH + "/snapshots"
PUSHES = BRANCH + "/tables/{bucket}/{table}"
#: What nobody ever has to see. 423 and 503 say to come again, and none is due at this pace.
FAULTS = range(500, 600)


class Stage:
    """A server, started again after each `crash`, with the project `p` and another one, `q`, that links its buckets."""

    def __init__(self, live: LiveServer) -> None:
        self.live = live
        self.over = threading.Event()
        self.faults: list[str] = []
        self.done = 0
        admin = live.client()
        self.keys = {name: admin.post("/projects", json={"id": name}).json()["api_key"] for name in "pq"}
        self.server = Server.of(live)
        owner = self.person()
        for bucket in ("b0", "b1"):
            owner.make_bucket(bucket)
            for name in NAMES:
                owner.make_table(bucket, name, SHAPE, primary_key=["id"])
        rows = [f"{number},{number * 7},x\n" for number in range(200)]
        self.files = [owner.upload("id,a,b\n" + "".join(rows[:count])) for count in (10, 50, 200)]

    def person(self, branch_id: str = "default", project_id: str = "p") -> Person:
        return Person(self.server, key=self.keys[project_id], project_id=project_id, branch_id=branch_id)

    def branches(self) -> list[str]:
        return [branch["id"] for branch in self.person().get(BRANCHES).json()["branches"]]

    def crash(self) -> None:
        self.live.kill()
        self.live.start()
        self.server = Server.of(self.live)


class Visitor:
    """One of the crowd; what it does follows from its seed and from what it finds."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.random = random.Random(seed)  # noqa: S311 - has to be the same each time

    def visit(self) -> None:
        while not self.stage.over.is_set():
            try:
                self.random.choices(DEEDS, WEIGHTS)[0](self)
            except httpx.TimeoutException as error:
                self.stage.faults.append(f"no answer: {error.request.method} {error.request.url}")
            except httpx.TransportError:
                time.sleep(0.05)  # killed, and not back yet

    def send(self, method: str, path: str, *, branch: str = "default", project: str = "p", **options: Any) -> Any:
        """The answer's JSON, None if it was refused."""
        if method != "GET" and self.random.random() < 0.1:
            options["headers"] = {"Prefer": "respond-async"}
        reply = self.stage.person(branch, project).request(method, path, **options)
        self.stage.done += 1
        if reply.status_code in FAULTS:
            self.stage.faults.append(f"{method} {reply.request.url}: {reply.status_code} {reply.text}")
        return reply.json() if reply.is_success and "json" in reply.headers.get("content-type", "") else None

    def bucket(self) -> str:
        return self.random.choice(["b0", "b1"])

    def branch(self, likely: float = 0.5) -> str:
        found = self.stage.branches() if self.random.random() < likely else []
        return self.random.choice(found or ["default"])

    def table(self, likely_on_branch: float = 0.5) -> dict[str, str]:
        names = {"bucket": self.bucket(), "table": self.random.choice(NAMES)}
        return {"branch": self.branch(likely_on_branch), **names}

    def load(self) -> None:
        options = self.random.choice([{}, {"incremental": True}])
        body = {"file_id": self.random.choice(self.stage.files), "import_options": options}
        self.send("POST", TABLE + "/import/file", **self.table(), json=body)

    def change_columns(self) -> None:
        column = self.random.choice("cd")
        self.send("POST", TABLE + "/columns", **self.table(), json={"name": column, "type": "INTEGER"})
        self.send("PUT", TABLE + "/columns/{c}", c=column, **self.table(), json={"new_name": "e"})
        self.send("DELETE", TABLE + "/columns/{c}", c=self.random.choice("cde"), **self.table())

    def change_key(self) -> None:
        self.send("DELETE", TABLE + "/primary-key", **self.table())
        self.send("POST", TABLE + "/primary-key", **self.table(), json={"columns": ["id"]})

    def delete_rows(self) -> None:
        condition = self.random.choice(["id % 3 = 0", "a > 50", "1 = 1"])
        self.send("DELETE", TABLE + "/rows", **self.table(), json={"where_clause": condition})

    def make_table(self) -> None:
        body = {"name": self.random.choice(NAMES), "columns": [{"name": n, "type": t} for n, t in SHAPE.items()]}
        self.send("POST", TABLES, branch=self.branch(), bucket=self.bucket(), json=body)

    def delete_table(self) -> None:
        self.send("DELETE", TABLE, **self.table())

    def replace_bucket(self) -> None:
        bucket = self.bucket()
        self.send("DELETE", BUCKET, bucket=bucket, params={"cascade": True})
        self.send("POST", BUCKETS, json={"name": bucket})

    def take_snapshot(self) -> None:
        place = self.table()
        self.send("POST", SNAPSHOTS, branch=place.pop("branch"), json=place)

    def use_snapshots(self) -> None:
        branch = self.branch()
        found = [each["id"] for each in (self.send("GET", SNAPSHOTS, branch=branch) or {"snapshots": []})["snapshots"]]
        if found:
            self.send("POST", SNAPSHOTS + "/{id}/restore", branch=branch, id=self.random.choice(found), json={})
            self.send("GET", SNAPSHOTS + "/{id}/download", branch=branch, id=self.random.choice(found))
            self.send("DELETE", SNAPSHOTS + "/{id}", branch=branch, id=found[-1])

    def restore_version(self) -> None:
        place = self.table()
        versions = (self.send("GET", TABLE + "/versions", **place) or {"versions": []})["versions"]
        if versions:
            number = self.random.choice(versions)["version"]
            self.send("POST", TABLE + "/versions/{number}/restore", number=number, **place)

    def replace_branch(self) -> None:
        found = self.stage.branches()
        if len(found) >= 2:
            self.send("DELETE", BRANCH, branch=self.random.choice(found))
        self.send("POST", BRANCHES, json={"name": f"dev{self.random.randrange(3)}"})

    def exchange(self) -> None:
        keep = {"force": True, "keep": self.random.random() < 0.3}
        self.send("POST", PUSHES + "/push", **self.table(1), params=keep)
        self.send("POST", PUSHES + "/pull", **self.table(1))
        branch = self.branch(1)
        if branch != "default":
            self.send("GET", BRANCH + "/diff", branch=branch)

    def share(self) -> None:
        bucket = self.bucket()
        self.send("POST", BUCKET + "/share", bucket=bucket, json={"target_project_id": "q"})
        body = {"source_project_id": "p", "source_bucket_name": bucket}
        self.send("POST", BUCKET + "/link", project="q", bucket="linked", json=body)
        self.send("GET", TABLE + "/preview", project="q", bucket="linked", table=self.random.choice(NAMES))
        if self.random.random() < 0.3:
            self.send("DELETE", BUCKET + "/link", project="q", bucket="linked")
            self.send("DELETE", BUCKET + "/share", bucket=bucket, params={"target_project_id": "q"})

    def look(self) -> None:
        place = self.table()
        self.send("GET", TABLE + "/preview", **place)
        self.send("POST", TABLE + "/profile", **place)
        self.send("POST", TABLE + "/export", **place, json={"format": "parquet"})
        self.send("GET", TABLES, branch=place["branch"], bucket=place["bucket"])
        for path in ("/projects/{p}/stats", "/projects/{p}/jobs", "/projects/{p}/operations", "/metrics"):
            self.send("GET", path)


CHANCES: dict[Callable[[Visitor], None], int] = {
    Visitor.load: 8,
    Visitor.make_table: 8,
    Visitor.take_snapshot: 4,
    Visitor.change_columns: 2,
    Visitor.change_key: 2,
    Visitor.delete_rows: 2,
    Visitor.delete_table: 2,
    Visitor.use_snapshots: 3,
    Visitor.restore_version: 2,
    Visitor.replace_branch: 2,
    Visitor.exchange: 3,
    Visitor.share: 2,
    Visitor.look: 2,
    Visitor.replace_bucket: 1,
}
DEEDS, WEIGHTS = list(CHANCES), list(CHANCES.values())


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """What the crowd has left, two phases with a SIGKILL between them; the server runs, and nobody asks it anything."""
    data_dir = tmp_path_factory.mktemp("chaos") / "data"
    with LiveServer(data_dir, KBSTORE_VERSIONS_KEPT="3") as live:
        stage = Stage(live)
        with ThreadPoolExecutor(PEOPLE) as pool:
            crowd = [pool.submit(Visitor(stage, SEED + number).visit) for number in range(PEOPLE)]
            for end in (stage.crash, stage.over.set):
                stage.over.wait(SECONDS)
                end()
            for visitor in crowd:
                visitor.result()
        yield stage


def test_nobody_meets_a_fault(aftermath: Stage) -> None:
    assert aftermath.faults == []
    assert aftermath.done > 100


def test_every_job_has_ended(aftermath: Stage) -> None:
    unfinished = "SELECT count(*) FROM storage_job WHERE state IN ('waiting', 'processing')"
    until(lambda: aftermath.server.execute(unfinished) == [(0,)], "all jobs to end")


def test_each_table_holds_the_rows_that_the_catalog_says(aftermath: Stage) -> None:
    for branch in ["default", *aftermath.branches()]:
        person = aftermath.person(branch)
        for bucket in person.get(BUCKETS).json()["buckets"]:
            for table in person.get(TABLES, bucket=bucket["name"]).json()["tables"]:
                place = {"bucket": bucket["name"], "table": table["name"]}
                rows = person.rows(table["name"], bucket=bucket["name"])
                assert person.get(TABLE, **place).json()["row_count"] == len(rows), (branch, place)


def test_each_snapshot_can_be_restored(aftermath: Stage) -> None:
    for branch in ["default", *aftermath.branches()]:
        person = aftermath.person(branch)
        person.post(BUCKETS, json={"name": "restored"})
        for number, snapshot in enumerate(person.get(SNAPSHOTS).json()["snapshots"][:15]):
            target = {"target_bucket": "restored", "target_table": f"r_{branch}_{number}"}
            reply = person.post(SNAPSHOTS + "/{id}/restore", id=snapshot["id"], json=target)
            assert reply.status_code == 200, reply.text
            assert reply.json()["row_count"] == snapshot["row_count"]


def test_files_and_catalog_agree(aftermath: Stage) -> None:
    data_dir: Path = aftermath.live.data_dir
    assert aftermath.live.terminate() == 0
    report = manage(data_dir, "doctor", "--checksums")
    assert report.returncode == 0, report.stdout + report.stderr
    execute = aftermath.server.execute
    assert {path.stem for path in (data_dir / "versions").rglob("*.duckdb")} == {
        version_id for (version_id,) in execute("SELECT id FROM storage_tableversion")
    }
    assert list((data_dir / "_staging").iterdir()) == []
    if "KBSTORE_TEST_POSTGRES" not in os.environ:
        assert execute("PRAGMA foreign_key_check") == []
