"""What S3 has beside objects: neutral answers to those who ask, refusals to those who would set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from botocore.client import BaseClient

from tests.s3_cast import SignedHttp, code_of

MISSING = {
    "tagging": "NoSuchTagSet",
    "policy": "NoSuchBucketPolicy",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "cors": "NoSuchCORSConfiguration",
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "object-lock": "ObjectLockConfigurationNotFoundError",
    "website": "NoSuchWebsiteConfiguration",
    "replication": "ReplicationConfigurationNotFoundError",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "ownershipControls": "OwnershipControlsNotFoundError",
}


@pytest.fixture(params=["raw_root", "raw_contract"])
def raw(request: pytest.FixtureRequest) -> Iterator[SignedHttp]:
    """Either mount."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("name", "code"), MISSING.items())
def test_what_a_bucket_does_not_have_is_missing_under_its_own_code(
    raw: SignedHttp, bucket: str, name: str, code: str
) -> None:
    assert code_of(raw.get(bucket, query=name)) == (404, code)
    assert code_of(raw.get(f"{bucket}/", query=f"{name}=")) == (404, code)


def test_what_every_bucket_has_is_empty(s3_root: BaseClient, bucket: str) -> None:
    versioning = s3_root.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in versioning
    assert "LoggingEnabled" not in s3_root.get_bucket_logging(Bucket=bucket)
    assert "TopicConfigurations" not in s3_root.get_bucket_notification_configuration(Bucket=bucket)
    assert "Status" not in s3_root.get_bucket_accelerate_configuration(Bucket=bucket)
    assert s3_root.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


def test_the_owner_may_do_everything(s3_root: BaseClient, bucket: str) -> None:
    s3_root.put_object(Bucket=bucket, Key="a", Body=b"a")
    for acl in (s3_root.get_bucket_acl(Bucket=bucket), s3_root.get_object_acl(Bucket=bucket, Key="a")):
        assert acl["Owner"]["ID"] == "admin"
        (grant,) = acl["Grants"]
        assert (grant["Permission"], grant["Grantee"]["ID"]) == ("FULL_CONTROL", "admin")
        assert grant["Grantee"]["Type"] == "CanonicalUser"
    assert s3_root.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == []


def test_what_is_not_there_has_no_subresources(raw_root: SignedHttp, bucket: str) -> None:
    assert code_of(raw_root.get("no-such-bucket-1", query="versioning")) == (404, "NoSuchBucket")
    assert code_of(raw_root.get("no-such-bucket-1", query="tagging")) == (404, "NoSuchBucket")
    assert code_of(raw_root.get(f"{bucket}/none", query="acl")) == (404, "NoSuchKey")
    headers = {"x-amz-acl": "private"}
    assert code_of(raw_root.put(f"{bucket}/none", query="acl", headers=headers)) == (404, "NoSuchKey")


@pytest.mark.parametrize("level", ["", "/a"])
def test_a_private_access_list_may_be_put_and_no_other(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str, level: str
) -> None:
    s3_root.put_object(Bucket=bucket, Key="a", Body=b"a")

    def put(**headers: str) -> tuple[int, str]:
        return code_of(raw_root.put(bucket + level, query="acl", headers=headers))

    assert put(**{"x-amz-acl": "private"}) == (200, "")
    assert put(**{"x-amz-acl": "public-ready"}) == (400, "InvalidArgument")
    assert put(**{"x-amz-acl": "public-read"}) == (501, "NotImplemented")
    assert put() == (501, "NotImplemented")


@pytest.mark.parametrize("name", [*MISSING, "versioning", "logging", "notification", "accelerate", "requestPayment"])
def test_nothing_of_that_can_be_set(raw_root: SignedHttp, bucket: str, name: str) -> None:
    assert code_of(raw_root.put(bucket, query=name, content=b"<X/>")) == (501, "NotImplemented")


@pytest.mark.parametrize("name", ["tagging", "policy", "lifecycle", "cors", "encryption", "website", "replication"])
def test_nothing_of_that_can_be_deleted(raw_root: SignedHttp, bucket: str, name: str) -> None:
    assert code_of(raw_root.delete(bucket, query=name)) == (501, "NotImplemented")


@pytest.mark.parametrize(
    ("call", "path", "query"),
    [
        ("get", "", "inventory"),
        ("get", "", "policyStatus"),
        ("get", "/a", "torrent"),
        ("post", "/a", "restore"),
        ("post", "/a", "select&select-type=2"),
        ("put", "/a", "tagging"),
        ("delete", "/a", "tagging"),
        ("put", "/a", "retention"),
    ],
)
def test_what_only_aws_has_is_not_implemented(
    raw_root: SignedHttp, bucket: str, call: str, path: str, query: str
) -> None:
    answer = getattr(raw_root, call)(bucket + path, query=query)
    assert code_of(answer) == (501, "NotImplemented")


@pytest.mark.parametrize(
    ("call", "path", "query"),
    [
        ("post", "", "acl"),
        ("delete", "", "location"),
        ("put", "", "versions"),
        ("get", "", "delete"),
        ("post", "/a", "tagging"),
        ("get", "/a", "uploads"),
        ("delete", "", "acl"),
    ],
)
def test_a_method_that_nobody_has_there_is_not_allowed(
    raw_root: SignedHttp, bucket: str, call: str, path: str, query: str
) -> None:
    answer = getattr(raw_root, call)(bucket + path, query=query)
    assert code_of(answer) == (405, "MethodNotAllowed")


def test_other_methods_are_not_allowed(raw_root: SignedHttp, bucket: str) -> None:
    request: Callable[..., object] = raw_root.request
    assert code_of(request("PUT", "")) == (405, "MethodNotAllowed")  # type: ignore[arg-type]
    assert code_of(request("PATCH", bucket)) == (405, "MethodNotAllowed")  # type: ignore[arg-type]
    assert code_of(request("POST", f"{bucket}/a")) == (405, "MethodNotAllowed")  # type: ignore[arg-type]
