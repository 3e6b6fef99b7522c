"""A server that dies by SIGKILL during a restore leaves what was there or what was restored, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cast import TABLE, Person
from tests.live_server import LiveServer
from tests.wire.test_crash import assert_all_is_well, person_on

SNAPSHOTS = "/projects/{p}/branches/default/snapshots"
NAMES = {"bucket": "b", "table": "t"}
OLD, NEW = [(1, "old")], [(2, "new")]
AFTER_COMMIT = ("publish.committed", "publish.linked", "publish.released")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A data directory whose table has changed since its snapshot, its server stopped; plus key and snapshot id."""
    data_dir = tmp_path_factory.mktemp("crash-restore") / "data"
    with LiveServer(data_dir) as server:
        key = server.client().post("/projects", json={"id": "p"}).json()["api_key"]
        person = person_on(server, key)
        person.make_bucket("b")
        person.make_table("b", "t", {"id": "INTEGER", "text": "VARCHAR"}, primary_key=["id"])
        person.load("id,text\n1,old\n", "t", bucket="b").raise_for_status()
        snapshot_id = person.post(SNAPSHOTS, json=NAMES).json()["id"]
        person.load("id,text\n2,new\n", "t", bucket="b").raise_for_status()
        assert server.terminate() == 0
    return data_dir, key, snapshot_id


def restore(person: Person, snapshot_id: str, **target: Any) -> httpx.Response:
    return person.post(SNAPSHOTS + "/{id}/restore", id=snapshot_id, json=target)


def types(person: Person) -> list[str]:
    return [snapshot["snapshot_type"] for snapshot in person.get(SNAPSHOTS).json()["snapshots"]]


@pytest.mark.parametrize("point", ["publish.before_commit", *AFTER_COMMIT])
def test_over_a_table(template: tuple[Path, str, str], tmp_path: Path, point: str) -> None:
    source, key, snapshot_id = template
    data_dir = tmp_path / "data"
    shutil.copytree(source, data_dir, symlinks=True)
    with LiveServer(data_dir, KBSTORE_FAULT_POINT=point) as server, pytest.raises(httpx.TransportError):
        restore(person_on(server, key), snapshot_id)
    with LiveServer(data_dir) as server:
        person = person_on(server, key)
        is_done = point in AFTER_COMMIT
        assert person.rows("t", bucket="b") == (OLD if is_done else NEW)
        assert types(person) == (["auto_prerestore", "manual"] if is_done else ["manual"])
        newest = person.get("/projects/{p}/jobs").json()["jobs"][0]
        assert (newest["type"], newest["state"]) == ("snapshot_restore", "success" if is_done else "error")
        restore(person, snapshot_id).raise_for_status()
        assert person.rows("t", bucket="b") == OLD
        assert server.terminate() == 0
    assert_all_is_well(data_dir)


@pytest.mark.parametrize("point", ["publish.before_commit", "publish.committed"])
def test_as_a_new_table(template: tuple[Path, str, str], tmp_path: Path, point: str) -> None:
    source, key, snapshot_id = template
    data_dir = tmp_path / "data"
    shutil.copytree(source, data_dir, symlinks=True)
    with LiveServer(data_dir, KBSTORE_FAULT_POINT=point) as server, pytest.raises(httpx.TransportError):
        restore(person_on(server, key), snapshot_id, target_table="made")
    with LiveServer(data_dir) as server:
        person = person_on(server, key)
        found = person.get(TABLE, bucket="b", table="made").status_code
        assert found == (200 if point == "publish.committed" else 404)
        if found == 404:
            restore(person, snapshot_id, target_table="made").raise_for_status()
        assert person.rows("made", bucket="b") == OLD
        assert server.terminate() == 0
    assert_all_is_well(data_dir)


@pytest.mark.parametrize("point", ["publish.before_commit", "publish.committed"])
def test_of_an_earlier_version(template: tuple[Path, str, str], tmp_path: Path, point: str) -> None:
    source, key, _ = template
    data_dir = tmp_path / "data"
    shutil.copytree(source, data_dir, symlinks=True)
    with LiveServer(data_dir, KBSTORE_FAULT_POINT=point) as server, pytest.raises(httpx.TransportError):
        person_on(server, key).post(TABLE + "/versions/2/restore", **NAMES)
    with LiveServer(data_dir) as server:
        person = person_on(server, key)
        assert person.rows("t", bucket="b") == (OLD if point == "publish.committed" else NEW)
        numbers = [version["version"] for version in person.get(TABLE + "/versions", **NAMES).json()["versions"]]
        assert numbers == ([4, 3, 2, 1] if point == "publish.committed" else [3, 2, 1])
        assert server.terminate() == 0
    assert_all_is_well(data_dir)
