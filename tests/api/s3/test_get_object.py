"""GET and HEAD of objects: bytes, headers, ranges, parts, overrides."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.s3_cast import SignedHttp, code_of

BODY = bytes(range(256)) * 1000
ETAG = f'"{hashlib.md5(BODY, usedforsecurity=False).hexdigest()}"'


@pytest.fixture
def key(s3_root: BaseClient, bucket: str) -> str:
    """An object of 256,000 bytes."""
    s3_root.put_object(Bucket=bucket, Key="deep/object", Body=BODY)
    return "deep/object"


def failure(call: Callable[..., object], **arguments: object) -> tuple[int, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_an_object_comes_back_with_its_headers(s3_root, bucket, key):
    answer = s3_root.get_object(Bucket=bucket, Key=key)
    assert answer["Body"].read() == BODY
    fields = answer["ResponseMetadata"]["HTTPHeaders"]
    assert answer["ETag"] == ETAG
    assert (answer["ContentLength"], fields["accept-ranges"]) == (len(BODY), "bytes")
    assert fields["last-modified"].endswith(" GMT")
    assert fields["x-amz-request-id"]
    assert fields["x-amz-id-2"]
    assert fields["date"]
    assert fields["server"]


def test_head_answers_the_same_without_bytes(raw_root, bucket, key):
    got, head = raw_root.get(f"{bucket}/{key}"), raw_root.head(f"{bucket}/{key}")
    varying = {"date", "x-amz-request-id", "x-amz-id-2"}
    assert {name: value for name, value in got.headers.items() if name not in varying} == {
        name: value for name, value in head.headers.items() if name not in varying
    }
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("size_bytes", [0, 1, (128 << 10) - 1, 128 << 10, (128 << 10) + 1, (3 << 20) + 17])
def test_sizes_around_the_ways_in_which_bytes_are_sent(s3_root, bucket, size_bytes):
    body = (BODY * (size_bytes // len(BODY) + 1))[:size_bytes]
    s3_root.put_object(Bucket=bucket, Key="k", Body=body)
    assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    assert s3_root.head_object(Bucket=bucket, Key="k")["ContentLength"] == size_bytes


def test_a_missing_key_is_404_and_a_missing_bucket_too(s3_root, bucket):
    assert failure(s3_root.get_object, Bucket=bucket, Key="none") == (404, "NoSuchKey")
    assert failure(s3_root.head_object, Bucket=bucket, Key="none") == (404, "404")
    assert failure(s3_root.get_object, Bucket=f"no-{uuid.uuid4().hex}", Key="k") == (404, "NoSuchBucket")


def test_the_request_id_of_an_error_is_that_of_its_header(raw_root, bucket):
    answer = raw_root.get(f"{bucket}/none")
    assert f"<RequestId>{answer.headers['x-amz-request-id']}</RequestId>" in answer.text
    assert answer.headers["content-type"] == "application/xml"


def test_versions_but_the_only_one_do_not_exist(s3_root, bucket, key):
    assert s3_root.get_object(Bucket=bucket, Key=key, VersionId="null")["ETag"] == ETAG
    assert failure(s3_root.get_object, Bucket=bucket, Key=key, VersionId="1")[0] == 404


class TestRanges:
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [("bytes=0-0", 0, 0), ("bytes=5-9", 5, 9), ("bytes=255990-", 255990, 255999), ("bytes=-7", 255993, 255999),
         ("bytes=255999-300000", 255999, 255999), ("bytes=1-200000", 1, 200000)],
    )  # fmt: skip
    def test_a_range_is_206(self, s3_root, bucket, key, asked, first, last):
        answer = s3_root.get_object(Bucket=bucket, Key=key, Range=asked)
        assert answer["Body"].read() == BODY[first : last + 1]
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert answer["ContentRange"] == f"bytes {first}-{last}/{len(BODY)}"
        assert (answer["ContentLength"], answer["ETag"]) == (last - first + 1, ETAG)

    def test_a_head_of_a_range_tells_its_length(self, s3_root, bucket, key):
        answer = s3_root.head_object(Bucket=bucket, Key=key, Range="bytes=10-19")
        assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"]) == (206, 10)

    @pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=300000-400000", "bytes=-0"])
    def test_one_beyond_the_end_is_416_with_the_size(self, raw_root, bucket, key, asked):
        answer = raw_root.get(f"{bucket}/{key}", headers={"range": asked})
        assert code_of(answer) == (416, "InvalidRange")
        assert answer.headers["content-range"] == "bytes */256000"
        assert "<ActualObjectSize>256000</ActualObjectSize>" in answer.text

    @pytest.mark.parametrize("asked", ["bytes=0-0", "bytes=-1", "bytes=0-"])
    def test_any_range_of_an_empty_object_is_416(self, s3_root, raw_root, bucket, asked):
        s3_root.put_object(Bucket=bucket, Key="empty", Body=b"")
        answer = raw_root.get(f"{bucket}/empty", headers={"range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */0")

    @pytest.mark.parametrize("asked", ["bytes=5-2", "items=0-5", "bytes", "bytes=0-1,4-5"])
    def test_a_malformed_one_and_several_are_ignored(self, raw_root, bucket, key, asked):
        answer = raw_root.get(f"{bucket}/{key}", headers={"range": asked})
        assert (answer.status_code, answer.content) == (200, BODY)

    def test_if_range_sends_the_slice_of_the_same_object_only(self, raw_root, bucket, key):
        modified = raw_root.head(f"{bucket}/{key}").headers["last-modified"]
        for validator, status in [
            (ETAG, 206),
            (ETAG.strip('"'), 206),
            (modified, 206),
            ('"other"', 200),
            (f"W/{ETAG}", 200),
            ("Sat, 01 Mar 2025 10:20:30 GMT", 200),
        ]:
            answer = raw_root.get(f"{bucket}/{key}", headers={"range": "bytes=0-9", "if-range": validator})
            assert answer.status_code == status, validator


class TestParts:
    def test_an_object_in_one_piece_is_its_part_1(self, s3_root, bucket, key):
        answer = s3_root.get_object(Bucket=bucket, Key=key, PartNumber=1)
        assert answer["Body"].read() == BODY
        assert "PartsCount" not in answer
        assert failure(s3_root.get_object, Bucket=bucket, Key=key, PartNumber=2) == (400, "InvalidPart")

    def test_parts_of_an_upload_are_read_one_by_one(self, s3_root, bucket):
        bodies = [b"a" * (5 << 20), b"b" * (5 << 20), b"c" * 7]
        upload = s3_root.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
        parts = [
            {"PartNumber": n, "ETag": s3_root.upload_part(
                Bucket=bucket, Key="m", UploadId=upload, PartNumber=n, Body=body)["ETag"]}
            for n, body in enumerate(bodies, 1)
        ]  # fmt: skip
        assert failure(s3_root.get_object, Bucket=bucket, Key="m", PartNumber=1) == (404, "NoSuchKey")
        s3_root.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": parts})
        etag, start = s3_root.head_object(Bucket=bucket, Key="m")["ETag"], 0
        for number, body in enumerate(bodies, 1):
            answer = s3_root.get_object(Bucket=bucket, Key="m", PartNumber=number)
            assert answer["Body"].read() == body
            assert (answer["PartsCount"], answer["ContentLength"], answer["ETag"]) == (3, len(body), etag)
            assert answer["ContentRange"] == f"bytes {start}-{start + len(body) - 1}/{sum(map(len, bodies))}"
            head = s3_root.head_object(Bucket=bucket, Key="m", PartNumber=number)
            assert (head["PartsCount"], head["ContentLength"]) == (3, len(body))
            start += len(body)
        assert failure(s3_root.get_object, Bucket=bucket, Key="m", PartNumber=4) == (400, "InvalidPart")
        across = s3_root.get_object(Bucket=bucket, Key="m", Range=f"bytes={(5 << 20) - 3}-{(10 << 20) + 2}")
        assert across["Body"].read() == b"aaa" + bodies[1] + b"ccc"
        assert s3_root.get_object(Bucket=bucket, Key="m")["Body"].read() == b"".join(bodies)

    def test_an_upload_of_one_part_has_one_part(self, s3_root, bucket):
        upload = s3_root.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
        place = {"Bucket": bucket, "Key": "m", "UploadId": upload}
        part = s3_root.upload_part(**place, PartNumber=1, Body=b"one")
        named = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3_root.complete_multipart_upload(**place, MultipartUpload=named)
        answer = s3_root.get_object(Bucket=bucket, Key="m", PartNumber=1)
        assert (answer["Body"].read(), answer["PartsCount"]) == (b"one", 1)
        assert failure(s3_root.get_object, Bucket=bucket, Key="m", PartNumber=5) == (400, "InvalidPart")

    def test_parts_have_checksums_of_their_own(self, s3_root, bucket):
        made = s3_root.create_multipart_upload(
            Bucket=bucket, Key="m", ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
        )
        place = {"Bucket": bucket, "Key": "m", "UploadId": made["UploadId"]}
        part = s3_root.upload_part(**place, PartNumber=1, Body=b"one", ChecksumAlgorithm="SHA256")
        named = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}
        s3_root.complete_multipart_upload(**place, MultipartUpload={"Parts": [named]})
        answer = s3_root.head_object(Bucket=bucket, Key="m", PartNumber=1, ChecksumMode="ENABLED")
        assert (answer["ChecksumSHA256"], answer["ChecksumType"]) == (part["ChecksumSHA256"], "COMPOSITE")
        answer = s3_root.head_object(Bucket=bucket, Key="m", ChecksumMode="ENABLED")
        assert answer["ChecksumSHA256"].endswith("-1")

    @pytest.mark.parametrize("number", ["0", "-1", "10001", "x", ""])
    def test_a_part_number_out_of_bounds_is_refused(self, raw_root, bucket, key, number):
        assert code_of(raw_root.get(f"{bucket}/{key}", query=f"partNumber={number}")) == (400, "InvalidArgument")

    def test_a_range_of_a_part_is_refused(self, raw_root, bucket, key):
        answer = raw_root.get(f"{bucket}/{key}", query="partNumber=1", headers={"range": "bytes=0-1"})
        assert code_of(answer) == (400, "InvalidRequest")


class TestHeaders:
    def test_what_was_said_at_put_comes_back(self, s3_root, bucket):
        said = {
            "ContentType": "text/csv; charset=utf-8",
            "ContentEncoding": "gzip",
            "ContentDisposition": 'attachment; filename="a.csv"',
            "ContentLanguage": "cs",
            "CacheControl": "max-age=60",
            "Metadata": {"mtime": "1700000000.25", "empty": ""},
        }
        s3_root.put_object(Bucket=bucket, Key="k", Body=b"x", Expires="Sat, 01 Mar 2025 10:20:30 GMT", **said)
        for answer in (s3_root.get_object(Bucket=bucket, Key="k"), s3_root.head_object(Bucket=bucket, Key="k")):
            assert {name: answer[name] for name in said} == said
            assert answer["ExpiresString"] == "Sat, 01 Mar 2025 10:20:30 GMT"

    def test_metadata_is_replaced_as_a_whole(self, s3_root, bucket):
        s3_root.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "1"}, ContentType="text/plain")
        s3_root.put_object(Bucket=bucket, Key="k", Body=b"y", Metadata={"b": "2"})
        answer = s3_root.get_object(Bucket=bucket, Key="k")
        assert (answer["Metadata"], answer["ContentType"]) == ({"b": "2"}, "binary/octet-stream")

    def test_metadata_beyond_ascii_comes_in_the_form_of_rfc_2047(self, raw_root, bucket):
        raw_root.put(f"{bucket}/k", content=b"x", headers={"x-amz-meta-name": "Žluť"})
        assert raw_root.head(f"{bucket}/k").headers["x-amz-meta-name"] == "=?UTF-8?B?xb1sdcWl?="

    def test_metadata_cannot_smuggle_headers(self, raw_root, bucket):
        smuggled = "=?utf-8?q?a=0D=0Aset-cookie:_x=3D1?="
        raw_root.put(f"{bucket}/k", content=b"x", headers={"x-amz-meta-name": smuggled})
        answer = raw_root.get(f"{bucket}/k")
        assert (answer.status_code, answer.content) == (200, b"x")
        assert "set-cookie" not in answer.headers

    def test_the_type_is_guessed_for_existing_clients_only(self, raw_root, raw_contract, project_bucket):
        key = f"{uuid.uuid4().hex}"
        for suffix, guessed in [(".csv", "text/csv"), (".json", "application/json"), (".csv.gz", "application/gzip"),
                                (".html", "text/html"), ("", "binary/octet-stream")]:  # fmt: skip
            raw_root.put(f"{project_bucket}/{key}{suffix}", content=b"x")
            contract = raw_contract.head(f"{project_bucket}/{key}{suffix}")
            assert contract.headers["content-type"] == guessed
            assert raw_root.head(f"{project_bucket}/{key}{suffix}").headers["content-type"] == "binary/octet-stream"

    def test_a_query_may_override_headers(self, s3_root, bucket, key):
        asked = {
            "ResponseCacheControl": ("CacheControl", "no-cache"),
            "ResponseContentDisposition": ("ContentDisposition", "bla"),
            "ResponseContentEncoding": ("ContentEncoding", "aaa"),
            "ResponseContentLanguage": ("ContentLanguage", "esperanto"),
            "ResponseContentType": ("ContentType", "foo/bar"),
        }
        answer = s3_root.get_object(Bucket=bucket, Key=key, **{name: value for name, (_, value) in asked.items()})
        assert {header: answer[header] for header, _ in asked.values()} == dict(asked.values())

    @pytest.mark.parametrize("value", ["a%0D%0Aset-cookie:%20x=1", "a%0Ab", "a%00", "%E2%82%AC"])
    def test_an_override_cannot_smuggle_headers(self, raw_root, bucket, key, value):
        answer = raw_root.get(f"{bucket}/{key}", query=f"response-content-disposition={value}")
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers


class TestChecksums:
    def test_they_come_when_asked_for_and_never_with_a_slice(self, raw_root, bucket):
        raw_root.put(f"{bucket}/k", content=b"123456789", headers={"x-amz-checksum-crc32": "y/Q5Jg=="})
        mode = {"x-amz-checksum-mode": "ENABLED"}
        for answer in (raw_root.get(f"{bucket}/k", headers=mode), raw_root.head(f"{bucket}/k", headers=mode)):
            assert answer.headers["x-amz-checksum-crc32"] == "y/Q5Jg=="
            assert answer.headers["x-amz-checksum-type"] == "FULL_OBJECT"
        assert "x-amz-checksum-crc32" not in raw_root.get(f"{bucket}/k").headers
        slice_of_it = raw_root.get(f"{bucket}/k", headers=mode | {"range": "bytes=0-3"})
        assert not [name for name in slice_of_it.headers if name.startswith("x-amz-checksum")]
        part = raw_root.get(f"{bucket}/k", headers=mode, query="partNumber=1")
        assert part.headers["x-amz-checksum-crc32"] == "y/Q5Jg=="

    def test_the_server_has_one_of_its_own(self, s3_root, bucket):
        plain = SignedHttp(s3_root.meta.endpoint_url)
        plain.put(f"{bucket}/k", content=b"123456789")
        answer = s3_root.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert answer["ChecksumCRC64NVME"] == "rosUhgp5mIg="


class TestActiveContent:
    """What somebody has uploaded must not run as a page of the console's host."""

    @pytest.fixture
    def page(self, s3_contract: BaseClient, project_bucket: str) -> str:
        key = f"{uuid.uuid4().hex}.html"
        s3_contract.put_object(Bucket=project_bucket, Key=key, Body=b"<script>", ContentType="text/html")
        return key

    def url(self, client: BaseClient, bucket: str, key: str, **more: str) -> str:
        return client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key, **more})

    def test_a_page_is_saved_not_shown(self, server, s3_contract, project_bucket, page):
        for more in ({}, {"ResponseContentDisposition": "inline"}):
            answer = server.http.get(self.url(s3_contract, project_bucket, page, **more))
            assert (answer.status_code, answer.content) == (200, b"<script>")
            assert answer.headers["content-disposition"] == "attachment"
            assert answer.headers["x-content-type-options"] == "nosniff"

    def test_a_picture_cannot_be_turned_into_a_page_by_its_url(self, server, s3_contract, project_bucket, page):
        shown = self.url(s3_contract, project_bucket, page, ResponseContentType="image/png")
        assert "content-disposition" not in server.http.get(shown).headers
        for kind in ("text/html", "image/svg+xml", "text/xml", "application/xhtml+xml", "text/html;charset=x"):
            url = self.url(s3_contract, project_bucket, page, ResponseContentType=kind)
            assert server.http.get(url).headers["content-disposition"] == "attachment", kind

    def test_applications_read_what_they_have_stored(self, s3_contract, project_bucket, page):
        assert "ContentDisposition" not in s3_contract.get_object(Bucket=project_bucket, Key=page)

    def test_the_own_port_has_no_console_to_protect(self, server, s3_root, project_bucket, page):
        answer = server.http.get(self.url(s3_root, project_bucket, page))
        assert "content-disposition" not in answer.headers

    def test_an_own_url_takes_no_overrides_since_its_signature_does_not_cover_them(self, project, server, page):
        made = project.post(f"/s3/{project.project_id}/presign", json={"key": page})
        url = made.json()["url"].replace("http://localhost:8000", server.url)
        assert server.http.get(url).headers["content-disposition"] == "attachment"
        assert server.http.get(f"{url}&response-content-type=text/html").status_code == 400


def test_both_spellings_of_a_project_name_the_same_object(raw_contract, project, project_bucket):
    key = uuid.uuid4().hex
    raw_contract.put(f"{project_bucket}/{key}", content=b"x")
    assert raw_contract.get(f"{project.project_id}/{key}").content == b"x"
    missing = raw_contract.get(f"{project.project_id}/none-{key}")
    assert f"<Resource>/{project.project_id}/none-{key}</Resource>" in missing.text


def test_no_object_has_tags(s3_root, bucket, key):
    assert s3_root.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] == []
    assert failure(s3_root.get_object_tagging, Bucket=bucket, Key="none") == (404, "NoSuchKey")


@pytest.mark.parametrize("key", ["a b+c%d/é.txt", "../../x", "//x", ".", "a//b", "-", " ", "a\x01b", "č" * 500])
def test_keys_are_names_and_never_paths(s3_root, bucket, key):
    body = key.encode()
    s3_root.put_object(Bucket=bucket, Key=key, Body=body)
    assert s3_root.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    s3_root.delete_object(Bucket=bucket, Key=key)
    assert failure(s3_root.head_object, Bucket=bucket, Key=key)[0] == 404
