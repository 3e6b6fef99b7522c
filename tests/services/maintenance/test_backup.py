"""`manage.py backup` and `manage.py restore` without a server."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from files.models import File, FileState
from storage.backup import take
from storage.backup.last_backup import read_last_backup
from storage.models import Table
from storage.services.drop_tables import drop_rows
from tests.services.maintenance.conftest import Manage, version_file

CONTENT = b"a,b\n1,2\n"


@pytest.fixture
def stored_file(table: Table) -> File:
    """A registered file of the project."""
    path = default_storage.save("project_p1/2026/data.csv", ContentFile(CONTENT))
    return File.objects.create(
        project_id="p1",
        state=FileState.REGISTERED,
        name="data.csv",
        path=path,
        size_bytes=len(CONTENT),
        checksum_sha256=hashlib.sha256(CONTENT).hexdigest(),
    )


@pytest.fixture(params=["directory", "tar"])
def backup(request: pytest.FixtureRequest, data_dir: Path, stored_file: File, tmp_path: Path, manage: Manage) -> Path:
    """A backup of one table and one file, in both forms."""
    (data_dir / "secret_key").write_text("s3cret")
    options = ["--tar"] if request.param == "tar" else []
    ended = manage("backup", str(tmp_path / "b"), *options)
    assert ended.code == 0, ended.err
    return tmp_path / ("b.tar" if options else "b")


def restored(manage: Manage, backup: Path, into: Path) -> Any:
    return manage("restore", str(backup), "--into", str(into))


def entries(backup: Path) -> list[dict[str, Any]]:
    if backup.is_dir():
        content = (backup / "manifest.json").read_bytes()
    else:
        with tarfile.open(backup) as archive:
            content = archive.extractfile("manifest.json").read()  # type: ignore[union-attr]
    return json.loads(content)["entries"]


def damage(backup: Path, name: str) -> None:
    """Change one byte in the middle of a file of the backup."""
    path, offset, size = backup / name, 0, 0
    if not backup.is_dir():
        with tarfile.open(backup) as archive:
            member = archive.getmember(name)
            path, offset, size = backup, member.offset_data, member.size
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(offset + (size or path.stat().st_size) // 2)
        byte = file.read(1)
        file.seek(-1, io.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def test_a_restored_installation_holds_what_was_backed_up(
    backup: Path, table: Table, stored_file: File, tmp_path: Path, manage: Manage
) -> None:
    into = tmp_path / "new"
    ended = restored(manage, backup, into)
    assert (ended.code, "1 table version, 1 file" in ended.out) == (0, True)
    copy = into / "versions" / "project_p1" / version_file(table).name
    assert copy.read_bytes() == version_file(table).read_bytes()
    assert (copy.stat().st_mode & 0o777, (into / "secret_key").stat().st_mode & 0o777) == (0o444, 0o600)
    assert (into / "secret_key").read_text() == "s3cret"
    assert (into / "files" / stored_file.path).read_bytes() == CONTENT
    assert (into / "duckdb" / "project_p1" / "in.c-b" / "t.duckdb").resolve() == copy.resolve()
    with closing(sqlite3.connect(into / "catalog.sqlite3")) as catalog:
        assert catalog.execute("SELECT name FROM storage_table").fetchall() == [("t",)]
    assert not list(into.rglob("_restore.partial"))


def test_verify_reads_all_and_restores_nothing(backup: Path, tmp_path: Path, manage: Manage) -> None:
    before = sorted(tmp_path.iterdir())
    ended = manage("backup", "--verify", str(backup))
    assert (ended.code, "is intact" in ended.out) == (0, True)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("which", ["versions/", "files/", "catalog.", "secret_key", "manifest.json"])
def test_one_changed_byte_is_found_and_named(backup: Path, tmp_path: Path, manage: Manage, which: str) -> None:
    names = [entry["name"] for entry in entries(backup)] + ["manifest.json"]
    (name,) = [name for name in names if name.startswith(which)]
    damage(backup, name)
    for ended in (manage("backup", "--verify", str(backup)), restored(manage, backup, tmp_path / "new")):
        assert ended.code == 1
        assert name in ended.err
    assert not (tmp_path / "new").exists()


def test_a_backup_that_is_cut_off_is_refused(backup: Path, tmp_path: Path, manage: Manage) -> None:
    if backup.is_dir():
        next(backup.rglob("*.duckdb")).unlink()
    else:
        backup.write_bytes(backup.read_bytes()[:30_000])
    assert restored(manage, backup, tmp_path / "new").code == 1
    assert not (tmp_path / "new").exists()


def test_a_restore_never_overwrites(backup: Path, tmp_path: Path, manage: Manage) -> None:
    into = tmp_path / "new"
    for name in ("catalog.sqlite3", "versions/project_x/v.duckdb", "files/f", "anything"):
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        ended = restored(manage, backup, into)
        assert ended.code == 1, name
        assert "exists" in ended.err
        assert path.read_text() == "mine"
        assert not list(into.rglob("_restore.partial"))
        path.unlink()
        for directory in sorted((path for path in into.rglob("*") if path.is_dir()), reverse=True):
            directory.rmdir()


def test_an_existing_empty_directory_will_do(backup: Path, tmp_path: Path, manage: Manage) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "secret_key").write_text("made by the command itself")
    assert restored(manage, backup, tmp_path / "new").code == 0
    assert (tmp_path / "new" / "secret_key").read_text() == "s3cret"


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "versions/../../outside", "other/place", "catalog"])
def test_no_entry_leaves_the_restored_directory(
    data_dir: Path, table: Table, tmp_path: Path, manage: Manage, name: str
) -> None:
    manage("backup", str(tmp_path / "b"))
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    manifest["entries"].append(
        {"name": name, "size_bytes": 1, "hash": "sha256", "checksum": hashlib.sha256(b"x").hexdigest()}
    )
    content = json.dumps(manifest).encode()
    (tmp_path / "b" / "manifest.json").write_bytes(content)
    (tmp_path / "b" / "manifest.json.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")
    (tmp_path / "outside").write_text("x")
    ended = restored(manage, tmp_path / "b", tmp_path / "new")
    assert (ended.code, name in ended.err) == (1, True)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("what", ["nothing", "a directory", "a file"])
def test_what_is_no_backup_is_refused(data_dir: Path, tmp_path: Path, manage: Manage, what: str) -> None:
    path = tmp_path / "b"
    if what == "a directory":
        path.mkdir()
    elif what == "a file":
        path.write_text("no archive")
    ended = manage("backup", "--verify", str(path))
    assert (ended.code, ended.err != "") == (1, True)


def test_a_target_that_exists_is_left_alone(data_dir: Path, tmp_path: Path, manage: Manage) -> None:
    (tmp_path / "b").mkdir()
    ended = manage("backup", str(tmp_path / "b"))
    assert (ended.code, "exists" in ended.err) == (1, True)
    assert list((tmp_path / "b").iterdir()) == []


@pytest.mark.parametrize("tar", [[], ["--tar"]])
def test_a_loss_is_told_and_leaves_no_half_backup(
    data_dir: Path, table: Table, tmp_path: Path, manage: Manage, tar: list[str]
) -> None:
    version_file(table).unlink()
    ended = manage("backup", str(tmp_path / "b"), *tar)
    assert (ended.code, version_file(table).name in ended.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("b")] == []
    assert manage("backup", str(tmp_path / "b"), "--skip-missing").code == 0
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["missing"] == [
        f"versions/project_p1/{version_file(table).name}"
    ]


def test_a_damaged_version_is_not_backed_up(data_dir: Path, table: Table, tmp_path: Path, manage: Manage) -> None:
    damage(version_file(table).parent, version_file(table).name)
    ended = manage("backup", str(tmp_path / "b"))
    assert (ended.code, "is damaged" in ended.err) == (1, True)
    assert not (tmp_path / "b").exists()


def test_what_goes_while_the_catalog_is_copied_makes_it_be_copied_again(
    data_dir: Path, table: Table, tmp_path: Path, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy names a version that was never held and is gone: neither a loss nor a backup with a hole."""
    path, hold_all, calls = version_file(table), take._hold_all, []

    def hold_all_late(held: Any, named: Any) -> list[str]:
        calls.append(len(named.versions))
        if len(calls) == 1:
            return []
        if len(calls) == 2:
            drop_rows(Table.objects.filter(pk=table.pk))
            path.unlink()
        return hold_all(held, named)

    monkeypatch.setattr(take, "_hold_all", hold_all_late)
    assert manage("backup", str(tmp_path / "b")).code == 0
    assert calls[:2] == [1, 1]
    assert len(calls) == 3
    assert [name for entry in entries(tmp_path / "b") if (name := entry["name"]).startswith("versions/")] == []


def test_the_last_backup_is_known(backup: Path) -> None:
    last = read_last_backup()
    assert last is not None
    assert (last["target"], last["versions"], last["files"]) == (str(backup), 1, 1)


def test_the_hold_is_gone_afterwards(backup: Path, data_dir: Path) -> None:
    assert list((data_dir / "_staging").iterdir()) == []


def test_only_its_owner_reads_a_backup(backup: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0
