"""Copies, as clients of S3 ask for them."""

from __future__ import annotations

import base64
import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.api.s3.test_multipart import MINIMUM, begin, content, error_of, finish, read, send, upload
from tests.cast import Person
from tests.s3_cast import SignedHttp, boto_client, code_of

ODD = "dir/a b+c%d?e=é\u2603&\x01.txt"


def put(client: BaseClient, bucket: str, key: str = "from", body: bytes = b"bytes", **options: Any) -> str:
    return str(client.put_object(Bucket=bucket, Key=key, Body=body, **options)["ETag"])


def copy(client: BaseClient, bucket: str, source: str = "from", key: str = "to", **options: Any) -> Any:
    return client.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": source}, **options)


def part_copy(
    client: BaseClient, bucket: str, upload_id: str, number: int = 1, source: str = "from", **more: Any
) -> Any:
    return client.upload_part_copy(
        Bucket=bucket,
        Key="to",
        UploadId=upload_id,
        PartNumber=number,
        CopySource={"Bucket": bucket, "Key": source},
        **more,
    )


def test_a_copy_has_the_bytes_and_the_description_of_its_source(s3_root: BaseClient, bucket: str) -> None:
    described = {"ContentType": "text/x", "Metadata": {"who": "me"}, "CacheControl": "no-store"}
    etag = put(s3_root, bucket, ODD, **described)
    done = copy(s3_root, bucket, ODD, ODD + "2")["CopyObjectResult"]
    assert done["ETag"] == etag
    found = s3_root.get_object(Bucket=bucket, Key=ODD + "2")
    assert found["Body"].read() == b"bytes"
    assert {name: found[name] for name in described} == described
    assert found["LastModified"] == done["LastModified"].replace(microsecond=0)


@pytest.mark.parametrize("size_bytes", [0, 1, 3 << 20])
def test_copies_of_any_size(s3_contract: BaseClient, project_bucket: str, size_bytes: int) -> None:
    put(s3_contract, project_bucket, body=content(size_bytes))
    copy(s3_contract, project_bucket)
    assert read(s3_contract, project_bucket, "to") == content(size_bytes)


def test_a_copy_outlives_its_source_and_the_source_its_copy(s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket)
    copy(s3_root, bucket)
    copy(s3_root, bucket, key="third")
    put(s3_root, bucket, body=b"other")
    s3_root.delete_object(Bucket=bucket, Key="third")
    assert (read(s3_root, bucket, "from"), read(s3_root, bucket, "to")) == (b"other", b"bytes")


def test_a_copy_may_be_described_anew(s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket, Metadata={"a": "b"}, ContentType="text/x")
    copy(s3_root, bucket, MetadataDirective="REPLACE", Metadata={"c": "d"}, ContentType="text/y")
    head = s3_root.head_object(Bucket=bucket, Key="to")
    assert (head["Metadata"], head["ContentType"]) == ({"c": "d"}, "text/y")
    copy(s3_root, bucket, key="kept", Metadata={"c": "d"})
    assert s3_root.head_object(Bucket=bucket, Key="kept")["Metadata"] == {"a": "b"}


def test_an_object_is_copied_onto_itself_to_describe_it_anew_only(s3_root: BaseClient, bucket: str) -> None:
    etag = put(s3_root, bucket, Metadata={"a": "b"})
    with pytest.raises(ClientError) as info:
        copy(s3_root, bucket, key="from")
    assert error_of(info) == (400, "InvalidRequest")
    assert copy(s3_root, bucket, key="from", MetadataDirective="REPLACE")["CopyObjectResult"]["ETag"] == etag
    found = s3_root.get_object(Bucket=bucket, Key="from")
    assert (found["Metadata"], found["Body"].read()) == ({}, b"bytes")


def test_both_spellings_of_a_projects_bucket_are_the_same_source(
    s3_contract: BaseClient, project: Person, project_bucket: str
) -> None:
    put(s3_contract, project_bucket)
    source = {"Bucket": project.project_id, "Key": "from"}
    with pytest.raises(ClientError) as info:
        s3_contract.copy_object(Bucket=project_bucket, Key="from", CopySource=source)
    assert error_of(info) == (400, "InvalidRequest")
    s3_contract.copy_object(Bucket=project_bucket, Key="to", CopySource=source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{b}/from", (200, "")),
        ("/{b}/from", (200, "")),
        ("/{b}/from?versionId=null", (200, "")),
        ("%2F{b}%2Ffrom", (400, "InvalidArgument")),
        ("{b}%2Ffrom", (200, "")),
        ("{b}/from?versionId=1", (404, "NoSuchVersion")),
        ("{b}/from?x=1", (400, "InvalidArgument")),
        ("{b}/missing", (404, "NoSuchKey")),
        ("no-such-bucket/from", (404, "NoSuchBucket")),
        ("{b}/", (400, "InvalidArgument")),
        ("{b}", (400, "InvalidArgument")),
        ("", (400, "InvalidArgument")),
        ("/", (400, "InvalidArgument")),
        ("{b}/%ff", (400, "InvalidArgument")),
        ("{b}/a%00b", (400, "InvalidArgument")),
        ("{b}/../{b}/from", (404, "NoSuchKey")),
        ("{b}/..%2F..%2Fetc%2Fpasswd", (404, "NoSuchKey")),
    ],
)
def test_how_a_source_is_written(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str, source: str, expected: tuple[int, str]
) -> None:
    put(s3_root, bucket)
    answer = raw_root.put(f"/{bucket}/to", headers={"x-amz-copy-source": source.format(b=bucket)})
    assert code_of(answer) == expected


def test_an_unknown_directive_is_refused(raw_root: SignedHttp, s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket)
    headers = {"x-amz-copy-source": f"{bucket}/from", "x-amz-metadata-directive": "MERGE"}
    assert code_of(raw_root.put(f"/{bucket}/to", headers=headers)) == (400, "InvalidArgument")


def test_what_becomes_of_the_sources_tags_may_be_said(s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket)
    copy(s3_root, bucket, TaggingDirective="REPLACE")
    with pytest.raises(ClientError) as info:
        copy(s3_root, bucket, TaggingDirective="REPLACE", Tagging="a=b")
    assert error_of(info) == (501, "NotImplemented")


def conditions_that_fail(etag: str) -> list[dict[str, Any]]:
    future, past = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) - timedelta(days=1)
    return [
        {"CopySourceIfMatch": '"feed"'},
        {"CopySourceIfNoneMatch": etag},
        {"CopySourceIfModifiedSince": future},
        {"CopySourceIfUnmodifiedSince": past},
    ]


def test_conditions_on_the_source_fail_alike(s3_root: BaseClient, bucket: str) -> None:
    etag = put(s3_root, bucket)
    upload_id = begin(s3_root, bucket, "to")
    for condition in conditions_that_fail(etag):
        for call in (
            lambda: copy(s3_root, bucket, **condition),  # noqa: B023
            lambda: part_copy(s3_root, bucket, upload_id, **condition),  # noqa: B023
        ):
            with pytest.raises(ClientError) as info:
                call()
            assert error_of(info) == (412, "PreconditionFailed")
    copy(s3_root, bucket, CopySourceIfMatch=etag, CopySourceIfModifiedSince=datetime.now(UTC) - timedelta(days=1))
    assert part_copy(s3_root, bucket, upload_id, CopySourceIfNoneMatch='"feed"')["CopyPartResult"]["ETag"] == etag


def test_conditions_on_the_target(s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket)
    copy(s3_root, bucket, IfNoneMatch="*")
    with pytest.raises(ClientError) as info:
        copy(s3_root, bucket, IfNoneMatch="*")
    assert error_of(info) == (412, "PreconditionFailed")


def test_a_project_copies_from_buckets_only_that_it_may_read(
    s3_contract: BaseClient, contract_endpoint: str, project_bucket: str, carol: Person
) -> None:
    put(s3_contract, project_bucket, "secret")
    target = f"{contract_endpoint}/project_{carol.project_id}/to"
    headers = {"Authorization": f"Bearer {carol.key}", "x-amz-copy-source": f"{project_bucket}/secret"}
    answer = carol.server.http.put(target, headers=headers)
    assert answer.status_code == 403
    begun = carol.server.http.post(f"{target}?uploads", headers={"Authorization": f"Bearer {carol.key}"})
    upload_id = begun.text.partition("<UploadId>")[2].partition("<")[0]
    answer = carol.server.http.put(f"{target}?partNumber=1&uploadId={upload_id}", headers=headers)
    assert answer.status_code == 403
    own = {"Authorization": f"Bearer {carol.key}", "x-amz-copy-source": f"project_{carol.project_id}/x"}
    answer = carol.server.http.put(f"{contract_endpoint}/{project_bucket}/secret", headers=own)
    assert answer.status_code == 403
    assert read(s3_contract, project_bucket, "secret") == b"bytes"


def test_the_copy_of_an_object_of_parts_is_such_an_object(s3_root: BaseClient, bucket: str) -> None:
    bodies = [content(MINIMUM, 1), b"end"]
    etag = upload(s3_root, bucket, bodies, "from")["ETag"]
    assert copy(s3_root, bucket)["CopyObjectResult"]["ETag"] == etag
    s3_root.delete_object(Bucket=bucket, Key="from")
    assert read(s3_root, bucket, "to") == b"".join(bodies)
    assert read(s3_root, bucket, "to", PartNumber=2) == b"end"


def test_parts_are_copied_from_ranges(s3_root: BaseClient, bucket: str) -> None:
    source = content(2 * MINIMUM + 10)
    upload(s3_root, bucket, [source[: MINIMUM + 3], source[MINIMUM + 3 :]], "from")
    upload_id = begin(s3_root, bucket, "to")
    spans = [(1, MINIMUM), (MINIMUM - 5, 2 * MINIMUM + 9), (0, 0)]
    parts = {
        number: part_copy(s3_root, bucket, upload_id, number, CopySourceRange=f"bytes={first}-{last}")[
            "CopyPartResult"
        ]["ETag"]
        for number, (first, last) in enumerate(spans, 1)
    }
    first, last = spans[0]
    assert parts[1] == f'"{hashlib.md5(source[first : last + 1], usedforsecurity=False).hexdigest()}"'
    finish(s3_root, bucket, upload_id, parts, "to")
    assert read(s3_root, bucket, "to") == b"".join(source[first : last + 1] for first, last in spans)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("bytes=0-4", (200, "")),
        ("bytes=0-5", (416, "InvalidRange")),
        ("bytes=5-9", (416, "InvalidRange")),
        ("bytes=3-1", (400, "InvalidArgument")),
        ("bytes=0-", (400, "InvalidArgument")),
        ("bytes=-2", (400, "InvalidArgument")),
        ("bytes=a-b", (400, "InvalidArgument")),
        ("0-4", (400, "InvalidArgument")),
        ("bytes=0-1,3-4", (400, "InvalidArgument")),
        ("", (400, "InvalidArgument")),
        ("bytes=0-99999999999999999999", (416, "InvalidRange")),
    ],
)
def test_a_range_of_the_source_is_exact(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str, span: str, expected: tuple[int, str]
) -> None:
    put(s3_root, bucket)
    upload_id = begin(s3_root, bucket, "to")
    headers = {"x-amz-copy-source": f"{bucket}/from", "x-amz-copy-source-range": span}
    answer = raw_root.put(f"/{bucket}/to", query=f"partNumber=1&uploadId={upload_id}", headers=headers)
    assert code_of(answer) == expected


def test_a_part_is_copied_into_an_open_upload_only(raw_root: SignedHttp, s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket)
    headers = {"x-amz-copy-source": f"{bucket}/from"}
    answer = raw_root.put(f"/{bucket}/to", query=f"partNumber=1&uploadId={'f' * 32}", headers=headers)
    assert code_of(answer) == (404, "NoSuchUpload")
    upload_id = begin(s3_root, bucket, "to")
    answer = raw_root.put(f"/{bucket}/to", query=f"partNumber=10001&uploadId={upload_id}", headers=headers)
    assert code_of(answer) == (400, "InvalidArgument")


def test_what_is_copied_while_it_is_overwritten_is_whole(s3_root: BaseClient, bucket: str) -> None:
    bodies = [bytes([number]) * 1000 for number in range(40)]
    put(s3_root, bucket, body=bodies[0])

    def overwrite() -> None:
        for body in bodies:
            put(s3_root, bucket, body=body)

    def copies() -> list[bytes]:
        found = []
        for number in range(30):
            copy(s3_root, bucket, key=f"to-{number}")
            copy(s3_root, bucket, key="from", MetadataDirective="REPLACE", Metadata={"number": str(number)})
            found.append(read(s3_root, bucket, f"to-{number}"))
        return found

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(overwrite) for _ in range(2)]
        copiers = [pool.submit(copies) for _ in range(2)]
        for writer in writers:
            writer.result()
        for copier in copiers:
            assert set(copier.result()) <= set(bodies)
    assert read(s3_root, bucket, "from") == bodies[-1]


def test_copies_keep_the_checksum_or_get_the_one_that_is_asked_for(s3_root: BaseClient, bucket: str) -> None:
    put(s3_root, bucket, ChecksumAlgorithm="SHA1")
    sha1 = base64.b64encode(hashlib.sha1(b"bytes", usedforsecurity=False).digest()).decode()
    assert copy(s3_root, bucket)["CopyObjectResult"]["ChecksumSHA1"] == sha1
    crc32 = base64.b64encode(zlib.crc32(b"bytes").to_bytes(4, "big")).decode()
    assert copy(s3_root, bucket, ChecksumAlgorithm="CRC32")["CopyObjectResult"]["ChecksumCRC32"] == crc32
    head = s3_root.head_object(Bucket=bucket, Key="to", ChecksumMode="ENABLED")
    assert (head["ChecksumCRC32"], head["ChecksumType"]) == (crc32, "FULL_OBJECT")


def test_copied_parts_count_in_the_checksum_of_the_whole(root_endpoint: str, bucket: str) -> None:
    client = boto_client(root_endpoint)
    body = content(MINIMUM)
    put(client, bucket, body=body)
    upload_id = begin(client, bucket, "to", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = {1: part_copy(client, bucket, upload_id)["CopyPartResult"]["ETag"]}
    parts[2] = send(client, bucket, upload_id, 2, b"end", "to", ChecksumAlgorithm="CRC32")["ETag"]
    done = finish(client, bucket, upload_id, parts, "to")
    assert done["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body + b"end").to_bytes(4, "big")).decode()


def test_a_registered_file_stays_one_when_its_object_is_described_anew_and_goes_without_its_copies(
    s3_contract: BaseClient, project: Person, project_bucket: str, bucket: str
) -> None:
    file_id = project.upload("id\n1\n")
    (key,) = [
        found["Key"]
        for page in s3_contract.get_paginator("list_objects_v2").paginate(Bucket=project_bucket)
        for found in page.get("Contents", [])
        if file_id in found["Key"]
    ]
    source = {"Bucket": project_bucket, "Key": key}
    s3_contract.copy_object(Bucket=bucket, Key="elsewhere", CopySource=source)
    s3_contract.copy_object(
        Bucket=project_bucket, Key=key, CopySource=source, MetadataDirective="REPLACE", Metadata={"a": "b"}
    )
    assert project.get(f"/projects/{{p}}/files/{file_id}").status_code == 200
    project.delete(f"/projects/{{p}}/files/{file_id}").raise_for_status()
    with pytest.raises(ClientError) as info:
        s3_contract.get_object(**source)
    assert error_of(info) == (404, "NoSuchKey")
    assert read(s3_contract, bucket, "elsewhere") == b"id\n1\n"


@pytest.mark.parametrize("source", [" ", "_", "__", "?versionId", "a?versionId=x", "a//b", "../x", "+%2B"])
def test_sources_with_special_names(s3_root: BaseClient, bucket: str, source: str) -> None:
    put(s3_root, bucket, source)
    copy(s3_root, bucket, source)
    upload_id = begin(s3_root, bucket, "to")
    etag = part_copy(s3_root, bucket, upload_id, source=source)["CopyPartResult"]["ETag"]
    finish(s3_root, bucket, upload_id, {1: etag}, "to")
    assert read(s3_root, bucket, "to") == b"bytes"
