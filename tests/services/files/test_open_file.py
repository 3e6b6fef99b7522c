from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from files.errors import FileContentNotFound, FileInUse, FileNotFound
from files.models import File
from files.services import staging
from files.services.content import local_path
from files.services.delete_file import delete_file
from files.services.get_file import find_file
from files.services.open_file import local_file, open_content
from kbstore.access import SYSTEM

Make = Callable[..., File]


def delete(file: File) -> None:
    delete_file(actor=SYSTEM, project_id=file.project_id, file_id=file.id)


def test_a_local_storage_gives_its_own_bytes(store: Make, directories: Path) -> None:
    file = store(b"abc", name="a b.csv")
    with local_file(project_id="p1", file_id=file.id) as opened:
        assert opened.path.samefile(directories / "files" / file.path)
        assert (opened.name, opened.size_bytes) == ("a b.csv", 3)
        assert opened.path.read_bytes() == b"abc"


def test_a_reader_keeps_its_file_when_the_storage_loses_it(store: Make) -> None:
    file = store(b"abc")
    with local_file(project_id="p1", file_id=file.id) as opened:
        default_storage.delete(file.path)
        assert opened.path.read_bytes() == b"abc"
    assert list(staging.uploads_dir().iterdir()) == []


def test_a_file_that_is_read_cannot_be_deleted(store: Make) -> None:
    file = store()
    with local_file(project_id="p1", file_id=file.id), local_file(project_id="p1", file_id=file.id):
        with pytest.raises(FileInUse):
            delete(file)
        assert find_file(project_id="p1", file_id=file.id) == file
    delete(file)


def test_the_mark_holds_across_processes_and_dies_with_its_holder(store: Make) -> None:
    file = store()
    program = (
        "import fcntl,sys; f=open(sys.argv[1],'rb'); fcntl.flock(f,fcntl.LOCK_SH); print('held',flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(local_path(file.path))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"held\n"
        with pytest.raises(FileInUse):
            delete(file)
        reader.kill()
        reader.wait()
    delete(file)


def test_a_download_goes_on_after_the_delete(store: Make) -> None:
    file = store(b"abc")
    _, stream = open_content(actor=SYSTEM, project_id="p1", file_id=file.id)
    with stream:
        delete(file)
        assert stream.read() == b"abc"


def test_what_is_missing_is_named(store: Make) -> None:
    file = store()
    path = local_path(file.path)
    assert path is not None
    path.unlink()
    for find in (find_file, _enter):
        with pytest.raises(FileContentNotFound):
            find(project_id="p1", file_id=file.id)
        with pytest.raises(FileNotFound):
            find(project_id="p2", file_id=file.id)


def _enter(**names: str) -> None:
    with local_file(**names):
        pass


@pytest.fixture
def distant(settings: Any, directories: Path) -> None:
    """A storage without files on this host."""
    backend = "django.core.files.storage.InMemoryStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend}}


def test_a_distant_storage_gives_a_copy_that_is_gone_afterwards(distant: None, store: Make) -> None:
    file = store(b"abc")
    assert local_path(file.path) is None
    with local_file(project_id="p1", file_id=file.id) as opened:
        assert opened.path.read_bytes() == b"abc"
        delete(file)
        assert opened.path.exists()
    assert list(staging.uploads_dir().iterdir()) == []
