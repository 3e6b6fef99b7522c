"""Lists against a plain model of them, in the catalog: it has to order and compare keys by their bytes."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from files.models import Content, ObjectBucket, StoredObject
from files.services.objects.list_objects import ObjectPage, list_objects

CHARACTERS = st.sampled_from("aAbB/ \x01\n\r\x7f%_+é\u0301\ud7ff\ue000\uffff\U00010000\U0010ffff")
TEXT = st.text(CHARACTERS, max_size=5) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3
)


def new_bucket(keys: Iterable[str]) -> ObjectBucket:
    content = Content.objects.create(path="objects/x", size_bytes=3)
    bucket = ObjectBucket.objects.create(name=f"b-{uuid.uuid4().hex}", owner="admin")
    StoredObject.objects.bulk_create(
        (StoredObject(bucket=bucket, key=key, content=content, etag="e", size_bytes=3) for key in keys), batch_size=500
    )
    return bucket


def names(page: ObjectPage) -> list[str]:
    return sorted([found.key for found in page.objects] + page.prefixes, key=str.encode)


def pages(bucket: ObjectBucket, **asked: object) -> list[str]:
    items: list[str] = []
    after = ""
    while True:
        page = list_objects(bucket=bucket, after=after, **asked)  # type: ignore[arg-type]
        assert [found.key for found in page.objects] == sorted((f.key for f in page.objects), key=str.encode)
        assert page.prefixes == sorted(page.prefixes, key=str.encode)
        items += names(page)
        if not page.is_truncated:
            return items
        after = page.last


def expected(keys: Iterable[str], *, prefix: str, delimiter: str) -> list[str]:
    items = set()
    for key in keys:
        if key.startswith(prefix):
            found = key.find(delimiter, len(prefix)) if delimiter else -1
            items.add(key if found < 0 else key[: found + len(delimiter)])
    return sorted(items, key=str.encode)


class Lists(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.sets(TEXT.filter(bool), max_size=20), TEXT, TEXT, st.integers(1, 6))
    def test_pages_give_each_item_once_in_the_order_of_bytes(
        self, keys: set[str], prefix: str, delimiter: str, limit: int
    ) -> None:
        items = pages(new_bucket(keys), prefix=prefix, delimiter=delimiter, limit=limit)
        assert items == expected(keys, prefix=prefix, delimiter=delimiter)


@pytest.mark.django_db
def test_a_bucket_lists_nothing_of_another() -> None:
    keys = ["a/1", "a/2", "b"]
    first, second = new_bucket(keys), new_bucket(["a/3", "c"])
    assert names(list_objects(bucket=first)) == keys
    assert names(list_objects(bucket=second, delimiter="/")) == ["a/", "c"]
    assert names(list_objects(bucket=second, prefix="b")) == []


@pytest.mark.django_db
def test_ten_directories_are_about_ten_looks_at_the_index_however_much_is_in_them() -> None:
    bucket = new_bucket(f"{directory}/{number:03}" for directory in range(10) for number in range(300))
    with CaptureQueriesContext(
        connection,
    ) as looks:
        page = list_objects(bucket=bucket, delimiter="/")
    assert page.prefixes == [f"{directory}/" for directory in range(10)]
    assert len(looks) <= 11


@pytest.mark.django_db
@pytest.mark.parametrize(("prefix", "after"), list(itertools.product(["", "a/"], ["", "a/5"])))
def test_a_page_is_a_range_of_the_index_without_sorting(prefix: str, after: str) -> None:
    bucket = new_bucket(f"a/{number}" for number in range(2000))
    with CaptureQueriesContext(connection) as looks:
        assert len(list_objects(bucket=bucket, prefix=prefix, after=after, limit=10)) == 10
    (look,) = looks
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE files_storedobject")
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + look["sql"].replace("%", "%%"))
        plan = str(cursor.fetchall())
    assert "(bucket_id=? AND key>?" in plan or "Index Scan using object_key" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
