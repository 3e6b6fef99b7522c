"""Queries that are put into SQL once give what the ORM gives."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from files.models import Content, ObjectBucket, StoredObject
from files.services.objects.prepared import PreparedQuery
from files.services.objects.prepared_row import PreparedRow

pytestmark = pytest.mark.django_db(transaction=True)


def by_names(bucket_name: str, key: str) -> QuerySet[StoredObject]:
    return StoredObject.objects.select_related("bucket", "content").filter(key=key, bucket__name=bucket_name)


@pytest.fixture
def stored() -> StoredObject:
    bucket = ObjectBucket.objects.create(name=f"b-{uuid.uuid4().hex}", owner="admin")
    content = Content.objects.create(pieces=[["objects/aa/1", 3]], size_bytes=3)
    return StoredObject.objects.create(
        bucket=bucket, key="k'%s\"é", content=content, etag="e", size_bytes=3, metadata={"a": "b"}, parts=[[1, 3, "c"]]
    )


def test_the_row_is_that_of_the_orm_with_what_it_follows(stored):
    found = PreparedQuery(by_names, values=2).first(stored.bucket.name, stored.key)
    expected = by_names(stored.bucket.name, stored.key).get()
    assert found is not None
    for one, other in ((found, expected), (found.bucket, expected.bucket), (found.content, expected.content)):
        assert type(one) is type(other)
        for field in one._meta.concrete_fields:
            assert getattr(one, field.attname) == getattr(other, field.attname), field
    assert not found._state.adding


def test_it_asks_once_and_finds_nothing_where_nothing_is(stored):
    query = PreparedQuery(by_names, values=2)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert query.first(stored.bucket.name, "other") is None
        found = query.first(stored.bucket.name, stored.key)
        assert found is not None
        assert found.bucket.name == stored.bucket.name
        assert found.content.size_bytes == 3
    assert len(asked) == 2


def test_each_thread_uses_its_own_connection(stored):
    query = PreparedQuery(by_names, values=2)

    def look() -> str:
        try:
            found = query.first(stored.bucket.name, stored.key)
            assert found is not None
            return found.etag
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: look(), range(20))) == {"e"}


def test_a_changed_row_can_be_saved_like_any_other(stored):
    found = PreparedQuery(by_names, values=2).first(stored.bucket.name, stored.key)
    assert found is not None
    found.etag = "new"
    found.save()
    stored.refresh_from_db()
    assert stored.etag == "new"


def test_a_prepared_row_is_written_as_the_orm_writes_it(stored):
    def fields(row: StoredObject) -> dict[str, object]:
        found = StoredObject.objects.get(pk=row.pk)
        return {field.attname: getattr(found, field.attname) for field in row._meta.concrete_fields} | {
            "id": 0,
            "key": "",
        }

    rows = PreparedRow(StoredObject)
    made = StoredObject.objects.get(pk=stored.pk)
    made.pk, made.key = None, "other"
    rows.insert(made)
    assert made.pk not in (None, stored.pk)
    assert fields(made) == fields(stored)
    for row in (made, stored):
        row.parts, row.metadata, row.etag = None, {"ä": 1}, "new"
    rows.update(made)
    stored.save()
    assert fields(made) == fields(stored)
    made.pk = 0
    with pytest.raises(StoredObject.DoesNotExist):
        rows.update(made)
