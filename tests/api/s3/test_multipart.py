"""Uploads in parts, as clients of S3 send them."""

from __future__ import annotations

import base64
import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.cast import Person
from tests.s3_cast import SignedHttp, boto_client, code_of

MINIMUM = 5 << 20
KEY = "dir/a b+c%d.bin"
NO_CHECKSUMS = {"request_checksum_calculation": "when_required"}


def content(size_bytes: int, seed: int = 1) -> bytes:
    block = hashlib.sha256(str(seed).encode()).digest()
    return (block * (size_bytes // len(block) + 1))[:size_bytes]


def begin(client: BaseClient, bucket: str, key: str = KEY, **options: Any) -> str:
    return client.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]


def send(client: BaseClient, bucket: str, upload_id: str, number: int, body: bytes, key: str = KEY, **more: Any) -> Any:
    return client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body, **more)


def finish(
    client: BaseClient, bucket: str, upload_id: str, parts: dict[int, str], key: str = KEY, **options: Any
) -> Any:
    named = [{"PartNumber": number, "ETag": etag} for number, etag in parts.items()]
    return client.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": named}, **options
    )


def upload(client: BaseClient, bucket: str, bodies: list[bytes], key: str = KEY, **options: Any) -> Any:
    """The answer to Complete."""
    upload_id = begin(client, bucket, key, **options)
    parts = {
        number: send(client, bucket, upload_id, number, body, key)["ETag"] for number, body in enumerate(bodies, 1)
    }
    return finish(client, bucket, upload_id, parts, key)


def read(client: BaseClient, bucket: str, key: str = KEY, **options: Any) -> bytes:
    return client.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


def error_of(info: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = info.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def composite_etag(bodies: list[bytes]) -> str:
    digests = b"".join(hashlib.md5(body, usedforsecurity=False).digest() for body in bodies)
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(bodies)}"'


@pytest.mark.parametrize("client_name", ["s3_root", "s3_contract"])
def test_parts_become_one_object_in_their_order(
    client_name: str, request: pytest.FixtureRequest, project_bucket: str
) -> None:
    client: BaseClient = request.getfixturevalue(client_name)
    bodies = [content(MINIMUM, 1), content(MINIMUM + 1, 2), b"end"]
    upload_id = begin(client, project_bucket, ContentType="text/x", Metadata={"who": "me"}, CacheControl="no-store")
    parts = {}
    for number in (3, 1, 2):
        parts[number] = send(client, project_bucket, upload_id, number, bodies[number - 1])["ETag"]
    with pytest.raises(ClientError) as info:
        client.head_object(Bucket=project_bucket, Key=KEY + "-nothing")
    assert error_of(info)[0] == 404
    done = finish(client, project_bucket, upload_id, dict(sorted(parts.items())))
    assert done["ETag"] == composite_etag(bodies)
    assert (done["Bucket"], done["Key"]) == (project_bucket, KEY)
    assert done["Location"].endswith(f"/{project_bucket}/dir/a%20b%2Bc%25d.bin")
    found = client.get_object(Bucket=project_bucket, Key=KEY)
    assert found["Body"].read() == b"".join(bodies)
    assert (found["ContentType"], found["CacheControl"], found["Metadata"]) == ("text/x", "no-store", {"who": "me"})
    assert found["ETag"] == composite_etag(bodies)


def test_numbers_may_have_gaps_and_parts_that_are_not_named_are_dropped(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    etags = {
        number: send(s3_root, bucket, upload_id, number, content(MINIMUM, number))["ETag"] for number in (7, 9, 10)
    }
    finish(s3_root, bucket, upload_id, {7: etags[7], 10: etags[10]})
    assert read(s3_root, bucket) == content(MINIMUM, 7) + content(MINIMUM, 10)
    assert read(s3_root, bucket, PartNumber=10) == content(MINIMUM, 10)
    head = s3_root.head_object(Bucket=bucket, Key=KEY, PartNumber=7)
    assert (head["PartsCount"], head["ContentLength"]) == (2, MINIMUM)


def test_ranges_read_across_parts(s3_root: BaseClient, bucket: str) -> None:
    bodies = [content(MINIMUM, 1), content(MINIMUM, 2), content(100, 3)]
    upload(s3_root, bucket, bodies)
    whole = b"".join(bodies)
    for first, last in (
        (0, 0),
        (MINIMUM - 2, MINIMUM + 1),
        (MINIMUM - 1, 2 * MINIMUM + 5),
        (2 * MINIMUM, len(whole) - 1),
    ):
        assert read(s3_root, bucket, Range=f"bytes={first}-{last}") == whole[first : last + 1]


def test_a_part_that_is_sent_again_takes_the_place_of_the_former(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    former = send(s3_root, bucket, upload_id, 1, b"former")["ETag"]
    latter = send(s3_root, bucket, upload_id, 1, b"latter")["ETag"]
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, upload_id, {1: former})
    assert error_of(info) == (400, "InvalidPart")
    finish(s3_root, bucket, upload_id, {1: latter})
    assert read(s3_root, bucket) == b"latter"


def test_the_upload_that_is_finished_last_wins(s3_root: BaseClient, bucket: str) -> None:
    first, second = begin(s3_root, bucket), begin(s3_root, bucket)
    etags = {
        upload_id: send(s3_root, bucket, upload_id, 1, upload_id.encode())["ETag"] for upload_id in (first, second)
    }
    finish(s3_root, bucket, second, {1: etags[second]})
    finish(s3_root, bucket, first, {1: etags[first]})
    assert read(s3_root, bucket) == first.encode()


def test_parts_are_sent_at_the_same_time(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)

    def put(number: int) -> str:
        return str(send(s3_root, bucket, upload_id, number, content(MINIMUM if number < 8 else 9, number))["ETag"])

    with ThreadPoolExecutor(8) as pool:
        parts = dict(zip(range(1, 9), pool.map(put, range(1, 9)), strict=True))
    finish(s3_root, bucket, upload_id, parts)
    assert read(s3_root, bucket) == b"".join(content(MINIMUM if n < 8 else 9, n) for n in range(1, 9))


def test_complete_may_be_repeated_with_the_same_parts_only(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket, ChecksumAlgorithm="CRC32")
    etag = send(s3_root, bucket, upload_id, 1, b"x", ChecksumAlgorithm="CRC32")["ETag"]
    first = finish(s3_root, bucket, upload_id, {1: etag}, IfNoneMatch="*")
    again = finish(s3_root, bucket, upload_id, {1: etag}, IfNoneMatch="*")
    assert (first["ETag"], first["ChecksumCRC32"]) == (again["ETag"], again["ChecksumCRC32"])
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, upload_id, {2: etag})
    assert error_of(info) == (404, "NoSuchUpload")


def test_an_upload_that_has_ended_is_unknown(s3_root: BaseClient, bucket: str) -> None:
    completed, aborted = begin(s3_root, bucket), begin(s3_root, bucket)
    finish(s3_root, bucket, completed, {1: send(s3_root, bucket, completed, 1, b"x")["ETag"]})
    s3_root.abort_multipart_upload(Bucket=bucket, Key=KEY, UploadId=aborted)
    for upload_id in (completed, aborted, "", "f" * 32, "../x", "x" * 5000):
        for call in (
            lambda: s3_root.abort_multipart_upload(Bucket=bucket, Key=KEY, UploadId=upload_id),  # noqa: B023
            lambda: s3_root.list_parts(Bucket=bucket, Key=KEY, UploadId=upload_id),  # noqa: B023
            lambda: send(s3_root, bucket, upload_id, 1, b"x"),  # noqa: B023
        ):
            with pytest.raises(ClientError) as info:
                call()
            assert error_of(info) == (404, "NoSuchUpload")
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, aborted, {1: "x"})
    assert error_of(info) == (404, "NoSuchUpload")


def test_the_upload_of_another_key_or_bucket_is_unknown(s3_root: BaseClient, bucket: str, project_bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    for where in ({"Bucket": bucket, "Key": "other"}, {"Bucket": project_bucket, "Key": KEY}):
        for call in (
            lambda: s3_root.upload_part(**where, UploadId=upload_id, PartNumber=1, Body=b"x"),  # noqa: B023
            lambda: s3_root.abort_multipart_upload(**where, UploadId=upload_id),  # noqa: B023
            lambda: s3_root.list_parts(**where, UploadId=upload_id),  # noqa: B023
            lambda: finish(s3_root, where["Bucket"], upload_id, {1: "x"}, where["Key"]),  # noqa: B023
        ):
            with pytest.raises(ClientError) as info:
                call()
            assert error_of(info) == (404, "NoSuchUpload")
    assert s3_root.list_parts(Bucket=bucket, Key=KEY, UploadId=upload_id)["IsTruncated"] is False


def test_another_project_cannot_touch_an_upload(
    s3_contract: BaseClient, contract_endpoint: str, project_bucket: str, carol: Person
) -> None:
    upload_id = begin(s3_contract, project_bucket)
    path = f"/project_{carol.project_id}/{KEY}"
    raw = SignedHttp(contract_endpoint)
    assert code_of(raw.put(path, query=f"partNumber=1&uploadId={upload_id}", content=b"x")) == (404, "NoSuchUpload")
    s3_contract.abort_multipart_upload(Bucket=project_bucket, Key=KEY, UploadId=upload_id)


@pytest.mark.parametrize("number", ["0", "10001", "-1", "a", "", "1.5", "99999999999999999999", "%D9%A1"])
def test_part_numbers_are_from_1_to_10000(raw_root: SignedHttp, s3_root: BaseClient, bucket: str, number: str) -> None:
    upload_id = begin(s3_root, bucket)
    answer = raw_root.put(f"/{bucket}/{KEY}", query=f"partNumber={number}&uploadId={upload_id}", content=b"x")
    assert code_of(answer) == (400, "InvalidArgument")


def test_a_part_but_the_last_has_at_least_5_mib(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    parts = {n: send(s3_root, bucket, upload_id, n, content(MINIMUM - 1, n))["ETag"] for n in (1, 2)}
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, upload_id, parts)
    assert error_of(info) == (400, "EntityTooSmall")
    parts[1] = send(s3_root, bucket, upload_id, 1, content(MINIMUM))["ETag"]
    finish(s3_root, bucket, upload_id, parts)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "MalformedXML"),
        ("<CompleteMultipartUpload/>", "MalformedXML"),
        ("<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>", "MalformedXML"),
        ("<Other><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></Other>", "MalformedXML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>', "MalformedXML"),
        ("<CompleteMultipartUpload>{2}{1}</CompleteMultipartUpload>", "InvalidPartOrder"),
        ("<CompleteMultipartUpload>{1}{1}</CompleteMultipartUpload>", "InvalidPartOrder"),
        ("<CompleteMultipartUpload>{1}{3}</CompleteMultipartUpload>", "InvalidPart"),
        ("<CompleteMultipartUpload>{0}{1}</CompleteMultipartUpload>", "InvalidPart"),
        (
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>feed</ETag></Part></CompleteMultipartUpload>",
            "InvalidPart",
        ),
    ],
)
def test_what_is_wrong_with_complete_leaves_the_upload_open(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str, document: str, code: str
) -> None:
    upload_id = begin(s3_root, bucket)
    etag = send(s3_root, bucket, upload_id, 1, b"x")["ETag"]
    for number in range(4):
        part = f"<Part><PartNumber>{number}</PartNumber><ETag>{etag.strip(chr(34))}</ETag></Part>"
        document = document.replace(f"{{{number}}}", part)
    answer = raw_root.post(f"/{bucket}/{KEY}", query=f"uploadId={upload_id}", content=document.encode())
    assert code_of(answer) == (400, code)
    finish(s3_root, bucket, upload_id, {1: etag})


def test_a_million_parts_in_the_document_are_refused_at_once(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str
) -> None:
    upload_id = begin(s3_root, bucket)
    for count in (1_000_000, 10_500):
        part = "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>"
        parts = "".join(part.format(number, "0" * 32) for number in range(1, count + 1))
        document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = raw_root.post(f"/{bucket}/{KEY}", query=f"uploadId={upload_id}", content=document)
        assert code_of(answer)[0] == 400
        assert code_of(answer)[1] in ("MalformedXML", "InvalidPart")


def test_a_namespace_and_etags_without_quotes_are_understood(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str
) -> None:
    upload_id = begin(s3_root, bucket)
    etag = send(s3_root, bucket, upload_id, 1, b"x")["ETag"].strip('"')
    document = (
        '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><ETag>&quot;'
        f"{etag}&quot;</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
    )
    answer = raw_root.post(f"/{bucket}/{KEY}", query=f"uploadId={upload_id}", content=document.encode())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"


def test_of_completions_that_want_a_new_key_one_wins(s3_root: BaseClient, bucket: str) -> None:
    uploads = [begin(s3_root, bucket) for _ in range(6)]
    etags = [send(s3_root, bucket, upload_id, 1, upload_id.encode())["ETag"] for upload_id in uploads]

    def complete(index: int) -> tuple[int, str]:
        try:
            finish(s3_root, bucket, uploads[index], {1: etags[index]}, IfNoneMatch="*")
        except ClientError as error:
            answer = error.response
            return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]
        return 200, uploads[index]

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(complete, range(6)))
    winners = [found for status, found in outcomes if status == 200]
    assert len(winners) == 1
    assert [found for found in outcomes if found[0] != 200] == [(412, "PreconditionFailed")] * 5
    assert read(s3_root, bucket) == winners[0].encode()


def test_if_match_at_complete(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    parts = {1: send(s3_root, bucket, upload_id, 1, b"new")["ETag"]}
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, upload_id, parts, IfMatch="*")
    assert error_of(info) == (404, "NoSuchKey")
    etag = s3_root.put_object(Bucket=bucket, Key=KEY, Body=b"old")["ETag"]
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, upload_id, parts, IfMatch='"feed"')
    assert error_of(info) == (412, "PreconditionFailed")
    finish(s3_root, bucket, upload_id, parts, IfMatch=etag)
    assert read(s3_root, bucket) == b"new"


def test_the_size_of_the_whole_is_checked_where_it_is_told(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    parts = {1: send(s3_root, bucket, upload_id, 1, b"four")["ETag"]}
    with pytest.raises(ClientError) as info:
        finish(s3_root, bucket, upload_id, parts, MpuObjectSize=5)
    assert error_of(info) == (400, "InvalidRequest")
    finish(s3_root, bucket, upload_id, parts, MpuObjectSize=4)


def test_parts_are_listed_in_pages(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    etags = {number: send(s3_root, bucket, upload_id, number, b"x" * number)["ETag"] for number in (2, 5, 1, 9)}
    everything = s3_root.list_parts(Bucket=bucket, Key=KEY, UploadId=upload_id)
    assert [(part["PartNumber"], part["ETag"], part["Size"]) for part in everything["Parts"]] == [
        (number, etags[number], number) for number in (1, 2, 5, 9)
    ]
    assert (everything["IsTruncated"], everything["StorageClass"]) == (False, "STANDARD")
    assert everything["Owner"]["ID"] == everything["Initiator"]["ID"]
    page = s3_root.list_parts(Bucket=bucket, Key=KEY, UploadId=upload_id, MaxParts=2, PartNumberMarker=1)
    assert [part["PartNumber"] for part in page["Parts"]] == [2, 5]
    assert (page["IsTruncated"], page["NextPartNumberMarker"], page["PartNumberMarker"]) == (True, 5, 1)


def test_open_uploads_are_listed_by_key_and_by_their_age(s3_root: BaseClient, bucket: str) -> None:
    wanted = [(key, begin(s3_root, bucket, key)) for key in ("a", "b/1", "b/1", "b/2", "c d")]
    finished = begin(s3_root, bucket, "a")
    finish(s3_root, bucket, finished, {1: send(s3_root, bucket, finished, 1, b"x", "a")["ETag"]}, "a")

    def listed(**options: Any) -> Any:
        return s3_root.list_multipart_uploads(Bucket=bucket, **options)

    assert [(found["Key"], found["UploadId"]) for found in listed()["Uploads"]] == wanted
    assert [found["Key"] for found in listed(Prefix="b/")["Uploads"]] == ["b/1", "b/1", "b/2"]
    rolled = listed(Delimiter="/")
    assert [found["Key"] for found in rolled["Uploads"]] == ["a", "c d"]
    assert rolled["CommonPrefixes"] == [{"Prefix": "b/"}]
    pages, markers = [], {}
    while True:
        page = listed(MaxUploads=2, **markers)
        pages += [(found["Key"], found["UploadId"]) for found in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    assert pages == wanted
    assert [found["Key"] for found in listed(KeyMarker="b/1")["Uploads"]] == ["b/2", "c d"]
    after_prefix = listed(Delimiter="/", MaxUploads=1, KeyMarker="a")
    assert (after_prefix["CommonPrefixes"], after_prefix["NextKeyMarker"]) == ([{"Prefix": "b/"}], "b/")
    assert [found["Key"] for found in listed(Delimiter="/", KeyMarker="b/")["Uploads"]] == ["c d"]


def test_a_bucket_with_an_open_upload_is_not_empty(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket)
    with pytest.raises(ClientError) as info:
        s3_root.delete_bucket(Bucket=bucket)
    assert error_of(info) == (409, "BucketNotEmpty")
    s3_root.abort_multipart_upload(Bucket=bucket, Key=KEY, UploadId=upload_id)


def crc32(body: bytes) -> str:
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


BODIES = [content(MINIMUM, 1), content(MINIMUM + 7, 2), b"end"]


def upload_with(client: BaseClient, bucket: str, algorithm: str, checksum_type: str, **completion: Any) -> Any:
    created = client.create_multipart_upload(
        Bucket=bucket, Key=KEY, ChecksumAlgorithm=algorithm, ChecksumType=checksum_type
    )
    assert (created["ChecksumAlgorithm"], created["ChecksumType"]) == (algorithm, checksum_type)
    element = f"Checksum{algorithm}"
    named = []
    for number, body in enumerate(BODIES, 1):
        sent = send(client, bucket, created["UploadId"], number, body, ChecksumAlgorithm=algorithm)
        named.append({"PartNumber": number, "ETag": sent["ETag"], element: sent[element]})
    return client.complete_multipart_upload(
        Bucket=bucket, Key=KEY, UploadId=created["UploadId"], MultipartUpload={"Parts": named}, **completion
    )


def test_the_crc_of_the_whole_follows_from_those_of_the_parts(s3_root: BaseClient, bucket: str) -> None:
    whole = crc32(b"".join(BODIES))
    done = upload_with(s3_root, bucket, "CRC32", "FULL_OBJECT", ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (whole, "FULL_OBJECT")
    head = s3_root.head_object(Bucket=bucket, Key=KEY, ChecksumMode="ENABLED")
    assert (head["ChecksumCRC32"], head["ChecksumType"]) == (whole, "FULL_OBJECT")
    part = s3_root.head_object(Bucket=bucket, Key=KEY, ChecksumMode="ENABLED", PartNumber=2)
    assert part["ChecksumCRC32"] == crc32(BODIES[1])


def test_a_composite_checksum_is_that_of_the_parts_checksums(s3_root: BaseClient, bucket: str) -> None:
    digests = b"".join(hashlib.sha256(body).digest() for body in BODIES)
    done = upload_with(s3_root, bucket, "SHA256", "COMPOSITE")
    assert (done["ChecksumSHA256"], done["ChecksumType"]) == (sha256(digests) + "-3", "COMPOSITE")
    parts = s3_root.get_object_attributes(Bucket=bucket, Key=KEY, ObjectAttributes=["ObjectParts", "Checksum"])[
        "ObjectParts"
    ]
    assert [part["ChecksumSHA256"] for part in parts["Parts"]] == [sha256(body) for body in BODIES]


@pytest.mark.parametrize("bad", ["bad", crc32(b"other")])
def test_a_wrong_checksum_of_the_whole_is_refused(s3_root: BaseClient, bucket: str, bad: str) -> None:
    with pytest.raises(ClientError) as info:
        upload_with(s3_root, bucket, "CRC32", "FULL_OBJECT", ChecksumCRC32=bad)
    assert error_of(info) == (400, "BadDigest")


def test_a_wrong_checksum_of_a_part_is_refused(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket, ChecksumAlgorithm="SHA256")
    for bad in ("bad", sha256(b"other")):
        with pytest.raises(ClientError) as info:
            send(s3_root, bucket, upload_id, 1, b"x", ChecksumSHA256=bad)
        assert error_of(info) == (400, "BadDigest")
    etag = send(s3_root, bucket, upload_id, 1, b"x", ChecksumSHA256=sha256(b"x"))["ETag"]
    named = [{"PartNumber": 1, "ETag": etag, "ChecksumSHA256": sha256(b"other")}]
    with pytest.raises(ClientError) as info:
        s3_root.complete_multipart_upload(Bucket=bucket, Key=KEY, UploadId=upload_id, MultipartUpload={"Parts": named})
    assert error_of(info) == (400, "InvalidPart")


def test_a_part_of_another_algorithm_than_declared_is_refused(s3_root: BaseClient, bucket: str) -> None:
    upload_id = begin(s3_root, bucket, ChecksumAlgorithm="SHA256")
    with pytest.raises(ClientError) as info:
        send(s3_root, bucket, upload_id, 1, b"x", ChecksumCRC32=crc32(b"x"))
    assert error_of(info) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("algorithm", "checksum_type"),
    [("CRC64NVME", "COMPOSITE"), ("SHA256", "FULL_OBJECT"), ("SHA1", "FULL_OBJECT"), ("MD4", ""), ("CRC32", "HALF")],
)
def test_what_an_algorithm_cannot_be_is_refused(
    raw_root: SignedHttp, bucket: str, algorithm: str, checksum_type: str
) -> None:
    headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": checksum_type}
    answer = raw_root.post(f"/{bucket}/{KEY}", query="uploads", headers=headers)
    assert code_of(answer) == (400, "InvalidRequest")


def test_without_a_declared_algorithm_the_server_computes_one(root_endpoint: str, bucket: str) -> None:
    client = boto_client(root_endpoint, **NO_CHECKSUMS)
    done = upload(client, bucket, BODIES)
    assert done["ChecksumType"] == "FULL_OBJECT"
    client.put_object(Bucket=bucket, Key="single", Body=b"".join(BODIES))
    single = client.head_object(Bucket=bucket, Key="single", ChecksumMode="ENABLED")
    assert done["ChecksumCRC64NVME"] == single["ChecksumCRC64NVME"]


def test_a_checksum_at_the_end_is_checked_though_nobody_declared_it(root_endpoint: str, bucket: str) -> None:
    client = boto_client(root_endpoint, **NO_CHECKSUMS)
    upload_id = begin(client, bucket)
    parts = {n: send(client, bucket, upload_id, n, body)["ETag"] for n, body in enumerate(BODIES, 1)}
    with pytest.raises(ClientError) as info:
        finish(client, bucket, upload_id, parts, ChecksumCRC32=crc32(b"other"))
    assert error_of(info) == (400, "BadDigest")
    whole = crc32(b"".join(BODIES))
    assert finish(client, bucket, upload_id, parts, ChecksumCRC32=whole)["ChecksumCRC32"] == whole


def test_an_upload_cannot_begin_where_the_bucket_is_missing(s3_root: BaseClient) -> None:
    with pytest.raises(ClientError) as info:
        begin(s3_root, "no-such-bucket")
    assert error_of(info) == (404, "NoSuchBucket")


def test_a_replacement_that_is_refused_leaves_the_former_part(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str
) -> None:
    upload_id = begin(s3_root, bucket)
    etag = send(s3_root, bucket, upload_id, 1, b"former")["ETag"]
    other = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    for headers, code in (
        ({"content-md5": other}, "BadDigest"),
        ({"content-md5": "short"}, "InvalidDigest"),
        ({"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}, "XAmzContentSHA256Mismatch"),
        ({"x-amz-checksum-crc32": crc32(b"other")}, "BadDigest"),
        ({"x-amz-checksum-crc32": crc32(b"x"), "x-amz-checksum-sha1": "x"}, "InvalidRequest"),
    ):
        query = f"partNumber=1&uploadId={upload_id}"
        answer = raw_root.put(f"/{bucket}/{KEY}", query=query, content=b"latter", headers=headers)
        assert code_of(answer) == (400, code)
    finish(s3_root, bucket, upload_id, {1: etag})
    assert read(s3_root, bucket) == b"former"


def test_who_may_only_read_may_list_parts_and_nothing_else(
    s3_contract: BaseClient, root_endpoint: str, project: Person, project_bucket: str
) -> None:
    made = project.post("/projects/{p}/s3-credentials", json={"read_only": True}).json()
    reader = boto_client(root_endpoint, (made["access_key_id"], made["secret_access_key"]))
    key = "read-only"
    upload_id = begin(s3_contract, project_bucket, key)
    etag = send(s3_contract, project_bucket, upload_id, 1, b"x", key)["ETag"]
    assert len(reader.list_parts(Bucket=project_bucket, Key=key, UploadId=upload_id)["Parts"]) == 1
    for call in (
        lambda: begin(reader, project_bucket, key),
        lambda: send(reader, project_bucket, upload_id, 1, b"y", key),
        lambda: finish(reader, project_bucket, upload_id, {1: etag}, key),
        lambda: reader.abort_multipart_upload(Bucket=project_bucket, Key=key, UploadId=upload_id),
        lambda: reader.copy_object(Bucket=project_bucket, Key="b", CopySource={"Bucket": project_bucket, "Key": key}),
        lambda: reader.upload_part_copy(
            Bucket=project_bucket,
            Key=key,
            UploadId=upload_id,
            PartNumber=1,
            CopySource={"Bucket": project_bucket, "Key": key},
        ),
    ):
        with pytest.raises(ClientError) as info:
            call()
        assert error_of(info) == (403, "AccessDenied")
    finish(s3_contract, project_bucket, upload_id, {1: etag}, key)
    assert read(s3_contract, project_bucket, key) == b"x"


def test_who_is_kept_to_a_prefix_sees_the_uploads_below_it(
    s3_contract: BaseClient, root_endpoint: str, project: Person, project_bucket: str
) -> None:
    made = project.post("/projects/{p}/s3-credentials", json={"key_prefix": "mine/"}).json()
    kept = boto_client(root_endpoint, (made["access_key_id"], made["secret_access_key"]))
    mine, others = begin(kept, project_bucket, "mine/a"), begin(s3_contract, project_bucket, "theirs/a")
    found = kept.list_multipart_uploads(Bucket=project_bucket, Prefix="mine/")["Uploads"]
    assert [upload["UploadId"] for upload in found] == [mine]
    s3_contract.put_object(Bucket=project_bucket, Key="theirs/secret", Body=b"x")
    source = {"Bucket": project_bucket, "Key": "theirs/secret"}
    for call in (
        lambda: kept.list_multipart_uploads(Bucket=project_bucket),
        lambda: kept.list_parts(Bucket=project_bucket, Key="theirs/a", UploadId=others),
        lambda: kept.copy_object(Bucket=project_bucket, Key="mine/copy", CopySource=source),
        lambda: kept.upload_part_copy(
            Bucket=project_bucket, Key="mine/a", UploadId=mine, PartNumber=1, CopySource=source
        ),
    ):
        with pytest.raises(ClientError) as info:
            call()
        assert error_of(info) == (403, "AccessDenied")
    kept.abort_multipart_upload(Bucket=project_bucket, Key="mine/a", UploadId=mine)


def test_an_upload_replaces_the_object_that_is_there(s3_root: BaseClient, bucket: str) -> None:
    s3_root.put_object(Bucket=bucket, Key=KEY, Body=b"old", Metadata={"a": "b"})
    upload(s3_root, bucket, [content(MINIMUM), b"1"])
    upload(s3_root, bucket, [content(MINIMUM, 2), b"2"])
    found = s3_root.get_object(Bucket=bucket, Key=KEY)
    assert (found["Body"].read(), found["Metadata"]) == (content(MINIMUM, 2) + b"2", {})


def test_parts_that_are_replaced_while_they_are_completed_make_a_whole_object(s3_root: BaseClient, bucket: str) -> None:
    for _ in range(3):
        upload_id = begin(s3_root, bucket)
        parts = {n: send(s3_root, bucket, upload_id, n, content(MINIMUM, n))["ETag"] for n in (1, 2)}

        def replace() -> str:
            try:
                for _ in range(4):
                    send(s3_root, bucket, upload_id, 2, content(MINIMUM, 2))  # noqa: B023 - joined below
            except ClientError as error:
                return str(error.response["Error"]["Code"])
            return ""

        with ThreadPoolExecutor(1) as pool:
            replacing = pool.submit(replace)
            finish(s3_root, bucket, upload_id, parts)
            assert replacing.result() in ("", "NoSuchUpload")
        assert read(s3_root, bucket) == content(MINIMUM, 1) + content(MINIMUM, 2)
