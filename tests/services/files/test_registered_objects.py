"""A registered file is an object of its project's bucket: they come and go together, and copies keep the bytes."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, transaction

from files.models import Content, File, ObjectBucket, StoredObject
from files.services.delete_file import delete_file
from files.services.delete_project_files import contents_of_files, delete_project_files, forget_contents
from files.services.objects.content_store import forget_unnamed
from files.services.objects.registered_files import forget_files, index_file
from files.services.purge_expired import purge_expired
from kbstore.access import SYSTEM
from storage.models import Project

Make = Callable[..., File]


def copy_of(file: File, key: str = "copy", bucket: ObjectBucket | None = None) -> StoredObject:
    source = file.stored_object
    return StoredObject.objects.create(
        bucket=bucket or source.bucket, key=key, content=source.content, etag=source.etag, size_bytes=source.size_bytes
    )


def test_a_registered_file_is_an_object_of_its_project(store: Make) -> None:
    file = store(b"abc", name="a b.csv", content_type="text/csv")
    stored = StoredObject.objects.get()
    assert (stored.bucket.name, stored.bucket.owner, stored.bucket.is_builtin) == ("project_p1", "project:p1", True)
    assert f"project_p1/{stored.key}" == file.path == stored.content.path
    assert (stored.file_id, stored.size_bytes, stored.content_type) == (file.id, 3, "text/csv")
    assert stored.etag == file.checksum_sha256[:32] + "-1"
    assert stored.last_modified == file.created_at


def test_file_and_object_appear_together_or_not_at_all(store: Make) -> None:
    with transaction.atomic():
        store()
        transaction.set_rollback(True)
    assert not File.objects.exists()
    assert not StoredObject.objects.exists()
    assert not Content.objects.exists()


def test_an_object_that_has_the_key_of_a_new_file_gives_way(store: Make) -> None:
    file = store()
    theirs = Content.objects.create(path="objects/aa/theirs", size_bytes=6)
    StoredObject.objects.update(file=None, content=theirs, metadata={"a": "b"}, size_bytes=6)
    with transaction.atomic():
        index_file(file)
    stored = StoredObject.objects.get()
    assert (stored.file_id, stored.content.path, stored.metadata) == (file.id, file.path, {})


def test_a_deleted_file_takes_object_content_and_bytes_along(store: Make) -> None:
    file = store()
    delete_file(actor=SYSTEM, project_id="p1", file_id=file.id)
    assert not StoredObject.objects.exists()
    assert not Content.objects.exists()
    assert not default_storage.exists(file.path)


def test_a_copy_keeps_the_bytes_of_a_deleted_file(store: Make) -> None:
    file = store(b"abc")
    copied = copy_of(file)
    delete_file(actor=SYSTEM, project_id="p1", file_id=file.id)
    purge_expired(grace_seconds=0)
    assert StoredObject.objects.get() == copied
    with default_storage.open(copied.content.path) as stream:
        assert stream.read() == b"abc"


def test_a_copy_keeps_the_bytes_of_a_deleted_project(store: Make) -> None:
    file, other = store(b"abc"), store(b"other")
    copied = copy_of(file, bucket=ObjectBucket.objects.create(name="shared", owner="admin"))
    with transaction.atomic():
        contents = contents_of_files("p1")
        Project.objects.get(id="p1").delete()
        forget_contents(contents)
    delete_project_files("p1", [file.path, other.path])
    assert StoredObject.objects.get() == copied
    assert default_storage.exists(file.path)
    assert not default_storage.exists(other.path)


def test_deleting_the_object_deletes_the_file(store: Make) -> None:
    kept, file = store(), store()
    stored = file.stored_object
    with transaction.atomic():
        forget_files([file.id])
        forget_unnamed([stored.content_id])
    assert list(File.objects.all()) == [kept]
    assert [found.file_id for found in StoredObject.objects.all()] == [kept.id]


def test_files_of_before_become_objects_once(store: Make, upload: Make) -> None:
    files = {store(b"1").id, store(b"22").id}
    upload()
    expected = sorted(StoredObject.objects.values_list("file_id", "key", "etag", "size_bytes", "content__path"))
    StoredObject.objects.all().delete()
    Content.objects.all().delete()
    ObjectBucket.objects.all().delete()
    index = importlib.import_module("files.migrations.0003_index_files")._index
    for _ in range(2):
        with connection.schema_editor(atomic=False) as editor:
            index(apps, editor)
    found = sorted(StoredObject.objects.values_list("file_id", "key", "etag", "size_bytes", "content__path"))
    assert found == expected
    assert {row[0] for row in found} == files
    assert ObjectBucket.objects.get().name == "project_p1"
