"""Readers and writers at the same time: everybody sees whole objects, the old one or the new one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.s3.test_get_object import failure
from tests.s3_cast import boto_client

SIZES = [100, 1 << 20, 6 << 20]


def whole(client, bucket, key="k") -> bytes:
    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert len(set(body)) == 1, "bytes of two writers in one object"
    return body


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_reader_that_started_gets_the_old_object_to_its_end(s3_root, bucket, size_bytes):
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"A" * size_bytes)
    answer = s3_root.get_object(Bucket=bucket, Key="k")
    first = answer["Body"].read(1)
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"B" * size_bytes)
    assert first + answer["Body"].read() == b"A" * size_bytes
    assert whole(s3_root, bucket) == b"B" * size_bytes


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_reader_that_started_outlives_the_deletion(s3_root, bucket, size_bytes):
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"A" * size_bytes)
    answer = s3_root.get_object(Bucket=bucket, Key="k")
    s3_root.delete_object(Bucket=bucket, Key="k")
    assert failure(s3_root.get_object, Bucket=bucket, Key="k") == (404, "NoSuchKey")
    assert answer["Body"].read() == b"A" * size_bytes


@pytest.mark.parametrize("size_bytes", [100, 300_000])
def test_readers_during_overwrites_see_one_object_whole_and_never_none(s3_root, root_endpoint, bucket, size_bytes):
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"A" * size_bytes)
    is_over = threading.Event()

    def write() -> None:
        client = boto_client(root_endpoint)
        for number in range(40):
            client.put_object(Bucket=bucket, Key="k", Body=b"AB"[number % 2 : number % 2 + 1] * size_bytes)
        is_over.set()

    def read() -> int:
        client, reads = boto_client(root_endpoint), 0
        while not is_over.is_set():
            assert len(whole(client, bucket)) == size_bytes
            reads += 1
        return reads

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(write).result()
        assert all(reader.result() > 0 for reader in readers)


def test_the_headers_of_an_answer_fit_its_bytes(s3_root, root_endpoint, bucket):
    """Size and ETag come from the same look at the catalog as the content."""
    is_over = threading.Event()

    def write() -> None:
        client = boto_client(root_endpoint)
        for size_bytes in range(1, 40):
            client.put_object(Bucket=bucket, Key="k", Body=b"x" * size_bytes, Metadata={"size": str(size_bytes)})
        is_over.set()

    s3_root.put_object(Bucket=bucket, Key="k", Body=b"xx", Metadata={"size": "2"})
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not is_over.is_set():
            answer = s3_root.get_object(Bucket=bucket, Key="k")
            assert len(answer["Body"].read()) == answer["ContentLength"] == int(answer["Metadata"]["size"])
        writing.result()


def race(root_endpoint: str, works: list[Callable[[object], object]]) -> list[int]:
    """The statuses of these calls, made at the same time."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[object], object]) -> int:
        client = boto_client(root_endpoint)
        start.wait(30)
        try:
            work(client)
        except client.exceptions.ClientError as refused:
            return int(refused.response["ResponseMetadata"]["HTTPStatusCode"])
        return 200

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.parametrize("size_bytes", [100, 1 << 20])
def test_of_several_writers_one_wins_whole(s3_root, root_endpoint, bucket, size_bytes):
    def writer(letter: bytes) -> Callable[[object], object]:
        return lambda client: client.put_object(Bucket=bucket, Key="k", Body=letter * size_bytes)

    assert race(root_endpoint, [writer(letter) for letter in (b"A", b"B", b"C", b"D")]) == [200] * 4
    assert len(whole(s3_root, bucket)) == size_bytes


def test_of_those_who_want_a_free_key_one_gets_it(s3_root, root_endpoint, bucket):
    for key in ("k1", "k2", "k3"):
        work = lambda client: client.put_object(Bucket=bucket, Key=key, Body=b"x", IfNoneMatch="*")  # noqa: B023, E731
        statuses = race(root_endpoint, [work] * 4)
        assert sorted(statuses)[0] == 200
        assert set(sorted(statuses)[1:]) <= {409, 412}


def test_of_those_who_replace_the_same_object_one_does(s3_root, root_endpoint, bucket):
    etag = s3_root.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]

    def writer(letter: bytes) -> Callable[[object], object]:
        return lambda client: client.put_object(Bucket=bucket, Key="k", Body=letter, IfMatch=etag)

    statuses = race(root_endpoint, [writer(letter) for letter in (b"A", b"B", b"C")])
    assert sorted(statuses)[0] == 200
    assert set(sorted(statuses)[1:]) <= {409, 412}


def test_writers_and_deleters_leave_the_object_or_nothing(s3_root, root_endpoint, bucket):
    for _ in range(5):
        put = lambda client: client.put_object(Bucket=bucket, Key="k", Body=b"x" * 1000)  # noqa: E731
        delete = lambda client: client.delete_object(Bucket=bucket, Key="k")  # noqa: E731
        many = lambda client: client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})  # noqa: E731
        assert race(root_endpoint, [put, delete, put, many]) == [200] * 4
        found = s3_root.list_objects_v2(Bucket=bucket).get("Contents", [])
        if found:
            assert whole(s3_root, bucket) == b"x" * 1000
        else:
            assert failure(s3_root.get_object, Bucket=bucket, Key="k") == (404, "NoSuchKey")
