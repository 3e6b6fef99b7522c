"""What the event loop may look up by itself, and what it leaves to a thread."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from files.models import Content, ObjectBucket, StoredObject
from files.s3.threads import at_once
from files.services.objects.get_object import _by_names
from files.services.objects.prepared import PreparedQuery
from files.services.objects.quick_look import QuickLook, WouldWait, current_look, open_quick_look, read_at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("KBSTORE_TEST_POSTGRES" in os.environ, reason="a catalog elsewhere is asked by threads"),
]


@pytest.fixture
def stored() -> StoredObject:
    bucket = ObjectBucket.objects.create(name=f"b-{uuid.uuid4().hex}", owner="admin")
    content = Content.objects.create(pieces=[["objects/aa/1", 3]], size_bytes=3)
    return StoredObject.objects.create(
        bucket=bucket, key="k'?%s\"é", content=content, etag="e", size_bytes=3, metadata={"a": "b"}, parts=[[1, 3, "c"]]
    )


@pytest.fixture
def look() -> Iterator[QuickLook]:
    found = open_quick_look()
    assert found is not None
    yield found
    found.close()


def test_a_row_is_that_of_the_orm(look: QuickLook, stored: StoredObject) -> None:
    found = look.run(PreparedQuery(_by_names, values=2).first, stored.bucket.name, stored.key)
    expected = _by_names(stored.bucket.name, stored.key).get()
    assert found is not None
    for one, other in ((found, expected), (found.bucket, expected.bucket), (found.content, expected.content)):
        assert type(one) is type(other)
        for field in one._meta.concrete_fields:
            assert getattr(one, field.attname) == getattr(other, field.attname), field


def test_what_was_committed_is_seen_and_what_was_not_is_not(look: QuickLook, stored: StoredObject) -> None:
    query = PreparedQuery(_by_names, values=2)
    with transaction.atomic():
        StoredObject.objects.filter(pk=stored.pk).update(etag="new")
        before = look.run(query.first, stored.bucket.name, stored.key)
    after = look.run(query.first, stored.bucket.name, stored.key)
    assert [before and before.etag, after and after.etag] == ["e", "new"]


def test_no_lock_is_waited_for_and_what_sqlite_refuses_is_left_to_a_thread(look: QuickLook) -> None:
    assert look.fetch_one("PRAGMA busy_timeout", []) == (0,)
    with pytest.raises(WouldWait):
        look.fetch_one("SELECT 1 FROM a_table_that_is_not_there", [])


def test_it_cannot_write(look: QuickLook, stored: StoredObject) -> None:
    with pytest.raises(WouldWait):
        look.fetch_one("DELETE FROM files_storedobject RETURNING id", [])
    assert StoredObject.objects.filter(pk=stored.pk).exists()


def test_nobody_looks_quickly_outside_of_a_run(look: QuickLook) -> None:
    assert look.run(current_look) is look
    assert current_look() is None


def test_the_event_loop_leaves_other_queries_to_a_thread(stored: StoredObject) -> None:
    asked: list[bool] = []

    def read() -> str:
        asked.append(current_look() is not None)
        return StoredObject.objects.get(pk=stored.pk).etag

    assert asyncio.run(at_once(read)) == "e"
    assert asked == [True, False]


class TestReadAt:
    def test_bytes_in_memory_are_read(self, look: QuickLook, tmp_path: Path) -> None:
        (tmp_path / "content").write_bytes(b"0123456789")
        with (tmp_path / "content").open("rb") as file:
            file.read()
            assert look.run(read_at, file.fileno(), 2, 3) == b"234"

    def test_a_file_that_is_too_short_is_left_to_a_thread(self, look: QuickLook, tmp_path: Path) -> None:
        (tmp_path / "content").write_bytes(b"0123")
        with (tmp_path / "content").open("rb") as file:
            with pytest.raises(WouldWait):
                look.run(read_at, file.fileno(), 2, 3)
            assert read_at(file.fileno(), 2, 3) == b"23"
