"""PUT of objects: what is kept, what is refused, and that a refusal leaves nothing."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.s3_cast import GLOBAL_PAIR, REGION, SignedHttp, code_of

STREAMING = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def base64_of(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("size", [0, 1, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 20])
def test_what_was_put_comes_back(s3_root: BaseClient, bucket: str, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sent = s3_root.put_object(Bucket=bucket, Key="a/b c+d%/e", Body=content)
    assert sent["ETag"] == f'"{md5(content).hex()}"'
    assert s3_root.get_object(Bucket=bucket, Key="a/b c+d%/e")["Body"].read() == content


def test_objects_of_the_contract_profile_come_back(s3_contract: BaseClient, project_bucket: str) -> None:
    s3_contract.put_object(Bucket=project_bucket, Key="put/x.csv", Body=b"a,b\n")
    found = s3_contract.get_object(Bucket=project_bucket.removeprefix("project_"), Key="put/x.csv")
    assert (found["Body"].read(), found["ContentType"]) == (b"a,b\n", "text/csv")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
@pytest.mark.parametrize("size", [9, 2 << 20])
def test_checksums_of_every_algorithm_are_verified_kept_and_echoed(
    s3_root: BaseClient, bucket: str, algorithm: str, size: int
) -> None:
    content = (b"123456789" * size)[:size]
    sent = s3_root.put_object(Bucket=bucket, Key="k", Body=content, ChecksumAlgorithm=algorithm)
    assert sent["ChecksumType"] == "FULL_OBJECT"
    found = s3_root.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert found[f"Checksum{algorithm}"] == sent[f"Checksum{algorithm}"]
    with pytest.raises(ClientError) as error:
        s3_root.put_object(
            Bucket=bucket, Key="k", Body=content + b"x", **{f"Checksum{algorithm}": found[f"Checksum{algorithm}"]}
        )
    assert refusal(error) == (400, "BadDigest")
    assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == content


def test_the_server_computes_a_checksum_of_its_own(raw_root: SignedHttp, bucket: str) -> None:
    answer = raw_root.put(f"{bucket}/k", content=b"123456789")
    assert answer.headers["x-amz-checksum-crc64nvme"] == "rosUhgp5mIg="
    assert answer.headers["x-amz-checksum-type"] == "FULL_OBJECT"


def test_an_algorithm_may_be_chosen_by_name_alone(raw_root: SignedHttp, bucket: str) -> None:
    answer = raw_root.put(f"{bucket}/k", content=b"123456789", headers={"x-amz-sdk-checksum-algorithm": "crc32c"})
    assert answer.headers["x-amz-checksum-crc32c"] == "4waSgw=="


CRC32 = {"x-amz-checksum-crc32": "y/Q5Jg=="}
CRC32C = {"x-amz-checksum-crc32c": "4waSgw=="}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        ({"x-amz-checksum-crc32": "bad"}, "BadDigest"),
        ({"x-amz-checksum-crc32": ""}, "BadDigest"),
        ({"x-amz-checksum-sha256": "y/Q5Jg=="}, "BadDigest"),
        (CRC32 | CRC32C, "InvalidRequest"),
        (CRC32 | {"x-amz-sdk-checksum-algorithm": "SHA256"}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "MD4"}, "InvalidRequest"),
        ({"x-amz-checksum-md4": "y/Q5Jg=="}, "InvalidRequest"),
        ({"x-amz-trailer": "x-amz-checksum-crc32"}, "MalformedTrailerError"),
        ({"x-amz-trailer": "x-amz-meta-late"}, "InvalidRequest"),
        ({"content-md5": base64_of(md5(b"other"))}, "BadDigest"),
        ({"content-md5": "bad"}, "InvalidDigest"),
        ({"content-md5": ""}, "InvalidDigest"),
        ({"content-md5": base64_of(b"too short")}, "InvalidDigest"),
        ({"x-amz-storage-class": "GLACIER"}, "InvalidStorageClass"),
        ({"x-amz-acl": "no-such"}, "InvalidArgument"),
        ({"x-amz-meta-a": "x" * 2100}, "MetadataTooLarge"),
        ({"cache-control": "x" * 8200}, "InvalidRequest"),
    ],
)
def test_wrong_headers_are_refused_and_nothing_is_kept(
    raw_root: SignedHttp, bucket: str, headers: dict[str, str], code: str
) -> None:
    assert code_of(raw_root.put(f"{bucket}/k", content=b"123456789", headers=headers)) == (400, code)
    assert raw_root.head(f"{bucket}/k").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["x-amz-server-side-encryption", "x-amz-object-lock-mode", "x-amz-website-redirect-location", "x-amz-tagging"],
)
def test_what_is_not_done_is_not_pretended(raw_root: SignedHttp, bucket: str, name: str) -> None:
    assert code_of(raw_root.put(f"{bucket}/k", headers={name: "x"})) == (501, "NotImplemented")


def test_a_right_md5_passes_and_the_contract_knows_one_code_for_wrong_ones(
    raw_root: SignedHttp, raw_contract: SignedHttp, bucket: str, project_bucket: str
) -> None:
    assert raw_root.put(f"{bucket}/k", content=b"x", headers={"content-md5": base64_of(md5(b"x"))}).status_code == 200
    for wrong in ("bad", base64_of(md5(b"y"))):
        answer = raw_contract.put(f"{project_bucket}/md5", content=b"x", headers={"content-md5": wrong})
        assert code_of(answer) == (400, "BadDigest")


def test_a_body_that_is_not_the_one_signed_is_refused(raw_root: SignedHttp, bucket: str) -> None:
    wrong = {"x-amz-content-sha256": hashlib.sha256(b"signed").hexdigest()}
    for content in (b"sent", b"sent" * (1 << 20)):
        answer = raw_root.put(f"{bucket}/k", content=content, headers=wrong)
        assert code_of(answer) == (400, "XAmzContentSHA256Mismatch")
    assert raw_root.head(f"{bucket}/k").status_code == 404


def test_descriptions_are_kept(s3_root: BaseClient, bucket: str) -> None:
    described: dict[str, Any] = {
        "ContentType": "text/plain; charset=utf-8",
        "ContentEncoding": "gzip",
        "ContentDisposition": 'attachment; filename="x"',
        "ContentLanguage": "de",
        "CacheControl": "max-age=3",
        "Metadata": {"one": "1", "two": "zwei"},
    }
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"x", **described)
    found = s3_root.head_object(Bucket=bucket, Key="k")
    assert {name: found[name] for name in described} == described
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"three": "3"})
    found = s3_root.head_object(Bucket=bucket, Key="k")
    assert (found["Metadata"], found.get("ContentEncoding")) == ({"three": "3"}, None)
    assert found["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("gzip, aws-chunked", "gzip"),
        ("aws-chunked", None),
        ("aws-chunked, aws-chunked", None),
        ("aws-chunked,gzip", "gzip"),
        ("gzip,br", "gzip,br"),
        ("deflate, gzip", "deflate, gzip"),
    ],
)
def test_the_coding_of_the_transfer_is_not_kept(raw_root: SignedHttp, bucket: str, sent: str, kept: str | None) -> None:
    raw_root.put(f"{bucket}/k", content=b"plain", headers={"content-encoding": sent})
    found = raw_root.head(f"{bucket}/k")
    assert found.headers.get("content-encoding") == kept
    assert found.headers["content-length"] == "5"


def test_metadata_beyond_ascii_comes_back_as_it_was_meant(raw_root: SignedHttp, bucket: str) -> None:
    encoded = "=?UTF-8?B?w6TDtg==?="
    raw_root.put(f"{bucket}/k", headers={"x-amz-meta-name": encoded})
    assert raw_root.head(f"{bucket}/k").headers["x-amz-meta-name"] == encoded


def test_conditions_decide_at_the_commit(s3_root: BaseClient, bucket: str) -> None:
    first = s3_root.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    for size in (1, 2 << 20):
        with pytest.raises(ClientError) as error:
            s3_root.put_object(Bucket=bucket, Key="k", Body=b"2" * size, IfNoneMatch="*")
        assert refusal(error) == (412, "PreconditionFailed")
    with pytest.raises(ClientError) as error:
        s3_root.put_object(Bucket=bucket, Key="other", Body=b"2", IfMatch=first["ETag"])
    assert refusal(error) == (404, "NoSuchKey")
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=first["ETag"])
    assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"


def framed(raw: SignedHttp, path: str, body: bytes, *, size: int | None, **headers: str) -> httpx.Response:
    fields = {"x-amz-content-sha256": STREAMING} | {name.replace("_", "-"): value for name, value in headers.items()}
    if size is not None:
        fields["x-amz-decoded-content-length"] = str(size)
    return raw.put(path, content=body, headers=fields)


def test_the_framing_of_chunks_is_not_part_of_the_object(raw_root: SignedHttp, bucket: str) -> None:
    value = base64_of(zlib.crc32(b"hello world").to_bytes(4, "big"))
    body = b"6\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:" + value.encode() + b"\r\n\r\n"
    answer = framed(raw_root, f"{bucket}/k", body, size=11, x_amz_trailer="x-amz-checksum-crc32")
    assert answer.status_code == 200
    assert answer.headers["x-amz-checksum-crc32"] == value
    assert raw_root.get(f"{bucket}/k").content == b"hello world"


@pytest.mark.parametrize(
    ("body", "size", "expected"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", None, (411, "MissingContentLength")),
        (b"5\r\nhello\r\n0\r\n\r\n", 4, (400, "IncompleteBody")),
        (b"5\r\nhello\r\n0\r\n\r\n", 6, (400, "IncompleteBody")),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 5, (400, "MalformedTrailerError")),
        (b"hello", 5, (400, "IncompleteBody")),
        (b"%x\r\n" % (17 << 20), 17 << 20, (400, "InvalidRequest")),
        (b"5\r\nhello\r\n0\r\n\r\n", 6 << 30, (400, "EntityTooLarge")),
    ],
)
def test_wrong_framing_is_refused(
    raw_root: SignedHttp, bucket: str, body: bytes, size: int | None, expected: tuple[int, str]
) -> None:
    assert code_of(framed(raw_root, f"{bucket}/k", body, size=size)) == expected
    assert raw_root.head(f"{bucket}/k").status_code == 404


@pytest.mark.parametrize("trailer", [b"AAAAAA==", b"bad", b""])
def test_a_wrong_checksum_in_a_trailer_is_refused(raw_root: SignedHttp, bucket: str, trailer: bytes) -> None:
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + trailer + b"\r\n\r\n"
    answer = framed(raw_root, f"{bucket}/k", body, size=5, x_amz_trailer="x-amz-checksum-crc32")
    assert code_of(answer) == (400, "BadDigest")


def test_two_algorithms_in_trailers_are_refused(raw_root: SignedHttp, bucket: str) -> None:
    named = "x-amz-checksum-crc32,x-amz-checksum-sha1"
    answer = framed(raw_root, f"{bucket}/k", b"0\r\n\r\n", size=0, x_amz_trailer=named)
    assert code_of(answer) == (400, "InvalidRequest")


def test_the_order_of_refusals(raw_root: SignedHttp, bucket: str) -> None:
    wrong = {"x-amz-checksum-crc32": "AAAAAA=="}
    assert code_of(raw_root.put("no-such-bucket/k", content=b"x", headers=wrong)) == (404, "NoSuchBucket")
    assert code_of(raw_root.put(f"{bucket}/k", content=b"x", headers=wrong | {"if-match": "*"})) == (404, "NoSuchKey")


def signed_url(endpoint: str, path: str, **parameters: str) -> str:
    """For PUT, with headers that the client has moved into the query, as the SDK of JavaScript does."""
    query = urlencode({name.replace("_", "-"): value for name, value in parameters.items()}, quote_via=quote)
    request = AWSRequest(method="PUT", url=f"{endpoint}/{path}?{query}")
    S3SigV4QueryAuth(Credentials(*GLOBAL_PAIR), "s3", REGION, expires=60).add_auth(request)
    return str(request.url)


def test_headers_in_a_signed_query_count_as_headers(root_endpoint: str, raw_root: SignedHttp, bucket: str) -> None:
    moved = {"x_amz_meta_Color": "red wine", "x_amz_checksum_crc32": "y/Q5Jg=="}
    url = signed_url(root_endpoint, f"{bucket}/k", **moved)
    assert code_of(httpx.put(url, content=b"other")) == (400, "BadDigest")
    answer = httpx.put(url, content=b"123456789")
    assert (answer.status_code, answer.headers["x-amz-checksum-crc32"]) == (200, "y/Q5Jg==")
    assert raw_root.head(f"{bucket}/k").headers["x-amz-meta-color"] == "red wine"
    assert httpx.put(url.replace("red%20", "blue%20"), content=b"123456789").status_code == 403


def test_what_is_not_done_is_not_pretended_in_a_signed_query_either(root_endpoint: str, bucket: str) -> None:
    url = signed_url(root_endpoint, f"{bucket}/k", x_amz_server_side_encryption="AES256")
    assert code_of(httpx.put(url, content=b"x")) == (501, "NotImplemented")


@pytest.mark.parametrize("algorithm", [None, "CRC32", "SHA256"])
def test_signed_urls_of_boto3_take_any_content(s3_root: BaseClient, bucket: str, algorithm: str | None) -> None:
    chosen = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    url = s3_root.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"} | chosen)
    headers = {"x-amz-sdk-checksum-algorithm": algorithm} if algorithm else {}
    assert httpx.put(url, content=b"content", headers=headers).status_code == 200
    assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"
