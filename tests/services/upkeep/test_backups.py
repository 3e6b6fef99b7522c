"""Which directories are backups, and that names lead nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kbstore.access import SYSTEM, Actor, Role
from kbstore.errors import Forbidden
from storage.upkeep.backups import delete_backup, list_backups, start_verification
from storage.upkeep.errors import BackupNotFound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def backup_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR, settings.LOCKS_DIR = tmp_path, tmp_path / "_locks"
    settings.BACKUP_DIR = tmp_path / "_backups"
    return settings.BACKUP_DIR


def make(directory: Path) -> Path:
    directory.mkdir(parents=True)
    (directory / "manifest.json").write_text("{}")
    return directory


def test_what_is_no_backup_is_not_listed(backup_dir: Path) -> None:
    assert list_backups(actor=SYSTEM) == []
    make(backup_dir / "one")
    make(backup_dir / "half.partial")
    make(backup_dir / "of something else.old")
    (backup_dir / "plain").mkdir()
    (backup_dir / "two.tar").write_bytes(b"x")
    (backup_dir / "notes.txt").write_bytes(b"x")
    (backup_dir / "link").symlink_to(backup_dir / "one")
    found = list_backups(actor=SYSTEM)
    assert sorted((backup.name, backup.is_archive, backup.size_bytes) for backup in found) == [
        ("one", False, None),
        ("two.tar", True, 1),
    ]


@pytest.mark.parametrize("name", ["..", ".", "", "../_locks", "/etc", "plain", "one/manifest.json", "one\0", "link"])
def test_a_name_leads_nowhere_else(name: str, backup_dir: Path) -> None:
    make(backup_dir / "one")
    (backup_dir / "plain").mkdir()
    (backup_dir / "link").symlink_to(backup_dir / "one")
    for do in (start_verification, delete_backup):
        with pytest.raises(BackupNotFound):
            do(actor=SYSTEM, name=name)
    assert (backup_dir / "one" / "manifest.json").exists()


def test_a_deleted_backup_is_gone_whole(backup_dir: Path) -> None:
    make(backup_dir / "one")
    (backup_dir / "two.tar").write_bytes(b"x")
    for name in ("one", "two.tar"):
        delete_backup(actor=SYSTEM, name=name)
    assert list(backup_dir.iterdir()) == []


def test_backups_are_the_admins(backup_dir: Path) -> None:
    make(backup_dir / "one")
    somebody = Actor(Role.PROJECT_ADMIN, "p", "p")
    for do in (list_backups, lambda actor: delete_backup(actor=actor, name="one")):
        with pytest.raises(Forbidden):
            do(actor=somebody)
