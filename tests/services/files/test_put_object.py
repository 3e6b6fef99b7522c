"""Objects in storages of both kinds, what becomes of their bytes, and the quota that they share with files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from files.errors import QuotaExceeded
from files.models import Content, File, ObjectBucket, StoredObject
from files.object_errors import EntityTooLarge, PreconditionFailed
from files.services.objects.buckets import find_bucket
from files.services.objects.conditions import Conditions
from files.services.objects.content_store import content_path, forget_unnamed, open_range
from files.services.objects.incoming import Arrived, IncomingContent
from files.services.objects.publish_object import Description
from files.services.objects.put_object import check_writable, put_object
from storage.models import Project
from tests.wire.jobs import until


@pytest.fixture(params=["of this host", "elsewhere"])
def bucket(request: pytest.FixtureRequest, project: Project, settings: Any) -> ObjectBucket:
    if request.param == "elsewhere":
        memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
        settings.STORAGES = settings.STORAGES | {"default": memory}
    return find_bucket(project.id)


def arrive(*blocks: bytes) -> Arrived:
    incoming = IncomingContent(limit_bytes=1000)
    incoming.write(blocks)
    return incoming.finish()


def put(bucket: ObjectBucket, content: bytes, key: str = "k", conditions: Conditions | None = None) -> StoredObject:
    arrived = arrive(content)
    return put_object(bucket=bucket, key=key, arrived=arrived, description=Description(), conditions=conditions)


def read(stored: StoredObject, start: int, length: int) -> list[bytes]:
    found = []
    for piece in open_range(stored.content, start=start, length=length):
        with piece.stream as stream:
            stream.seek(piece.offset)
            found.append(stream.read(piece.length))
    return found


def left_behind(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_what_was_put_is_read(bucket: ObjectBucket, directories: Path) -> None:
    stored = put(bucket, b"0123456789")
    assert read(stored, 0, 10) == [b"0123456789"]
    assert read(stored, 3, 4) == [b"3456"]
    assert read(stored, 10, 0) == []
    assert not left_behind(directories / "uploads")


def test_ranges_go_over_the_borders_of_pieces(bucket: ObjectBucket) -> None:
    paths = [[arrive(text).path, len(text)] for text in (b"abc", b"d", b"efgh")]
    content = Content(pieces=paths, size_bytes=8)
    stored = StoredObject(content=content)
    assert read(stored, 0, 8) == [b"abc", b"d", b"efgh"]
    assert read(stored, 2, 3) == [b"c", b"d", b"e"]
    assert read(stored, 4, 1) == [b"e"]


def test_a_range_of_a_content_that_is_gone_leaves_nothing_open(bucket: ObjectBucket) -> None:
    stored = put(bucket, b"abc")
    default_storage.delete(stored.content.path)
    with pytest.raises(FileNotFoundError):
        read(stored, 0, 3)


def test_replaced_bytes_go_and_refused_ones_never_stay(bucket: ObjectBucket) -> None:
    first = put(bucket, b"one").content
    second = put(bucket, b"two").content
    until(lambda: not default_storage.exists(first.path), "the replaced bytes are gone")
    arrived = arrive(b"three")
    with pytest.raises(PreconditionFailed):
        put_object(
            bucket=bucket,
            key="k",
            arrived=arrived,
            description=Description(),
            conditions=Conditions(if_none_match="*"),
        )
    assert not default_storage.exists(arrived.path)
    assert read(StoredObject.objects.get(), 0, 3) == [b"two"]
    assert Content.objects.get() == second


def test_a_content_with_another_name_stays(bucket: ObjectBucket) -> None:
    content = put(bucket, b"one").content
    StoredObject.objects.create(bucket=bucket, key="copy", content=content, size_bytes=3)
    put(bucket, b"two")
    forget_unnamed([content.pk])
    assert read(StoredObject.objects.get(key="copy"), 0, 3) == [b"one"]


def test_of_many_contents_those_with_a_name_stay(bucket: ObjectBucket) -> None:
    contents = [put(bucket, b"x", f"k{number}").content for number in range(12)]
    StoredObject.objects.filter(key__in=[f"k{number}" for number in range(10)]).delete()
    forget_unnamed([content.pk for content in contents])
    assert set(Content.objects.all()) == set(contents[10:])
    until(lambda: not default_storage.exists(contents[9].path), "their bytes are gone")
    assert default_storage.exists(contents[11].path)


def test_too_many_bytes_are_refused_as_they_come(bucket: ObjectBucket, directories: Path) -> None:
    incoming = IncomingContent(limit_bytes=5)
    incoming.write([b"12345"])
    with pytest.raises(EntityTooLarge):
        incoming.write([b"6"])
    incoming.abort()
    assert not left_behind(directories / "uploads")
    assert not left_behind(directories / "files")


@pytest.mark.parametrize("sizes", [[0], [1] * 2000, [200_000, 1, 0, 300_000]])
def test_any_blocks_give_the_bytes_and_their_hashes(bucket: ObjectBucket, sizes: list[int]) -> None:
    blocks = [bytes([number % 251]) * size for number, size in enumerate(sizes)]
    incoming = IncomingContent(limit_bytes=1 << 20, algorithm="SHA256", with_sha256=True)
    incoming.write([memoryview(block) for block in blocks])
    arrived = incoming.finish()
    content = b"".join(blocks)
    with default_storage.open(arrived.path) as stream:
        assert stream.read() == content
    whole = arrive_whole(content)
    assert (arrived.md5, arrived.sha256, arrived.size_bytes) == (whole.md5, arrived.checksum, len(content))


def arrive_whole(content: bytes) -> Arrived:
    incoming = IncomingContent(limit_bytes=1 << 20)
    incoming.write([content])
    return incoming.finish()


def test_objects_and_files_share_the_quota_of_their_project(
    bucket: ObjectBucket, store: Callable[..., File], settings: Any
) -> None:
    settings.MAX_PROJECT_BYTES = 10
    put(bucket, b"12345")
    store(b"678", name="a")
    for refused in (lambda: put(bucket, b"9ab", "other"), lambda: store(b"9ab", name="b")):
        with pytest.raises(QuotaExceeded):
            refused()
    with pytest.raises(QuotaExceeded):
        check_writable(bucket=bucket, key="other", size_bytes=3, conditions=Conditions())
    put(bucket, b"9a", "other")
    assert StoredObject.objects.filter(file=None).count() == 2


def test_what_was_removed_counts_no_more(bucket: ObjectBucket, settings: Any) -> None:
    settings.MAX_PROJECT_BYTES = 10
    put(bucket, b"1234567890")
    StoredObject.objects.all().delete()
    put(bucket, b"1234567890")


def test_names_of_contents_spread_over_directories() -> None:
    assert content_path("abcdef") == "objects/ab/abcdef"
