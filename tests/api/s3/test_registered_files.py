"""Files and objects are one store: each shows where the other is asked for."""

from __future__ import annotations

import uuid

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.cast import Person

FILE = "/projects/{p}/files/{file}"


def registered(person: Person, content: bytes | str = b"id,name\n1,a\n") -> tuple[str, str]:
    """A new file: its id, and the key of its object."""
    file_id = person.upload(content, f"{uuid.uuid4().hex}.csv")
    path = person.get(FILE, file=file_id).json()["path"]
    return file_id, path.removeprefix(f"project_{person.project_id}/")


def is_gone(client: BaseClient, bucket: str, key: str) -> bool:
    try:
        client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        return error.response["Error"]["Code"] == "404"
    return False


def test_a_registered_file_is_got_and_listed_as_an_object(
    s3_contract: BaseClient, project: Person, project_bucket: str
) -> None:
    file_id, key = registered(project, b"0123456789")
    got = s3_contract.get_object(Bucket=project_bucket, Key=key, Range="bytes=2-4")
    assert got["Body"].read() == b"234"
    info = project.get(FILE, file=file_id).json()
    assert got["ETag"] == f'"{info["checksum_sha256"][:32]}-1"'
    (listed,) = s3_contract.list_objects_v2(Bucket=project_bucket, Prefix=key)["Contents"]
    assert (listed["Key"], listed["Size"], listed["ETag"]) == (key, 10, got["ETag"])


def test_deleting_the_file_deletes_the_object(s3_root: BaseClient, project: Person, project_bucket: str) -> None:
    file_id, key = registered(project)
    assert project.delete(FILE, file=file_id).status_code == 204
    assert is_gone(s3_root, project_bucket, key)


def test_deleting_the_object_deletes_the_file(s3_root: BaseClient, project: Person, project_bucket: str) -> None:
    (one, key), (other, other_key) = registered(project), registered(project)
    s3_root.delete_object(Bucket=project_bucket, Key=key)
    s3_root.delete_objects(Bucket=project_bucket, Delete={"Objects": [{"Key": other_key}]})
    for file_id in (one, other):
        assert project.get(FILE, file=file_id).status_code == 404
        assert project.get(FILE + "/download", file=file_id).status_code == 404


def test_a_file_whose_object_gets_other_content_is_no_file_any_more(
    s3_root: BaseClient, project: Person, project_bucket: str
) -> None:
    file_id, key = registered(project)
    s3_root.put_object(Bucket=project_bucket, Key=key, Body=b"other")
    assert project.get(FILE, file=file_id).status_code == 404
    assert s3_root.get_object(Bucket=project_bucket, Key=key)["Body"].read() == b"other"


def test_a_file_stays_one_when_only_the_metadata_of_its_object_change(
    s3_root: BaseClient, project: Person, project_bucket: str
) -> None:
    file_id, key = registered(project, b"same")
    s3_root.copy_object(
        Bucket=project_bucket,
        Key=key,
        CopySource={"Bucket": project_bucket, "Key": key},
        MetadataDirective="REPLACE",
        Metadata={"mtime": "1"},
    )
    assert s3_root.head_object(Bucket=project_bucket, Key=key)["Metadata"] == {"mtime": "1"}
    assert project.get(FILE + "/download", file=file_id).content == b"same"
    assert project.delete(FILE, file=file_id).status_code == 204


@pytest.mark.parametrize("by_s3", [True, False])
def test_a_copy_outlives_the_file(s3_root: BaseClient, project: Person, project_bucket: str, by_s3: bool) -> None:
    file_id, key = registered(project, b"copied")
    copy = f"copy-{uuid.uuid4().hex}"
    s3_root.copy_object(Bucket=project_bucket, Key=copy, CopySource={"Bucket": project_bucket, "Key": key})
    if by_s3:
        s3_root.delete_object(Bucket=project_bucket, Key=key)
    else:
        project.delete(FILE, file=file_id).raise_for_status()
    assert s3_root.get_object(Bucket=project_bucket, Key=copy)["Body"].read() == b"copied"


def test_objects_of_clients_are_no_files(s3_root: BaseClient, project: Person, project_bucket: str) -> None:
    s3_root.put_object(Bucket=project_bucket, Key="mine.csv", Body=b"mine")
    names = [file["name"] for file in project.get("/projects/{p}/files").json()["files"]]
    assert "mine.csv" not in names
