"""Uploads by forms with a signed policy."""

from __future__ import annotations

import base64
import datetime
import hmac
import json
import uuid
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient

from tests.live_server import ADMIN_KEY
from tests.s3_cast import code_of

AHEAD = datetime.timedelta(hours=1)


def policy_of(bucket: str, *more: Any, expires: Any = AHEAD, **changes: Any) -> dict[str, Any]:
    when = expires
    if isinstance(expires, datetime.timedelta):
        when = (datetime.datetime.now(datetime.UTC) + expires).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [{"bucket": bucket}, ["starts-with", "$key", "form/"], *more]
    return {"expiration": when, "conditions": conditions} | changes


def fields_of(policy: dict[str, Any], **more: str) -> dict[str, str]:
    """Signed as older forms are, in version 2."""
    text = base64.b64encode(json.dumps(policy).encode()).decode()
    signature = base64.b64encode(hmac.digest(ADMIN_KEY.encode(), text.encode(), "sha1")).decode()
    fields = {"key": f"form/{uuid.uuid4().hex}", "AWSAccessKeyId": "duckdb", "signature": signature, "policy": text}
    return fields | {name.replace("_", "-"): value for name, value in more.items()}


def post(endpoint: str, bucket: str, fields: dict[str, str], content: bytes = b"bar", **more: Any) -> httpx.Response:
    return httpx.post(f"{endpoint}/{bucket}", data=fields, files={"file": ("foo.txt", content)}, **more)


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
@pytest.mark.parametrize("where", ["root_endpoint", "contract_endpoint"])
def test_a_form_of_boto3(
    request: pytest.FixtureRequest, s3_root: BaseClient, bucket: str, where: str, size: int
) -> None:
    key = "a b+c%d/ü.txt"
    form = s3_root.generate_presigned_post(
        bucket, key, Fields={"Content-Type": "text/csv", "x-amz-meta-who": "ü"},
        Conditions=[["starts-with", "$Content-Type", "text/"], {"x-amz-meta-who": "ü"}],
    )  # fmt: skip
    reply = post(request.getfixturevalue(where), bucket, form["fields"], b"x" * size)
    assert (reply.status_code, reply.content) == (204, b"")
    found = s3_root.get_object(Bucket=bucket, Key=key)
    assert (found["ContentLength"], found["ContentType"]) == (size, "text/csv")
    assert reply.headers["etag"] == found["ETag"]


def test_an_older_form(s3_root: BaseClient, root_endpoint: str, bucket: str) -> None:
    policy = policy_of(bucket, {"acl": "private"}, ["content-length-range", 0, 1024])
    fields = fields_of(policy, acl="private", x_ignore_foo="bar")
    assert post(root_endpoint, bucket, fields).status_code == 204
    assert s3_root.get_object(Bucket=bucket, Key=fields["key"])["Body"].read() == b"bar"


def test_names_in_any_case(s3_root: BaseClient, root_endpoint: str, bucket: str) -> None:
    policy = policy_of(bucket)
    policy["conditions"] = [{"bUcKeT": bucket}, ["StArTs-WiTh", "$KeY", "form/"]]
    fields = fields_of(policy)
    fields = {"kEy": fields.pop("key"), "pOLICy": fields.pop("policy"), "aWSAccessKeyId": "duckdb"} | fields
    fields.pop("AWSAccessKeyId")
    assert post(root_endpoint, bucket, fields).status_code == 204


def test_the_name_of_the_file_becomes_part_of_the_key(s3_root: BaseClient, root_endpoint: str, bucket: str) -> None:
    assert post(root_endpoint, bucket, fields_of(policy_of(bucket), key="form/${filename}")).status_code == 204
    assert s3_root.head_object(Bucket=bucket, Key="form/foo.txt")["ContentLength"] == 3


def test_statuses_and_documents(root_endpoint: str, bucket: str) -> None:
    policy = policy_of(bucket, ["starts-with", "$success_action_status", ""])
    for asked, status in (("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204)):
        reply = post(root_endpoint, bucket, fields_of(policy) | {"success_action_status": asked})
        assert reply.status_code == status
        if status == 201:
            assert "<PostResponse" in reply.text
            assert f"<Bucket>{bucket}</Bucket>" in reply.text
            assert reply.headers["location"].startswith(f"{root_endpoint}/{bucket}/form/")


def test_a_redirection_tells_what_was_stored(root_endpoint: str, bucket: str) -> None:
    target = "https://example.org/done?x=1"
    fields = fields_of(policy_of(bucket, ["eq", "$success_action_redirect", target]))
    reply = post(root_endpoint, bucket, fields | {"success_action_redirect": target}, follow_redirects=False)
    etag = "%2237b51d194a7513e45b56f6524f2d51f2%22"
    assert reply.status_code == 303
    assert reply.headers["location"] == f"{target}&bucket={bucket}&key={fields['key'].replace('/', '%2F')}&etag={etag}"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "//example.org", "https://example.org/\r\nset-cookie: a=b"])
def test_no_browser_is_sent_elsewhere(root_endpoint: str, bucket: str, target: str) -> None:
    policy = policy_of(bucket, ["starts-with", "$success_action_redirect", ""])
    reply = post(root_endpoint, bucket, fields_of(policy) | {"success_action_redirect": target})
    assert reply.status_code == 204
    assert "set-cookie" not in reply.headers


def refusals(bucket: str) -> dict[str, tuple[dict[str, str], int, str]]:
    good = fields_of(policy_of(bucket))
    changed = fields_of(policy_of(bucket, {"a": "b"}))
    meta = ["starts-with", "$x-amz-meta-foo", "bar"]
    renamed = policy_of(bucket)
    renamed["CONDITIONS"] = renamed.pop("conditions")
    late = policy_of(bucket)
    late["EXPIRATION"] = late.pop("expiration")
    without_bucket = policy_of(bucket, conditions=[["starts-with", "$key", ""]])
    return {
        "wrong signature": (good | {"signature": good["signature"][::-1]}, 403, "SignatureDoesNotMatch"),
        "wrong access key": (good | {"AWSAccessKeyId": "nobody"}, 403, "InvalidAccessKeyId"),
        "no signature": ({k: v for k, v in good.items() if k != "signature"}, 400, "InvalidArgument"),
        "no policy": ({k: v for k, v in good.items() if k != "policy"}, 403, "AccessDenied"),
        "no key": ({k: v for k, v in good.items() if k != "key"}, 400, "InvalidArgument"),
        "another key": (good | {"key": "other"}, 403, "AccessDenied"),
        "a changed policy": (good | {"policy": changed["policy"]}, 403, "SignatureDoesNotMatch"),
        "a field that was not signed": (good | {"x-amz-meta-foo": "bar"}, 403, "AccessDenied"),
        "a field that is missing": (fields_of(policy_of(bucket, meta)), 403, "AccessDenied"),
        "another value": (fields_of(policy_of(bucket, meta), x_amz_meta_foo="other"), 403, "AccessDenied"),
        "no word of the bucket": (fields_of(without_bucket), 403, "AccessDenied"),
        "another bucket": (fields_of(policy_of("another")), 403, "AccessDenied"),
        "expired": (fields_of(policy_of(bucket, expires=-AHEAD)), 403, "AccessDenied"),
        "no date": (fields_of(policy_of(bucket, expires="2030")), 400, "InvalidPolicyDocument"),
        "a date of another type": (fields_of(policy_of(bucket, expires=5)), 400, "InvalidPolicyDocument"),
        "another name of the date": (fields_of(late), 400, "InvalidPolicyDocument"),
        "another name of the conditions": (fields_of(renamed), 400, "InvalidPolicyDocument"),
        "an empty condition": (fields_of(policy_of(bucket, {})), 400, "InvalidPolicyDocument"),
        "an unknown condition": (fields_of(policy_of(bucket, ["lt", "$key", "x"])), 400, "InvalidPolicyDocument"),
        "half a range": (fields_of(policy_of(bucket, ["content-length-range", 0])), 400, "InvalidPolicyDocument"),
        "a bad range": (fields_of(policy_of(bucket, ["content-length-range", -1, 0])), 400, "InvalidPolicyDocument"),
        "too large": (fields_of(policy_of(bucket, ["content-length-range", 0, 2])), 400, "EntityTooLarge"),
        "too small": (fields_of(policy_of(bucket, ["content-length-range", 4, 9])), 400, "EntityTooSmall"),
        "a wrong checksum": (good | {"x-amz-checksum-crc32": "AAAAAA=="}, 400, "BadDigest"),
    }  # fmt: skip


@pytest.mark.parametrize("case", list(refusals("none")))
def test_refusals_store_nothing(s3_root: BaseClient, root_endpoint: str, bucket: str, case: str) -> None:
    fields, status, code = refusals(bucket)[case]
    assert code_of(post(root_endpoint, bucket, fields)) == (status, code)
    assert s3_root.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_checksum_that_is_right(root_endpoint: str, bucket: str) -> None:
    fields = fields_of(policy_of(bucket)) | {"x-amz-checksum-crc32": "y/Q5Jg=="}
    assert post(root_endpoint, bucket, fields, b"123456789").status_code == 204


def test_what_is_no_form(root_endpoint: str, bucket: str) -> None:
    assert httpx.post(f"{root_endpoint}/{bucket}", content=b"x").status_code == 412
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for content in (
        b"",
        b"--x\r\nbroken",
        b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\na\r\n--x--\r\n',
    ):
        reply = httpx.post(f"{root_endpoint}/{bucket}", content=content, headers=headers)
        assert reply.status_code == 400, content


def test_fields_of_any_length_are_not_kept(root_endpoint: str, bucket: str) -> None:
    fields = fields_of(policy_of(bucket)) | {"x-ignore-much": "x" * 100_000}
    assert code_of(post(root_endpoint, bucket, fields)) == (400, "MalformedPOSTRequest")


def test_a_missing_bucket(root_endpoint: str) -> None:
    assert code_of(post(root_endpoint, "nope-nope", fields_of(policy_of("nope-nope")))) == (404, "NoSuchBucket")


def test_fields_that_look_like_files_and_a_file_that_looks_like_a_field(
    s3_root: BaseClient, root_endpoint: str, bucket: str
) -> None:
    fields = fields_of(policy_of(bucket))
    parts = [(name, (name, value.encode())) for name, value in fields.items()]
    reply = httpx.post(f"{root_endpoint}/{bucket}", files=[*parts, ("file", (None, b"bar"))])
    assert reply.status_code == 204
    assert s3_root.get_object(Bucket=bucket, Key=fields["key"])["Body"].read() == b"bar"


def test_what_comes_after_the_file_says_nothing(s3_root: BaseClient, root_endpoint: str, bucket: str) -> None:
    fields = fields_of(policy_of(bucket))
    parts = [(name, (None, value.encode())) for name, value in fields.items()]
    later = [("file", ("a", b"bar")), ("x-amz-meta-late", (None, b"x")), ("file", ("b", b"more"))]
    assert httpx.post(f"{root_endpoint}/{bucket}", files=[*parts, *later]).status_code == 204
    found = s3_root.get_object(Bucket=bucket, Key=fields["key"])
    assert (found["Body"].read(), found["Metadata"]) == (b"bar", {})
