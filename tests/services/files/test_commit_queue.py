"""Those that wait at the same time share a commit, and nobody pays for the faults of others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection

from files.models import Content, ObjectBucket, StoredObject
from files.object_errors import NoSuchBucket, PreconditionFailed
from files.services.objects import commit_queue
from files.services.objects.conditions import Conditions, DeleteConditions
from files.services.objects.content_store import pieces_of
from files.services.objects.delete_object import remove_keys
from files.services.objects.incoming import IncomingContent
from files.services.objects.publish_object import Checksum, Description, publish
from files.services.objects.put_object import put_object
from tests.wire.jobs import until

pytestmark = pytest.mark.django_db(transaction=True)
NEW = Conditions(if_none_match="*")


@pytest.fixture
def bucket() -> ObjectBucket:
    return ObjectBucket.objects.create(name="bucket", owner="admin")


@pytest.fixture
def pool() -> Iterator[Callable[..., Future[Any]]]:
    """Runs a function in a thread of its own, as requests do."""
    with ThreadPoolExecutor(16) as threads:

        def run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            finally:
                connection.close()

        yield lambda function, *args, **kwargs: threads.submit(run, function, *args, **kwargs)


@contextmanager
def busy_queue(pool: Callable[..., Future[Any]]) -> Iterator[None]:
    """Somebody's commit takes until the end of the body."""
    begun, may_end = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert may_end.wait(10)

    first = pool(commit_queue.run, work)
    assert begun.wait(10)
    try:
        yield
    finally:
        may_end.set()
    first.result(10)


def until_waiting(number: int) -> None:
    until(lambda: len(commit_queue._QUEUE._waiting) == number, f"{number} wait")


def put(bucket: ObjectBucket, key: str, content: bytes = b"x", conditions: Conditions | None = None) -> StoredObject:
    incoming = IncomingContent(limit_bytes=1 << 20)
    incoming.write([content])
    arrived = incoming.finish()
    return put_object(bucket=bucket, key=key, arrived=arrived, description=Description(), conditions=conditions)


def test_those_who_wait_share_one_transaction(pool: Callable[..., Future[Any]], bucket: ObjectBucket) -> None:
    threads = []

    def work(number: int) -> int:
        threads.append(threading.get_ident())
        ObjectBucket.objects.create(name=f"b{number}", owner="admin")
        return number

    with busy_queue(pool):
        waiting = [pool(commit_queue.run, lambda number=number: work(number)) for number in range(8)]
        until_waiting(8)
    assert [future.result(10) for future in waiting] == list(range(8))
    assert len(set(threads)) == 1
    assert ObjectBucket.objects.count() == 9


def test_a_refusal_in_a_group_is_its_owners_alone(pool: Callable[..., Future[Any]], bucket: ObjectBucket) -> None:
    missing = ObjectBucket(pk=bucket.pk + 1, name="missing", owner="admin")
    with busy_queue(pool):
        refused = pool(put, missing, "k")
        waiting = [pool(put, bucket, f"k{number}") for number in range(4)]
        until_waiting(5)
    with pytest.raises(NoSuchBucket):
        refused.result(10)
    assert {future.result(10).key for future in waiting} == {"k0", "k1", "k2", "k3"}
    assert StoredObject.objects.count() == Content.objects.count() == 4


def test_a_fault_of_the_catalog_in_a_group_is_its_owners_alone(
    pool: Callable[..., Future[Any]], bucket: ObjectBucket
) -> None:
    """Here one that only shows at the commit: a reference to nothing."""

    def faulty() -> None:
        StoredObject.objects.create(bucket=bucket, key="bad", content_id="nobody", size_bytes=0)

    with busy_queue(pool):
        bad = pool(commit_queue.run, faulty)
        waiting = [pool(put, bucket, f"k{number}") for number in range(4)]
        until_waiting(5)
    assert isinstance(bad.exception(10), Exception)
    assert {future.result(10).key for future in waiting} == {"k0", "k1", "k2", "k3"}
    assert StoredObject.objects.count() == 4


def test_a_catalog_that_is_gone_is_told_to_all_at_once(
    pool: Callable[..., Future[Any]], bucket: ObjectBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with busy_queue(pool):
        waiting = [pool(put, bucket, f"k{number}") for number in range(4)]
        until_waiting(4)
        tries = []

        def gone(*_: Any, **__: Any) -> None:
            tries.append(1)
            raise OperationalError("gone")

        monkeypatch.setattr("django.db.transaction.Atomic.__enter__", gone)
    assert all(isinstance(future.exception(10), OperationalError) for future in waiting)
    assert len(tries) == 1
    monkeypatch.undo()
    assert put(bucket, "k").key == "k"


def test_any_error_of_the_work_reaches_the_caller_and_the_queue_goes_on(
    pool: Callable[..., Future[Any]], bucket: ObjectBucket
) -> None:
    def wrong() -> None:
        raise ZeroDivisionError

    with busy_queue(pool):
        failed = [pool(commit_queue.run, wrong) for _ in range(3)]
        until_waiting(3)
    assert all(isinstance(future.exception(10), ZeroDivisionError) for future in failed)
    with pytest.raises(ZeroDivisionError):
        commit_queue.run(wrong)
    assert put(bucket, "k").key == "k"


def test_without_a_savepoint_a_fault_after_a_write_leaves_nothing_in_the_others_commit(
    pool: Callable[..., Future[Any]], bucket: ObjectBucket
) -> None:
    def wrong() -> None:
        ObjectBucket.objects.create(name="half", owner="admin")
        raise ZeroDivisionError

    with busy_queue(pool):
        failed = pool(commit_queue.run, wrong, refuses_first=True)
        waiting = [pool(put, bucket, f"k{number}") for number in range(3)]
        until_waiting(4)
    assert isinstance(failed.exception(10), ZeroDivisionError)
    assert {future.result(10).key for future in waiting} == {"k0", "k1", "k2"}
    assert not ObjectBucket.objects.filter(name="half").exists()


def test_of_many_who_want_to_be_the_first_exactly_one_is(
    pool: Callable[..., Future[Any]], bucket: ObjectBucket
) -> None:
    errors = [pool(put, bucket, "k", str(number).encode(), NEW) for number in range(12)]
    failed = [error for future in errors if (error := future.exception(30)) is not None]
    assert len(failed) == 11
    assert all(isinstance(error, PreconditionFailed) for error in failed)
    assert Content.objects.count() == 1


def test_what_an_object_names_is_there_whatever_happens_at_the_same_time(
    pool: Callable[..., Future[Any]], bucket: ObjectBucket
) -> None:
    """Overwriting, copying and deleting one key by many."""
    put(bucket, "k")

    def copy(number: int) -> None:
        found = StoredObject.objects.select_related("content").filter(key="k").first()
        if found is not None:
            with_content = {"content": found.content, "etag": found.etag, "checksum": Checksum()}
            commit_queue.run(
                lambda: publish(bucket_id=bucket.pk, key=f"copy{number}", description=Description(), **with_content)
            )

    def delete() -> None:
        remove_keys(bucket_id=bucket.pk, doomed={"k": DeleteConditions()})

    work = [pool(put, bucket, "k", str(number).encode()) for number in range(40)]
    work += [pool(copy, number) for number in range(40)]
    work += [pool(delete) for _ in range(10)]
    for future in work:
        assert isinstance(future.exception(30), Content.DoesNotExist | None)
    named = {path for content in Content.objects.all() for path, _ in pieces_of(content)}
    assert all(default_storage.exists(path) for path in named)
    assert set(StoredObject.objects.values_list("content_id", flat=True)) == set(
        Content.objects.values_list("pk", flat=True)
    )
