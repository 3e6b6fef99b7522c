"""A server that dies by SIGKILL at any step of a publish leaves the old table or the new one, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import httpx
import pytest

from tests.cast import TABLE, TABLES, Person, Server
from tests.live_server import LiveServer, manage

OLD = [(1, "old"), (2, "old")]
NEW = [(2, "new"), (3, "new")]
UPSERTED = [(1, "old"), *NEW]
CONTENT = "id,text\n2,new\n3,new\n"
BEFORE_COMMIT = (
    "stage.created",
    "stage.written",
    "seal.verified",
    "seal.synced",
    "seal.renamed",
    "publish.before_commit",
)
AFTER_COMMIT = ("publish.committed", "publish.linked", "publish.released")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A data directory with one loaded table, its server stopped; plus the ids of project key and file to load."""
    data_dir = tmp_path_factory.mktemp("crash") / "data"
    with LiveServer(data_dir) as server:
        key = server.client().post("/projects", json={"id": "p"}).json()["api_key"]
        person = person_on(server, key)
        person.make_bucket("b")
        person.make_table("b", "t", {"id": "INTEGER", "text": "VARCHAR"}, primary_key=["id"])
        person.load("id,text\n1,old\n2,old\n", "t", bucket="b").raise_for_status()
        file_id = person.upload(CONTENT)
        assert server.terminate() == 0
    return data_dir, key, file_id


def person_on(server: LiveServer, key: str) -> Person:
    return Person(Server.of(server), key=key, project_id="p")


@pytest.mark.parametrize("incremental", [False, True], ids=["full", "incremental"])
@pytest.mark.parametrize("point", [*BEFORE_COMMIT, *AFTER_COMMIT])
def test_a_crash_at_any_step_leaves_the_old_table_or_the_new_one(
    template: tuple[Path, str, str], tmp_path: Path, point: str, incremental: bool
) -> None:
    source, key, file_id = template
    data_dir = tmp_path / "data"
    shutil.copytree(source, data_dir, symlinks=True)
    crash_during_load(LiveServer(data_dir, KBSTORE_FAULT_POINT=point), key, file_id, incremental=incremental)

    with LiveServer(data_dir) as server:
        person = person_on(server, key)
        new = UPSERTED if incremental else NEW
        assert person.rows("t", bucket="b") == (new if point in AFTER_COMMIT else OLD)
        table = person.get(TABLE, bucket="b", table="t").json()
        assert table["row_count"] == len(person.rows("t", bucket="b"))
        newest = person.get("/projects/{p}/jobs").json()["jobs"][0]
        assert newest["state"] == ("success" if point in AFTER_COMMIT else "error")
        again = {"file_id": file_id, "import_options": {"incremental": True}}
        person.post(TABLE + "/import/file", bucket="b", table="t", json=again).raise_for_status()
        assert server.terminate() == 0
    assert_all_is_well(data_dir)


def crash_during_load(server: LiveServer, key: str, file_id: str, *, incremental: bool) -> None:
    with server:
        person = person_on(server, key)
        body = {"file_id": file_id, "import_options": {"incremental": incremental}}
        with pytest.raises(httpx.TransportError):
            person.post(TABLE + "/import/file", bucket="b", table="t", json=body)
        assert server.wait_until_dead() == -9


def assert_all_is_well(data_dir: Path) -> None:
    """No orphan, no leftover, a link that opens: `doctor` says so, and so does the disk."""
    report = manage(data_dir, "doctor", "--checksums")
    assert report.returncode == 0, report.stdout + report.stderr
    assert not list((data_dir / "_staging").iterdir())
    with duckdb.connect(str(data_dir / "duckdb/project_p/b/t.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM main.data").fetchone() is not None


def test_doctor_without_a_server_repairs_what_a_crash_left(template: tuple[Path, str, str], tmp_path: Path) -> None:
    source, key, file_id = template
    data_dir = tmp_path / "data"
    shutil.copytree(source, data_dir, symlinks=True)
    crash_during_load(LiveServer(data_dir, KBSTORE_FAULT_POINT="seal.renamed"), key, file_id, incremental=False)
    found = manage(data_dir, "doctor")
    assert found.returncode == 1
    assert "orphan version file" in found.stdout
    assert manage(data_dir, "doctor", "--repair").returncode == 0
    assert manage(data_dir, "doctor").returncode == 0


@pytest.mark.parametrize("point", ["seal.renamed", "publish.before_commit", "publish.committed"])
def test_a_crash_while_a_table_is_made_leaves_no_table_or_a_whole_one(
    template: tuple[Path, str, str], tmp_path: Path, point: str
) -> None:
    source, key, _ = template
    data_dir = tmp_path / "data"
    shutil.copytree(source, data_dir, symlinks=True)
    body = {"name": "made", "columns": [{"name": "id", "type": "INTEGER"}]}
    with LiveServer(data_dir, KBSTORE_FAULT_POINT=point) as server, pytest.raises(httpx.TransportError):
        person_on(server, key).post(TABLES, bucket="b", json=body)
    with LiveServer(data_dir) as server:
        person = person_on(server, key)
        expected = 200 if point == "publish.committed" else 404
        assert person.get(TABLE, bucket="b", table="made").status_code == expected
        if expected == 404:
            assert person.post(TABLES, bucket="b", json=body).status_code == 201
        assert person.load("id\n1\n", "made", bucket="b").status_code == 200
        assert server.terminate() == 0
    assert_all_is_well(data_dir)
