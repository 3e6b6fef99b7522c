"""boto3 and its transfers, as most programs in Python use S3."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import httpx
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.clients.s3.conftest import Account

MB = 1 << 20


@pytest.fixture(params=["root", "below"])
def either(request: pytest.FixtureRequest, account: Account, account_below: Account) -> Account:
    return account if request.param == "root" else account_below


def test_200_mb_travel_in_parallel_parts_both_ways(account: Account, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    block = os.urandom(MB)
    with source.open("wb") as file:
        for number in range(200):
            file.write(number.to_bytes(4, "big") + block[4:])
    client = account.boto()
    config = TransferConfig(multipart_threshold=8 * MB, multipart_chunksize=8 * MB, max_concurrency=8)
    client.upload_file(str(source), account.bucket, "large/200.bin", Config=config)
    head = client.head_object(Bucket=account.bucket, Key="large/200.bin")
    assert head["ContentLength"] == 200 * MB
    assert head["ETag"].endswith('-25"')
    client.download_file(account.bucket, "large/200.bin", str(target), Config=config)
    assert _digest(source) == _digest(target)
    client.delete_object(Bucket=account.bucket, Key="large/200.bin")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("key", ["a b+c%d/e.txt", "ä/ö", "..", "x//y", "trailing/", "q?x=1&y#z", "100%", "a=b;c:d@e"])
def test_any_key_round_trips(either: Account, key: str) -> None:
    client = either.boto()
    client.put_object(Bucket=either.bucket, Key=f"keys/{key}", Body=key.encode())
    assert client.get_object(Bucket=either.bucket, Key=f"keys/{key}")["Body"].read() == key.encode()
    found = client.list_objects_v2(Bucket=either.bucket, Prefix=f"keys/{key}")
    assert f"keys/{key}" in [each["Key"] for each in found["Contents"]]
    client.delete_object(Bucket=either.bucket, Key=f"keys/{key}")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_kept_and_returned(account: Account, algorithm: str) -> None:
    client = account.boto()
    sent = client.put_object(Bucket=account.bucket, Key="summed", Body=b"123456789", ChecksumAlgorithm=algorithm)
    got = client.get_object(Bucket=account.bucket, Key="summed", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"123456789"
    assert got[f"Checksum{algorithm}"] == sent[f"Checksum{algorithm}"]


def test_paginators_come_to_an_end_and_miss_nothing(account: Account) -> None:
    client = account.boto()
    keys = [f"paged/{number // 50:02d}/{number:05d}" for number in range(1_100)]
    with httpx.Client() as http:
        for key in keys:
            url = client.generate_presigned_url("put_object", {"Bucket": account.bucket, "Key": key})
            assert http.put(url, content=b"").status_code == 200
    for operation in ("list_objects_v2", "list_objects"):
        pages = client.get_paginator(operation).paginate(Bucket=account.bucket, Prefix="paged/")
        assert [each["Key"] for page in pages for each in page.get("Contents", [])] == keys
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=account.bucket, Prefix="paged/", Delimiter="/", PaginationConfig={"PageSize": 7}
    )
    prefixes = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    assert prefixes == [f"paged/{number:02d}/" for number in range(22)]
    for start in range(0, 1_100, 1_000):
        doomed = {"Objects": [{"Key": key} for key in keys[start : start + 1_000]], "Quiet": True}
        assert "Errors" not in client.delete_objects(Bucket=account.bucket, Delete=doomed)
    assert client.list_objects_v2(Bucket=account.bucket, Prefix="paged/")["KeyCount"] == 0


def test_presigned_urls_need_no_credentials(either: Account) -> None:
    client = either.boto()
    place = {"Bucket": either.bucket, "Key": "signed/a b.txt"}
    assert httpx.put(client.generate_presigned_url("put_object", place), content=b"signed").status_code == 200
    url = client.generate_presigned_url("get_object", place | {"ResponseContentType": "text/x-test"})
    reply = httpx.get(url)
    assert (reply.status_code, reply.content) == (200, b"signed")
    assert reply.headers["content-type"] == "text/x-test"
    assert httpx.get(url.replace("a%20b", "a%20c")).status_code == 403


def test_a_presigned_form_uploads_from_a_browser(account: Account) -> None:
    form = account.boto().generate_presigned_post(
        account.bucket,
        "forms/${filename}",
        Fields={"Content-Type": "text/plain"},
        Conditions=[{"Content-Type": "text/plain"}, ["content-length-range", 1, 100]],
    )
    reply = httpx.post(form["url"], data=form["fields"], files={"file": ("hello.txt", b"hello")})
    assert reply.status_code == 204, reply.text
    assert account.boto().get_object(Bucket=account.bucket, Key="forms/hello.txt")["Body"].read() == b"hello"


def test_a_copy_has_the_bytes_and_what_was_said_of_them(account: Account) -> None:
    client = account.boto()
    client.put_object(
        Bucket=account.bucket, Key="from ä", Body=b"copied", Metadata={"who": "me"}, ContentType="text/x-one"
    )
    client.copy({"Bucket": account.bucket, "Key": "from ä"}, account.bucket, "to")
    got = client.get_object(Bucket=account.bucket, Key="to")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (b"copied", {"who": "me"}, "text/x-one")


def test_what_is_missing_has_the_codes_that_boto3_knows(account: Account) -> None:
    client = account.boto()
    with pytest.raises(client.exceptions.NoSuchKey):
        client.get_object(Bucket=account.bucket, Key="nothing")
    with pytest.raises(ClientError) as caught:
        client.head_object(Bucket=account.bucket, Key="nothing")
    assert caught.value.response["Error"]["Code"] == "404"
    with pytest.raises(client.exceptions.NoSuchBucket):
        client.list_objects_v2(Bucket="nothing-here")
