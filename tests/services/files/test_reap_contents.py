"""The janitor of objects removes what nothing names, and nothing else."""

from __future__ import annotations

import datetime
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from files.models import Content, MultipartUpload, ObjectBucket, StoredObject, UploadedPart
from files.object_errors import NoSuchUpload
from files.s3.xml.read import NamedPart
from files.services.objects import content_store
from files.services.objects.caller import ADMIN_OWNER, S3Caller
from files.services.objects.complete_upload import Completion, complete_upload
from files.services.objects.create_upload import create_upload
from files.services.objects.find_lost import find_lost_objects
from files.services.objects.incoming import Arrived, IncomingContent
from files.services.objects.publish_object import Description
from files.services.objects.put_object import put_object
from files.services.objects.put_part import put_part
from files.services.objects.reap_contents import Reaped, reap_contents

ADMIN = S3Caller(ADMIN_OWNER, "admin")
NOTHING = Reaped(0, 0, 0, 0)


@pytest.fixture
def bucket(directories: Path, transactional_db: None) -> ObjectBucket:
    return ObjectBucket.objects.create(name=f"b-{uuid.uuid4().hex}", owner=ADMIN_OWNER)


def arrived(content: bytes) -> Arrived:
    incoming = IncomingContent(limit_bytes=1000)
    incoming.write([content])
    return incoming.finish()


def put(bucket: ObjectBucket, key: str = "key", content: bytes = b"content") -> StoredObject:
    return put_object(bucket=bucket, key=key, arrived=arrived(content), description=Description())


def begin(bucket: ObjectBucket, *contents: bytes, key: str = "key") -> MultipartUpload:
    upload = create_upload(caller=ADMIN, bucket_name=bucket.name, key=key, description=Description())
    for number, content in enumerate(contents, 1):
        put_part(upload=upload, number=number, arrived=arrived(content))
    return upload


def complete(upload: MultipartUpload, *numbers: int) -> None:
    etags = dict(UploadedPart.objects.filter(upload=upload).values_list("number", "etag"))
    complete_upload(
        caller=ADMIN,
        bucket_name=upload.bucket.name,
        key=upload.key,
        upload_id=upload.pk,
        asked=Completion([NamedPart(number, etags[number]) for number in numbers]),
    )


def in_days(days: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=days)


def stored_files() -> list[str]:
    """After the removals that run beside."""
    content_store._REMOVALS.submit(int).result()
    if not default_storage.exists("objects"):
        return []
    return sorted(path.name for path in Path(default_storage.path("objects")).rglob("*") if path.is_file())


def test_what_has_a_name_stays(bucket: ObjectBucket) -> None:
    put(bucket)
    begin(bucket, b"part", key="open")
    complete(begin(bucket, b"one part", key="completed"), 1)
    before = stored_files()
    assert len(before) == 3
    assert reap_contents(now=in_days(0.5), grace_seconds=0) == NOTHING
    assert stored_files() == before


def test_bytes_that_no_record_names_go_after_their_grace(bucket: ObjectBucket) -> None:
    arrived(b"left by a crash")
    assert reap_contents() == NOTHING
    assert reap_contents(grace_seconds=0).bytes_without_record == 1
    assert stored_files() == []


def test_a_storage_elsewhere_is_cleared_too(settings: Any, bucket: ObjectBucket) -> None:
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    assert reap_contents(grace_seconds=0) == NOTHING
    lost, kept = arrived(b"left by a crash"), put(bucket)
    complete(begin(bucket, b"one part", key="completed"), 1)
    assert reap_contents() == NOTHING
    assert reap_contents(grace_seconds=0) == Reaped(0, 0, 0, bytes_without_record=1)
    assert (default_storage.exists(lost.path), default_storage.exists(kept.content.path)) == (False, True)
    assert list(find_lost_objects()) == []


def test_files_that_are_not_ours_are_left_alone(bucket: ObjectBucket) -> None:
    for name in ("readme.txt", "x" * 32, "ab" * 16):
        path = Path(default_storage.path(f"objects/00/{name}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert reap_contents(grace_seconds=0) == NOTHING


def test_bytes_that_get_another_name_are_as_young_as_that_name(bucket: ObjectBucket, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"x")
    os.utime(old, (0, 0))
    target = Path(default_storage.path(content_store.content_path("ab" * 16)))
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(old, target)
    assert reap_contents(grace_seconds=60) == NOTHING


def test_contents_without_a_name_go_after_their_grace(bucket: ObjectBucket) -> None:
    put(bucket)
    complete(begin(bucket, b"one part", key="parts"), 1)
    bucket.delete()  # as with a project, the objects go and nobody looks at their contents
    assert reap_contents() == NOTHING
    assert reap_contents(grace_seconds=0).contents == 2
    assert (stored_files(), Content.objects.count()) == ([], 0)


def test_a_content_with_another_name_outlives_its_bucket(bucket: ObjectBucket) -> None:
    stored = put(bucket)
    other = ObjectBucket.objects.create(name="other", owner=ADMIN_OWNER)
    StoredObject.objects.create(bucket=other, key="copy", content=stored.content, etag="e", size_bytes=7)
    bucket.delete()
    assert reap_contents(grace_seconds=0) == NOTHING
    assert len(stored_files()) == 1


def test_open_uploads_end_when_they_are_too_old(bucket: ObjectBucket, settings: Any) -> None:
    settings.S3_UPLOAD_TTL_DAYS = 2.0
    upload = begin(bucket, b"a", b"b")
    assert reap_contents(now=in_days(1.9)) == NOTHING
    assert reap_contents(now=in_days(2.1)).open_uploads == 1
    assert (stored_files(), UploadedPart.objects.count(), Content.objects.count()) == ([], 0, 0)
    with pytest.raises(NoSuchUpload):
        put_part(upload=upload, number=1, arrived=arrived(b"too late"))
    assert stored_files() == []


def test_completed_uploads_are_remembered_for_a_day(bucket: ObjectBucket) -> None:
    complete(begin(bucket, b"a"), 1)
    assert reap_contents(now=in_days(0.9)) == NOTHING
    assert reap_contents(now=in_days(1.1)).completed_uploads == 1
    assert StoredObject.objects.count() == 1
    assert len(stored_files()) == 1


def test_parts_that_were_not_named_go_with_the_commit(bucket: ObjectBucket) -> None:
    upload = begin(bucket, b"named", b"not named")
    complete(upload, 1)
    assert len(stored_files()) == 1
    (content,) = Content.objects.all()
    assert (content.path, content.size_bytes, len(content.pieces)) == ("", 5, 1)


def test_overwriting_an_object_of_parts_removes_all_its_pieces(bucket: ObjectBucket) -> None:
    upload = begin(bucket, bytes(1000))
    UploadedPart.objects.filter(upload=upload).update(size_bytes=5 << 20)  # as if it were large enough
    put_part(upload=upload, number=2, arrived=arrived(b"end"))
    complete(upload, 1, 2)
    assert len(stored_files()) == 2
    put(bucket, content=b"new")
    assert len(stored_files()) == 1
    assert reap_contents(grace_seconds=0) == NOTHING


def test_lost_bytes_are_found(bucket: ObjectBucket) -> None:
    put(bucket, "whole")
    lost, short = put(bucket, "lost"), put(bucket, "short")
    complete(begin(bucket, b"part", key="pieces"), 1)
    assert list(find_lost_objects()) == []
    default_storage.delete(lost.content.path)
    Path(default_storage.path(short.content.path)).write_bytes(b"sh")
    (piece,) = StoredObject.objects.get(key="pieces").content.pieces
    default_storage.delete(piece[0])
    assert sorted(found.key for found in find_lost_objects()) == ["lost", "pieces", "short"]
