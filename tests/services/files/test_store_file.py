from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.db import transaction

from files.errors import QuotaExceeded
from files.models import File
from files.services import staging
from files.services.content import local_path
from files.services.delete_project_files import contents_of_files, delete_project_files, forget_contents
from files.services.purge_expired import purge_expired
from files.services.register_file import register_file
from kbstore.access import SYSTEM
from storage.models import Project

Make = Callable[..., File]


class Broken(Exception):
    pass


def test_registering_moves_nothing_but_a_name(upload: Make) -> None:
    session = upload(b"abc")
    inode = staging.staged_content(session).stat().st_ino
    file = register_file(actor=SYSTEM, project_id="p1", upload_key=str(session.upload_key))
    path = local_path(file.path)
    assert path is not None
    assert (path.stat().st_ino, path.stat().st_nlink) == (inode, 1)
    assert list(staging.uploads_dir().iterdir()) == []


def test_a_storage_on_another_disk_gets_a_copy(store: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: Any) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", no_link)
    file = store(b"abc")
    path = local_path(file.path)
    assert path is not None
    assert path.read_bytes() == b"abc"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_no_content_stays_when_the_record_is_refused(store: Make, settings: Any, directories: Path) -> None:
    kept = store()
    settings.MAX_PROJECT_FILES = 1
    with pytest.raises(QuotaExceeded):
        store()
    assert [path.name for path in (directories / "files").rglob("*_x.csv")] == [Path(kept.path).name]


def test_a_rolled_back_transaction_leaves_what_the_janitor_removes(store: Make, directories: Path) -> None:
    def store_and_break() -> None:
        with transaction.atomic():
            files.append(store())
            raise Broken

    files: list[File] = []
    with pytest.raises(Broken):
        store_and_break()
    file = files[0]
    assert not File.objects.exists()
    assert default_storage.exists(file.path)
    assert purge_expired(grace_seconds=0).contents_without_record == 1
    assert not default_storage.exists(file.path)


def test_a_path_never_leaves_its_project(store: Make, directories: Path) -> None:
    store()
    for path in ("project_p1/../project_p2/x", "../x", "/etc/passwd"):
        with pytest.raises(SuspiciousFileOperation):
            local_path(path)
    (directories / "files/project_p1/link").symlink_to("/etc")
    with pytest.raises(SuspiciousFileOperation):
        local_path("project_p1/link/passwd")


def test_a_deleted_project_takes_its_bytes_along(store: Make, directories: Path) -> None:
    file = store()
    other = directories / "files/project_p11/x"
    other.parent.mkdir()
    other.write_bytes(b"of another project")
    contents = contents_of_files("p1")
    Project.objects.get(id="p1").delete()
    forget_contents(contents)
    delete_project_files("p1", [file.path])
    assert [path.name for path in (directories / "files").iterdir()] == ["project_p11"]
