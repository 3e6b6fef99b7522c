"""Objects and lists under /s3 as existing clients read them (s3.md A.1, A.4, A.5, A.8)."""

from __future__ import annotations

import base64
import datetime
import email.utils
import hashlib
import os
import re
import uuid
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient
from defusedxml.ElementTree import fromstring

from tests.cast import Person
from tests.s3_cast import code_of


@pytest.fixture
def place(alice: Person) -> str:
    """Of a bucket that only this test uses."""
    return f"/s3/project_{alice.project_id}"


def listed(reply: httpx.Response) -> dict[str, Any]:
    """Elements by their bare names, as clients look them up."""
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/xml")
    root = fromstring(reply.content)
    assert root.tag == "ListBucketResult"
    found = {child.tag: child.text or "" for child in root if child.tag not in ("Contents", "CommonPrefixes")}
    return found | {
        "keys": [entry.findtext("Key") for entry in root.findall("Contents")],
        "prefixes": [entry.findtext("Prefix") for entry in root.findall("CommonPrefixes")],
        "contents": [{field.tag: field.text for field in entry} for entry in root.findall("Contents")],
    }


def put_all(person: Person, place: str, *keys: str) -> None:
    for key in keys:
        person.put(f"{place}/{key}", content=key.encode()).raise_for_status()


class TestObjects:
    @pytest.mark.parametrize("size", [0, 1, 11 << 20])
    def test_bytes_come_back_as_they_were(self, alice: Person, place: str, size: int) -> None:
        data = os.urandom(size)
        url = f"{place}/deep/er/and/deeper/{size}.bin"
        put = alice.put(url, content=data)
        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        assert (put.status_code, put.content, put.headers["etag"]) == (200, b"", etag)
        got = alice.get(url)
        assert got.content == data
        assert (got.headers["etag"], got.headers["content-length"]) == (etag, str(size))
        assert got.headers["accept-ranges"] == "bytes"
        head = alice.request("HEAD", url)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", etag)
        assert head.headers["content-length"] == str(size)
        modified = email.utils.parsedate_to_datetime(head.headers["last-modified"])
        assert abs(datetime.datetime.now(datetime.UTC) - modified) < datetime.timedelta(minutes=1)
        assert head.headers["last-modified"].endswith(" GMT")

    def test_overwriting(self, alice: Person, place: str) -> None:
        for content in (b"first, and long", b"second"):
            alice.put(f"{place}/a", content=content)
        assert alice.get(f"{place}/a").content == b"second"

    @pytest.mark.parametrize(
        ("asked", "slice_", "told"),
        [
            ("bytes=0-3", b"0123", "bytes 0-3/10"),
            ("bytes=7-", b"789", "bytes 7-9/10"),
            ("bytes=-2", b"89", "bytes 8-9/10"),
            ("bytes=8-100", b"89", "bytes 8-9/10"),
        ],
    )
    def test_ranges(self, alice: Person, place: str, asked: str, slice_: bytes, told: str) -> None:
        alice.put(f"{place}/a", content=b"0123456789")
        reply = alice.get(f"{place}/a", headers={"range": asked})
        assert (reply.status_code, reply.content, reply.headers["content-range"]) == (206, slice_, told)

    def test_a_range_past_the_end(self, alice: Person, place: str) -> None:
        alice.put(f"{place}/a", content=b"0123456789")
        reply = alice.get(f"{place}/a", headers={"range": "bytes=10-"})
        assert (code_of(reply), reply.headers["content-range"]) == ((416, "InvalidRange"), "bytes */10")

    def test_several_ranges_are_the_whole_object(self, alice: Person, place: str) -> None:
        alice.put(f"{place}/a", content=b"0123456789")
        reply = alice.get(f"{place}/a", headers={"range": "bytes=0-1,4-5"})
        assert (reply.status_code, reply.content) == (200, b"0123456789")

    def test_a_missing_key_is_told_in_xml(self, alice: Person, place: str) -> None:
        reply = alice.get(f"{place}/a/b.csv")
        assert (reply.status_code, reply.headers["content-type"]) == (404, "application/xml")
        root = fromstring(reply.content)
        assert (root.tag, root.findtext("Code")) == ("Error", "NoSuchKey")
        assert root.findtext("Message") == "The specified key does not exist."
        assert root.findtext("Resource") == f"/project_{alice.project_id}/a/b.csv"
        assert root.findtext("RequestId") == reply.headers["x-amz-request-id"]
        head = alice.request("HEAD", f"{place}/a/b.csv")
        assert (head.status_code, head.content) == (404, b"")

    def test_deleting_is_always_204(self, alice: Person, place: str) -> None:
        alice.put(f"{place}/a", content=b"x")
        for _ in range(2):
            reply = alice.delete(f"{place}/a")
            assert (reply.status_code, reply.content) == (204, b"")
            assert alice.get(f"{place}/a").status_code == 404

    def test_content_md5(self, alice: Person, place: str) -> None:
        right = base64.b64encode(hashlib.md5(b"x", usedforsecurity=False).digest()).decode()
        assert alice.put(f"{place}/a", content=b"x", headers={"content-md5": right}).status_code == 200
        wrong = base64.b64encode(b"0" * 16).decode()
        for value in (wrong, "bad", "AAAA"):
            reply = alice.put(f"{place}/b", content=b"x", headers={"content-md5": value})
            assert code_of(reply) == (400, "BadDigest")
        assert alice.get(f"{place}/b").status_code == 404

    def test_the_type_is_what_was_sent_or_what_the_name_says(self, alice: Person, place: str) -> None:
        alice.put(f"{place}/a.csv", content=b"x")
        alice.put(f"{place}/b.csv", content=b"x", headers={"content-type": "application/x-own"})
        assert alice.get(f"{place}/a.csv").headers["content-type"].startswith("text/csv")
        assert alice.get(f"{place}/b.csv").headers["content-type"] == "application/x-own"

    def test_a_repeated_request_is_no_replay(self, alice: Person, place: str) -> None:
        headers = {"x-idempotency-key": uuid.uuid4().hex}
        etags = {alice.put(f"{place}/a", content=content, headers=headers).headers["etag"] for content in (b"1", b"2")}
        assert len(etags) == 2


class TestKeysAreNames:
    @pytest.mark.parametrize(
        "key", ["..%2F..%2Fcatalog.sqlite3", "%2e%2e/%2e%2e/x", "%2e%2e", "a//b", "/x", "%2Fetc%2Fpasswd"]
    )
    def test_no_key_leads_out_of_the_bucket(self, alice: Person, carol: Person, place: str, key: str) -> None:
        url = f"{alice.server.url}{place}/{key}"
        headers = {"authorization": f"Bearer {alice.key}"}
        with httpx.Client() as http:
            request = http.build_request("GET", url, headers=headers)
            request.url = request.url.copy_with(raw_path=f"{place}/{key}".encode())
            assert code_of(http.send(request)) == (404, "NoSuchKey")
            request = http.build_request("PUT", url, headers=headers, content=b"mine")
            request.url = request.url.copy_with(raw_path=f"{place}/{key}".encode())
            assert http.send(request).status_code == 200
            request = http.build_request("GET", url, headers=headers)
            request.url = request.url.copy_with(raw_path=f"{place}/{key}".encode())
            assert http.send(request).content == b"mine"
        assert listed(carol.get("/s3/{p}"))["KeyCount"] == "0"

    def test_a_name_and_what_looks_like_below_it(self, alice: Person, place: str) -> None:
        put_all(alice, place, "a", "a/b", "a/", "a/b/c")
        for key in ("a", "a/b", "a/", "a/b/c"):
            assert alice.get(f"{place}/{key}").content == key.encode()

    def test_names_with_special_characters_and_signatures(self, s3_contract: BaseClient, alice: Person) -> None:
        bucket = f"project_{alice.project_id}"
        for key in ("a b", "a+b", "100%", "ü/ö", "a&b=c?d#e", "x\ty", "~'()*!"):
            s3_contract.put_object(Bucket=bucket, Key=key, Body=key.encode())
            assert s3_contract.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()


class TestLists:
    def test_an_empty_project(self, alice: Person, place: str) -> None:
        found = listed(alice.get(place))
        assert (found["KeyCount"], found["IsTruncated"], found["keys"]) == ("0", "false", [])
        assert (found["Name"], found["Prefix"], found["MaxKeys"]) == (f"project_{alice.project_id}", "", "1000")
        assert listed(alice.get("/s3/{p}"))["Name"] == alice.project_id

    def test_entries(self, alice: Person, place: str) -> None:
        alice.put(f"{place}/a.csv", content=b"abc")
        (entry,) = listed(alice.get(f"{place}/"))["contents"]
        assert (entry["Key"], entry["Size"], entry["StorageClass"]) == ("a.csv", "3", "STANDARD")
        assert entry["ETag"] == '"900150983cd24fb0d6963f7d28e17f72"'
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["LastModified"] or "")

    def test_a_delimiter_rolls_up(self, alice: Person, place: str) -> None:
        put_all(alice, place, "a/1", "a/2", "b/1", "root.txt")
        found = listed(alice.get(place, params={"delimiter": "/"}))
        assert (found["prefixes"], found["keys"], found["KeyCount"]) == (["a/", "b/"], ["root.txt"], "3")
        found = listed(alice.get(place, params={"prefix": "a/", "delimiter": "/"}))
        assert (found["prefixes"], found["keys"], found["Prefix"]) == ([], ["a/1", "a/2"], "a/")

    def test_pages_come_to_an_end(self, alice: Person, place: str) -> None:
        keys = ["B", "a", "a/b", "z", "é"]
        put_all(alice, place, *reversed(keys))
        found = listed(alice.get(place, params={"max-keys": 2}))
        assert (found["keys"], found["IsTruncated"], found["MaxKeys"]) == (["B", "a"], "true", "2")
        seen = list(found["keys"])
        while found["IsTruncated"] == "true":
            token = found["NextContinuationToken"]
            found = listed(alice.get(place, params={"max-keys": 2, "continuation-token": token}))
            assert found["ContinuationToken"] == token
            seen += found["keys"]
        assert seen == keys
        assert "NextContinuationToken" not in found
        assert listed(alice.get(place, params={"start-after": "a"}))["keys"] == ["a/b", "z", "é"]

    def test_older_clients_go_on_by_the_marker(self, alice: Person, place: str) -> None:
        put_all(alice, place, "a", "b", "c")
        found = listed(alice.get(place, params={"max-keys": 2}))
        assert found["NextMarker"] == "b"
        assert listed(alice.get(place, params={"marker": found["NextMarker"]}))["keys"] == ["c"]

    @pytest.mark.parametrize("value", ["0", "1001", "-1", "x", ""])
    def test_bad_page_sizes_are_422_in_json(self, alice: Person, place: str, value: str) -> None:
        reply = alice.get(place, params={"max-keys": value})
        assert reply.status_code == 422
        assert {"type", "loc", "msg", "input"} <= reply.json()["detail"][0].keys()

    def test_staged_uploads_are_hidden_and_registered_files_are_shown(self, alice: Person, place: str) -> None:
        session = alice.post("/projects/{p}/files/prepare", json={"filename": "staged.csv"}).json()
        alice.put(session["upload_url"], content=b"x").raise_for_status()
        file_id = alice.upload(b"id\n1\n", "orders.csv")
        (key,) = listed(alice.get(place))["keys"]
        assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{file_id}_orders\.csv", key)
        assert alice.get(f"{place}/{key}").content == b"id\n1\n"

    def test_what_s3_put_is_not_in_the_list_of_files(self, alice: Person, place: str) -> None:
        put_all(alice, place, "a")
        assert alice.get("/projects/{p}/files").json()["total"] == 0

    def test_an_unknown_subresource_is_no_list(self, alice: Person, place: str) -> None:
        assert code_of(alice.get(place, params={"analytics": ""})) == (501, "NotImplemented")


def test_operations_are_counted_by_their_names(alice: Person, place: str) -> None:
    def counted(operation: str, status: str) -> float:
        text = alice.server.http.get("/metrics").text
        name = f'duckdb_s3_operations_total{{operation="{operation}",status="{status}"}} '
        return float(text.partition(name)[2].partition("\n")[0] or 0)

    calls = [
        ("PutObject", "PUT", "/a"),
        ("GetObject", "GET", "/a"),
        ("HeadObject", "HEAD", "/a"),
        ("ListObjectsV2", "GET", ""),
        ("DeleteObject", "DELETE", "/a"),
    ]
    for operation, method, path in calls:
        before = counted(operation, "success")
        alice.request(method, f"{place}{path}", content=b"x" if method == "PUT" else None)
        assert counted(operation, "success") == before + 1
    before = counted("GetObject", "error")
    alice.get(f"{place}/a")
    assert counted("GetObject", "error") == before + 1
