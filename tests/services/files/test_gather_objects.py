"""What an import reads are local files that stay as they were, whatever becomes of the objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from files.models import Content, File, StoredObject
from files.services import staging
from files.services.delete_file import delete_file
from files.services.objects.buckets import builtin_bucket
from files.services.objects.content_store import forget_unnamed
from files.services.objects.gather_objects import FILE, PREFIX, gather_objects
from files.services.objects.object_url import ObjectUrl
from files.services.objects.project_place import ProjectObjects
from files.services.objects.store_local_object import store_local_object
from kbstore.access import SYSTEM
from kbstore.errors import OperationCancelled
from storage.models import Project

Make = Callable[..., File]


def nothing() -> None:
    pass


@pytest.fixture
def directory(directories: Path) -> Iterator[Path]:
    with staging.reading_directory() as found:
        yield found


@pytest.fixture
def put(project: Project, tmp_path: Path) -> Callable[[str, bytes], StoredObject]:
    def call(key: str, content: bytes) -> StoredObject:
        source = tmp_path / "object"
        source.write_bytes(content)
        bucket = builtin_bucket(project.id)
        return store_local_object(bucket=bucket, key=key, source=source, content_type="", check=nothing)

    return call


Put = Callable[[str, bytes], StoredObject]


def test_objects_that_go_meanwhile_are_read_to_their_end(put: Put, store: Make, directory: Path) -> None:
    file = store(b"file")
    plain = put("plain", b"plain")
    for key, content in ((file.stored_object.key, b"file"), ("plain", b"plain")):
        target = directory / content.decode()
        ProjectObjects("p1").fetch(ObjectUrl("p1", key), target, nothing)
    delete_file(actor=SYSTEM, project_id="p1", file_id=file.id)
    put("plain", b"other content")
    with transaction.atomic():
        plain = StoredObject.objects.get(key="plain")
        plain.delete()
        forget_unnamed([plain.content_id])
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {"file": b"file", "plain": b"plain"}


def test_pieces_become_one_file(put: Put, directory: Path) -> None:
    parts = [put(str(number), content).content for number, content in enumerate((b"one,", b"", b"three"))]
    pieces = [[part.path, part.size_bytes] for part in parts]
    content = Content.objects.create(pieces=pieces, size_bytes=9)
    StoredObject.objects.create(bucket=builtin_bucket("p1"), key="whole", content=content, etag="e-3", size_bytes=9)
    gathered = gather_objects(ProjectObjects("p1"), ObjectUrl("p1", "whole"), FILE, directory=directory, check=nothing)
    assert [path.read_bytes() for path in gathered.paths] == [b"one,three"]


def test_a_distant_storage_is_copied_from(settings: Any, put: Put, directory: Path) -> None:
    backend = "django.core.files.storage.InMemoryStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend}}
    for key in ("p/b", "p/a", "q"):
        put(key, key.encode())
    gathered = gather_objects(ProjectObjects("p1"), ObjectUrl("p1", "p/"), PREFIX, directory=directory, check=nothing)
    assert [path.read_bytes() for path in gathered.paths] == [b"p/a", b"p/b"]


def test_it_can_be_stopped(put: Put, directory: Path) -> None:
    put("x", b"x")

    def stop() -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        gather_objects(ProjectObjects("p1"), ObjectUrl("p1", "x"), FILE, directory=directory, check=stop)


def test_nothing_stays_behind(put: Put, directories: Path) -> None:
    put("x", b"x")
    with staging.reading_directory() as directory:
        gather_objects(ProjectObjects("p1"), ObjectUrl("p1", "x"), FILE, directory=directory, check=nothing)
    assert list(staging.uploads_dir().iterdir()) == []
