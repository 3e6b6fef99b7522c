"""DELETE of one object and of many."""

from __future__ import annotations

import uuid

import pytest

from tests.api.s3.test_get_object import failure
from tests.s3_cast import SignedHttp, boto_client, code_of


def put(client, bucket, *keys):
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=key.encode())


def keys_of(client, bucket):
    return [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_deleted_object_is_gone_and_may_be_deleted_again(s3_root, bucket):
    put(s3_root, bucket, "a", "a/b")
    for _ in range(2):
        answer = s3_root.delete_object(Bucket=bucket, Key="a")["ResponseMetadata"]
        assert answer["HTTPStatusCode"] == 204
        assert "x-amz-delete-marker" not in answer["HTTPHeaders"]
    assert keys_of(s3_root, bucket) == ["a/b"]


def test_in_a_missing_bucket_it_is_404(s3_root):
    assert failure(s3_root.delete_object, Bucket=f"no-{uuid.uuid4().hex}", Key="k") == (404, "NoSuchBucket")


def test_many_are_deleted_and_missing_ones_count_as_deleted(s3_root, bucket):
    put(s3_root, bucket, "a", "b", "c")
    objects = [{"Key": "a"}, {"Key": "c", "VersionId": "null"}, {"Key": "none"}, {"Key": "a"}]
    answer = s3_root.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["a", "c", "none", "a"]
    assert "Errors" not in answer
    assert keys_of(s3_root, bucket) == ["b"]


def test_quietly_only_failures_are_told(s3_root, bucket):
    put(s3_root, bucket, "a", "b")
    objects = [{"Key": "a"}, {"Key": "b", "VersionId": "7"}]
    answer = s3_root.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    assert "Deleted" not in answer
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("b", "NoSuchVersion")]
    assert keys_of(s3_root, bucket) == ["b"]


def test_a_thousand_go_at_once_and_no_more(s3_root, bucket):
    objects = [{"Key": f"k{number}"} for number in range(1001)]
    put(s3_root, bucket, "k1", "k999")
    assert failure(s3_root.delete_objects, Bucket=bucket, Delete={"Objects": objects}) == (400, "MalformedXML")
    assert len(s3_root.delete_objects(Bucket=bucket, Delete={"Objects": objects[:1000]})["Deleted"]) == 1000
    assert keys_of(s3_root, bucket) == []


@pytest.mark.parametrize(
    "document",
    [b"", b"<Delete>", b"<Delete/>", b"<Other><Object><Key>a</Key></Object></Other>",
     b"<Delete><Object/></Delete>",
     b'<!DOCTYPE x [<!ENTITY e "a">]><Delete><Object><Key>&e;</Key></Object></Delete>'],
)  # fmt: skip
def test_a_document_that_is_none_is_refused(raw_root, bucket, document):
    assert code_of(raw_root.post(bucket, query="delete", content=document)) == (400, "MalformedXML")


def test_the_checksum_of_the_document_is_verified(raw_root, s3_root, bucket):
    put(s3_root, bucket, "a")
    document = b"<Delete><Object><Key>a</Key></Object></Delete>"
    for wrong in ({"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}, {"x-amz-checksum-crc32": "AAAAAA=="}):
        answer = raw_root.post(bucket, query="delete", content=document, headers=wrong)
        assert code_of(answer) == (400, "BadDigest"), wrong
    assert keys_of(s3_root, bucket) == ["a"]
    assert raw_root.post(bucket, query="delete", content=document).status_code == 200
    assert keys_of(s3_root, bucket) == []


def test_keys_come_back_escaped(s3_root, bucket):
    keys = ["a&b", "<x>", "é", " "]
    put(s3_root, bucket, *keys)
    answer = s3_root.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert [entry["Key"] for entry in answer["Deleted"]] == keys
    assert keys_of(s3_root, bucket) == []


def test_with_wrong_credentials_nothing_goes(s3_root, root_endpoint, bucket):
    put(s3_root, bucket, "a")
    stranger = boto_client(root_endpoint, ("duckdb", "wrong"))
    assert failure(stranger.delete_object, Bucket=bucket, Key="a")[0] == 403
    assert failure(stranger.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "a"}]})[0] == 403
    assert keys_of(s3_root, bucket) == ["a"]


def test_deleting_the_object_of_a_registered_file_deletes_the_file(project, project_bucket, s3_root):
    file_id = project.upload("a,b\n1,2\n", "data.csv")
    key = next(key for key in keys_of(s3_root, project_bucket) if key.endswith(f"{file_id}_data.csv"))
    assert s3_root.get_object(Bucket=project_bucket, Key=key)["Body"].read() == b"a,b\n1,2\n"
    s3_root.delete_object(Bucket=project_bucket, Key=key)
    assert project.get(f"/projects/{{p}}/files/{file_id}").status_code == 404


def test_deleting_a_registered_file_deletes_its_object(project, project_bucket, s3_root):
    file_id = project.upload("x", "data.csv")
    key = next(key for key in keys_of(s3_root, project_bucket) if key.endswith(f"{file_id}_data.csv"))
    assert project.delete(f"/projects/{{p}}/files/{file_id}").status_code < 300
    assert failure(s3_root.get_object, Bucket=project_bucket, Key=key) == (404, "NoSuchKey")


def test_under_the_contract_a_deletion_is_204_too(raw_contract: SignedHttp, project_bucket):
    key = uuid.uuid4().hex
    raw_contract.put(f"{project_bucket}/{key}", content=b"x")
    for _ in range(2):
        assert raw_contract.delete(f"{project_bucket}/{key}").status_code == 204
    assert raw_contract.get(f"{project_bucket}/{key}").status_code == 404
