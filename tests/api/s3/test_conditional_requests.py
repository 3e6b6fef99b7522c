"""Conditional GET, HEAD, PUT and DELETE."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.client import BaseClient

from tests.api.s3.test_get_object import failure


@pytest.fixture
def etag(s3_root: BaseClient, bucket: str) -> str:
    """Of the object `k`, which holds `one`."""
    return s3_root.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]


def outcome(client: BaseClient, method: str, bucket: str, **conditions: object) -> int:
    """The status of reading `k`."""
    try:
        answer = getattr(client, method)(Bucket=bucket, Key="k", **conditions)
    except client.exceptions.ClientError as refused:
        answer = refused.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


@pytest.mark.parametrize("method", ["get_object", "head_object"])
class TestReading:
    def test_by_etag(self, s3_root, bucket, etag, method):
        for tag in (etag, etag.strip('"'), "*", f'"x", {etag}'):
            assert outcome(s3_root, method, bucket, IfMatch=tag) == 200
            assert outcome(s3_root, method, bucket, IfNoneMatch=tag) == 304
        assert outcome(s3_root, method, bucket, IfMatch='"other"') == 412
        assert outcome(s3_root, method, bucket, IfNoneMatch='"other"') == 200

    def test_by_time(self, s3_root, bucket, etag, method):
        modified = s3_root.head_object(Bucket=bucket, Key="k")["LastModified"]
        before = modified - timedelta(seconds=1)
        assert outcome(s3_root, method, bucket, IfModifiedSince=before) == 200
        assert outcome(s3_root, method, bucket, IfModifiedSince=modified) == 304
        assert outcome(s3_root, method, bucket, IfUnmodifiedSince=before) == 412
        assert outcome(s3_root, method, bucket, IfUnmodifiedSince=modified) == 200

    def test_an_etag_beats_a_time(self, s3_root, bucket, etag, method):
        before = s3_root.head_object(Bucket=bucket, Key="k")["LastModified"] - timedelta(seconds=1)
        assert outcome(s3_root, method, bucket, IfMatch=etag, IfUnmodifiedSince=before) == 200
        assert outcome(s3_root, method, bucket, IfNoneMatch=etag, IfModifiedSince=before) == 304

    def test_a_missing_key_is_404_whatever_is_asked(self, s3_root, bucket, method):
        for condition in ({"IfMatch": "*"}, {"IfNoneMatch": "*"}):
            assert outcome(s3_root, method, bucket, **condition) == 404


def test_not_modified_has_the_etag_and_no_body(raw_root, bucket, etag):
    answer = raw_root.get(f"{bucket}/k", headers={"if-none-match": etag})
    assert (answer.status_code, answer.headers["etag"], answer.content) == (304, etag, b"")
    again = raw_root.get(f"{bucket}/k")
    assert again.content == b"one", "the connection has to stay in step"


def test_a_failed_precondition_says_which(raw_root, bucket, etag):
    answer = raw_root.get(f"{bucket}/k", headers={"if-match": "x"})
    assert answer.status_code == 412
    assert "<Code>PreconditionFailed</Code>" in answer.text
    assert "<Condition>If-Match</Condition>" in answer.text


def test_a_condition_comes_before_the_range(raw_root, bucket, etag):
    headers = {"if-match": "x", "range": "bytes=100-"}
    assert raw_root.get(f"{bucket}/k", headers=headers).status_code == 412
    assert raw_root.get(f"{bucket}/k", headers={"if-match": etag, "range": "bytes=100-"}).status_code == 416


class TestWriting:
    def test_only_over_the_object_that_is_named(self, s3_root, bucket, etag):
        put = {"Bucket": bucket, "Key": "k", "Body": b"two"}
        assert failure(s3_root.put_object, **put, IfMatch='"other"') == (412, "PreconditionFailed")
        assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == b"one"
        s3_root.put_object(**put, IfMatch=etag)
        assert s3_root.get_object(Bucket=bucket, Key="k")["Body"].read() == b"two"
        s3_root.put_object(**put, IfMatch="*")

    @pytest.mark.parametrize("tag", ["*", '"other"'])
    def test_not_over_nothing(self, s3_root, bucket, tag):
        put = {"Bucket": bucket, "Key": "missing", "Body": b"two"}
        assert failure(s3_root.put_object, **put, IfMatch=tag) == (404, "NoSuchKey")
        assert failure(s3_root.head_object, Bucket=bucket, Key="missing")[0] == 404

    def test_only_where_nothing_is(self, s3_root, bucket, etag):
        put = {"Bucket": bucket, "Key": "k", "Body": b"two"}
        for tag in ("*", etag):
            assert failure(s3_root.put_object, **put, IfNoneMatch=tag) == (412, "PreconditionFailed")
        s3_root.put_object(**put, IfNoneMatch="unknown")
        s3_root.put_object(Bucket=bucket, Key="new", Body=b"x", IfNoneMatch="*")


class TestDeleting:
    def test_only_the_object_that_is_named(self, s3_root, bucket, etag):
        assert failure(s3_root.delete_object, Bucket=bucket, Key="k", IfMatch='"x"') == (412, "PreconditionFailed")
        assert s3_root.head_object(Bucket=bucket, Key="k")["ETag"] == etag
        s3_root.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
        s3_root.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
        assert failure(s3_root.head_object, Bucket=bucket, Key="k")[0] == 404

    def test_by_size_and_time(self, s3_root, raw_root, bucket, etag):
        modified = raw_root.head(f"{bucket}/k").headers["last-modified"]
        for wrong in (
            {"x-amz-if-match-size": "4"},
            {"x-amz-if-match-last-modified-time": "Sat, 01 Mar 2025 10:20:30 GMT"},
        ):
            assert raw_root.delete(f"{bucket}/k", headers=wrong).status_code == 412
        right = {"x-amz-if-match-size": "3", "x-amz-if-match-last-modified-time": modified}
        assert raw_root.delete(f"{bucket}/k", headers=right).status_code == 204

    def test_many_each_on_its_own_condition(self, s3_root, bucket, etag):
        s3_root.put_object(Bucket=bucket, Key="other", Body=b"x")
        objects = [{"Key": "k", "ETag": etag}, {"Key": "other", "ETag": "wrong"}, {"Key": "none", "ETag": "any"}]
        answer = s3_root.delete_objects(Bucket=bucket, Delete={"Objects": objects})
        assert [entry["Key"] for entry in answer["Deleted"]] == ["k", "none"]
        assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("other", "PreconditionFailed")]
