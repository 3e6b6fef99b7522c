"""Buckets over HTTP: whose they are, what they may be called, and when they go."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.cast import Person, Server
from tests.live_server import ADMIN_KEY
from tests.s3_cast import SignedHttp, boto_client, code_of


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """Empty, or the code of the error."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def new_name() -> str:
    return f"test-{uuid.uuid4().hex[:16]}"


def names(client: BaseClient, **asked: Any) -> list[str]:
    return [entry["Name"] for entry in client.list_buckets(**asked)["Buckets"]]


@pytest.fixture
def bare_client(admin: Person, root_endpoint: str) -> Callable[..., BaseClient]:
    """Makes clients of fresh credentials without a project: each owns what it makes."""

    def call(**fields: Any) -> BaseClient:
        made = admin.post("/s3-credentials", json=fields).json()
        return boto_client(root_endpoint, (made["access_key_id"], made["secret_access_key"]))

    return call


@pytest.fixture
def project_client(alice: Person, root_endpoint: str) -> Callable[..., BaseClient]:
    """Makes clients of fresh credentials of Alice's project."""

    def call(**fields: Any) -> BaseClient:
        made = alice.post("/projects/{p}/s3-credentials", json=fields).json()
        return boto_client(root_endpoint, (made["access_key_id"], made["secret_access_key"]))

    return call


@contextmanager
def made_bucket(client: BaseClient, name: str | None = None) -> Iterator[str]:
    name = name or new_name()
    client.create_bucket(Bucket=name)
    yield name
    client.delete_bucket(Bucket=name)


# Create, head, delete.


def test_a_bucket_is_made_seen_and_deleted_once(s3_root: BaseClient) -> None:
    name = new_name()
    reply = s3_root.create_bucket(Bucket=name)
    assert reply["Location"] == f"/{name}"
    head = s3_root.head_bucket(Bucket=name)
    assert head["BucketRegion"] == "local"
    assert name in names(s3_root)
    s3_root.delete_bucket(Bucket=name)
    assert name not in names(s3_root)
    assert refused(s3_root.delete_bucket, Bucket=name) == (404, "NoSuchBucket")
    assert refused(s3_root.head_bucket, Bucket=name) == (404, "404")
    assert refused(s3_root.put_object, Bucket=name, Key="a", Body=b"") == (404, "NoSuchBucket")
    assert refused(s3_root.delete_object, Bucket=name, Key="a") == (404, "NoSuchBucket")


def test_making_it_again_keeps_what_is_in_it(s3_root: BaseClient, bucket: str) -> None:
    s3_root.put_object(Bucket=bucket, Key="a", Body=b"abc")
    s3_root.create_bucket(Bucket=bucket)
    assert s3_root.get_object(Bucket=bucket, Key="a")["Body"].read() == b"abc"


def test_a_bucket_with_an_object_or_an_open_upload_stays(s3_root: BaseClient, bucket: str) -> None:
    s3_root.put_object(Bucket=bucket, Key="a", Body=b"abc")
    assert refused(s3_root.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    s3_root.delete_object(Bucket=bucket, Key="a")
    upload = s3_root.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    assert refused(s3_root.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    s3_root.abort_multipart_upload(Bucket=bucket, Key="a", UploadId=upload)
    s3_root.delete_bucket(Bucket=bucket)
    s3_root.create_bucket(Bucket=bucket)


def test_a_completed_upload_does_not_keep_a_bucket(s3_root: BaseClient) -> None:
    with made_bucket(s3_root) as name:
        upload = s3_root.create_multipart_upload(Bucket=name, Key="a")["UploadId"]
        part = s3_root.upload_part(Bucket=name, Key="a", UploadId=upload, PartNumber=1, Body=b"abc")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3_root.complete_multipart_upload(Bucket=name, Key="a", UploadId=upload, MultipartUpload=parts)
        s3_root.delete_object(Bucket=name, Key="a")


@pytest.mark.parametrize(
    "name",
    ["aaa", "a" * 63, "0aa", "aa0", "a.b.c", "a-b", "a--b", "1-2-3", "1.2.3", "1.2.3.4.5"],
)
def test_names_that_a_host_may_have_are_good(s3_root: BaseClient, raw_root: SignedHttp, name: str) -> None:
    answer = raw_root.put(name)
    assert answer.status_code == 200
    s3_root.delete_bucket(Bucket=name)


@pytest.mark.parametrize(
    "name",
    [
        "aa", "a" * 64, "a" * 300, "Aaa", "aAa", "aa_a", "_aaa", "-aaa", "aaa-", ".aaa", "aaa.", "a..b", "a.-b", "a-.b",
        "192.168.5.4", "999.1.1.1", "aä0", "a a", "a!a", "project_no-such", "*",
    ],
)  # fmt: skip
def test_other_names_are_refused(raw_root: SignedHttp, name: str) -> None:
    assert code_of(raw_root.put(name)) == (400, "InvalidBucketName")


@pytest.mark.parametrize("acl", ["private", "public-read", "bucket-owner-full-control"])
def test_access_lists_are_ignored_unless_nobody_knows_them(raw_root: SignedHttp, s3_root: BaseClient, acl: str) -> None:
    name = new_name()
    assert raw_root.put(name, headers={"x-amz-acl": acl, "x-amz-grant-read": "id=x"}).status_code == 200
    s3_root.delete_bucket(Bucket=name)
    assert code_of(raw_root.put(name, headers={"x-amz-acl": "public-ready"})) == (400, "InvalidArgument")


def test_a_bucket_is_never_made_with_locks(raw_root: SignedHttp) -> None:
    headers = {"x-amz-bucket-object-lock-enabled": "true"}
    assert code_of(raw_root.put(new_name(), headers=headers)) == (501, "NotImplemented")


def test_the_region_may_be_named_if_it_is_this_one(s3_root: BaseClient, raw_root: SignedHttp) -> None:
    name = new_name()
    s3_root.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "local"})
    assert s3_root.get_bucket_location(Bucket=name)["LocationConstraint"] == "local"
    s3_root.delete_bucket(Bucket=name)
    elsewhere = {"LocationConstraint": "eu-west-1"}
    assert refused(s3_root.create_bucket, Bucket=name, CreateBucketConfiguration=elsewhere) == (
        400,
        "InvalidLocationConstraint",
    )
    for bad in (b"<Other/>", b"no", b"<!DOCTYPE a><CreateBucketConfiguration/>"):
        assert code_of(raw_root.put(name, content=bad)) == (400, "MalformedXML")


def test_the_location_is_a_text_in_the_root(raw_root: SignedHttp, raw_contract: SignedHttp, bucket: str) -> None:
    location = b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">local</LocationConstraint>'
    assert raw_root.get(bucket, query="location").content.endswith(location)
    assert raw_contract.get(bucket, query="location").content.endswith(
        b"<LocationConstraint>local</LocationConstraint>"
    )
    assert code_of(raw_root.get("no-such-bucket-1", query="location")) == (404, "NoSuchBucket")


# Whose it is.


def test_a_credential_without_a_project_sees_its_own_buckets_only(
    bare_client: Callable[..., BaseClient], s3_root: BaseClient, bucket: str
) -> None:
    main, other = bare_client(), bare_client()
    assert names(main) == []
    with made_bucket(main) as name:
        assert names(main) == [name]
        assert names(other) == []
        assert name in names(s3_root)
        assert refused(other.create_bucket, Bucket=name) == (409, "BucketAlreadyExists")
        assert refused(other.delete_bucket, Bucket=name) == (403, "AccessDenied")
        assert refused(main.create_bucket, Bucket=bucket) == (409, "BucketAlreadyExists")
        owner = main.list_buckets()["Owner"]["ID"]
        assert main.get_bucket_acl(Bucket=name)["Owner"]["ID"] == owner
        assert other.list_buckets()["Owner"]["ID"] != owner


def test_a_project_sees_its_own_bucket_before_anything_is_in_it(
    project_client: Callable[..., BaseClient], alice: Person, carol: Person, s3_root: BaseClient
) -> None:
    client, builtin = project_client(), f"project_{alice.project_id}"
    assert names(client) == [builtin]
    with made_bucket(client) as name:
        assert sorted(names(client)) == sorted([builtin, name])
    everybodys = names(s3_root)
    assert {builtin, f"project_{carol.project_id}"} <= set(everybodys)
    assert everybodys == sorted(everybodys)


def test_the_bucket_of_a_project_can_neither_be_made_nor_deleted(
    project_client: Callable[..., BaseClient],
    bare_client: Callable[..., BaseClient],
    alice: Person,
    s3_root: BaseClient,
) -> None:
    client = project_client()
    for spelled in (f"project_{alice.project_id}", alice.project_id):
        assert client.create_bucket(Bucket=spelled)["Location"] == f"/{spelled}"
        client.head_bucket(Bucket=spelled)
        assert refused(client.delete_bucket, Bucket=spelled) == (403, "AccessDenied")
        assert refused(s3_root.delete_bucket, Bucket=spelled) == (403, "AccessDenied")
        assert refused(bare_client().create_bucket, Bucket=spelled) == (409, "BucketAlreadyExists")


def test_another_projects_bucket_is_closed(
    project_client: Callable[..., BaseClient], carol: Person, s3_root: BaseClient, bucket: str
) -> None:
    client = project_client()
    for name in (bucket, f"project_{carol.project_id}", carol.project_id):
        assert refused(client.head_bucket, Bucket=name) == (403, "403")
        assert refused(client.list_objects_v2, Bucket=name) == (403, "AccessDenied")
        assert refused(client.list_objects, Bucket=name) == (403, "AccessDenied")
        assert refused(client.list_object_versions, Bucket=name) == (403, "AccessDenied")
        assert refused(client.get_bucket_location, Bucket=name) == (403, "AccessDenied")
        assert refused(client.get_bucket_acl, Bucket=name) == (403, "AccessDenied")
        assert refused(client.delete_bucket, Bucket=name) == (403, "AccessDenied")
        assert refused(client.create_bucket, Bucket=name) == (409, "BucketAlreadyExists")


def test_who_only_reads_makes_and_deletes_nothing(project_client: Callable[..., BaseClient], alice: Person) -> None:
    writer, reader = project_client(), project_client(read_only=True)
    with made_bucket(writer) as name:
        assert refused(reader.create_bucket, Bucket=new_name()) == (403, "AccessDenied")
        assert refused(reader.delete_bucket, Bucket=name) == (403, "AccessDenied")
        assert refused(reader.put_bucket_acl, Bucket=name, ACL="private") == (403, "AccessDenied")
        reader.create_bucket(Bucket=name)
        assert name in names(reader)


def test_who_is_kept_to_a_prefix_lists_nothing_else(project_client: Callable[..., BaseClient], alice: Person) -> None:
    writer, kept = project_client(), project_client(key_prefix="mine/")
    bucket = f"project_{alice.project_id}"
    for key in ("mine/a", "mine/b/c", "other/a", "min"):
        writer.put_object(Bucket=bucket, Key=key, Body=b"")
    for call in (kept.list_objects, kept.list_objects_v2, kept.list_object_versions):
        for prefix in ("", "m", "mine", "other/", "/mine/"):
            assert refused(call, Bucket=bucket, Prefix=prefix) == (403, "AccessDenied")
    for start in ("", "a", "mine/", "z"):
        reply = kept.list_objects_v2(Bucket=bucket, Prefix="mine/", StartAfter=start)
        assert {entry["Key"] for entry in reply.get("Contents", [])} <= {"mine/a", "mine/b/c"}
    assert refused(kept.create_bucket, Bucket=new_name()) == (403, "AccessDenied")


# Lists of buckets.


def test_the_list_of_buckets_is_paged(bare_client: Callable[..., BaseClient]) -> None:
    client = bare_client()
    start = new_name()
    made = [f"{start}-{letter}" for letter in "abc"]
    for name in made:
        client.create_bucket(Bucket=name)
    first = client.list_buckets(MaxBuckets=2)
    assert [entry["Name"] for entry in first["Buckets"]] == made[:2]
    assert {entry["BucketRegion"] for entry in first["Buckets"]} == {"local"}
    rest = client.list_buckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [entry["Name"] for entry in rest["Buckets"]] == made[2:]
    assert "ContinuationToken" not in rest
    assert names(client, Prefix=f"{start}-b") == [made[1]]
    assert client.list_buckets(Prefix=f"{start}-b")["Prefix"] == f"{start}-b"
    assert refused(client.list_buckets, ContinuationToken="made up") == (400, "InvalidArgument")
    for name in made:
        client.delete_bucket(Bucket=name)


def test_the_list_of_buckets_is_refused_to_strangers(root_endpoint: str) -> None:
    bad_secret = boto_client(root_endpoint, ("duckdb", "wrong"))
    assert refused(bad_secret.list_buckets) == (403, "SignatureDoesNotMatch")
    unknown = boto_client(root_endpoint, ("KB" + "A" * 18, "wrong"))
    assert refused(unknown.list_buckets) == (403, "InvalidAccessKeyId")
    assert refused(unknown.head_bucket, Bucket="no-such-bucket-1") == (403, "403")


@pytest.mark.parametrize("path", ["", "/"])
def test_buckets_are_listed_under_s3_too(
    server: Server, raw_contract: SignedHttp, project_bucket: str, path: str
) -> None:
    signed = raw_contract.get("") if path else None
    key = {"Authorization": f"Bearer {ADMIN_KEY}"}
    answer = signed or server.http.get(f"/s3{path}", headers=key)
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "ListAllMyBucketsResult"
    assert project_bucket in [entry.findtext("Name") for entry in root.findall("Buckets/Bucket")]


@pytest.mark.parametrize("query", ["max-buckets=0", "max-buckets=x", "max-buckets=-1"])
def test_a_page_of_buckets_holds_one_at_least(raw_root: SignedHttp, query: str) -> None:
    assert code_of(raw_root.get("", query=query)) == (400, "InvalidArgument")


def test_clients_under_s3_find_their_bucket_before_they_write(
    s3_contract: BaseClient, project: Person, project_bucket: str
) -> None:
    for spelled in (project_bucket, project.project_id):
        assert s3_contract.head_bucket(Bucket=spelled)["BucketRegion"] == "local"
        assert s3_contract.create_bucket(Bucket=spelled)["Location"] == f"/{spelled}"
        assert s3_contract.get_bucket_location(Bucket=spelled)["LocationConstraint"] == "local"
        assert refused(s3_contract.delete_bucket, Bucket=spelled)[0] == 403
    assert refused(s3_contract.head_bucket, Bucket="no-such-bucket-1") == (404, "404")


# At the same time.


def test_a_bucket_that_is_deleted_while_somebody_writes_loses_nothing(s3_root: BaseClient, root_endpoint: str) -> None:
    writer = boto_client(root_endpoint)

    def write(name: str) -> str:
        return outcome(writer.put_object, Bucket=name, Key="a", Body=b"abc")

    def delete(name: str) -> str:
        return outcome(s3_root.delete_bucket, Bucket=name)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            name = new_name()
            s3_root.create_bucket(Bucket=name)
            written, deleted = pool.submit(write, name), pool.submit(delete, name)
            assert (written.result(), deleted.result()) in (("", "BucketNotEmpty"), ("NoSuchBucket", ""))
            if not written.result():
                assert s3_root.get_object(Bucket=name, Key="a")["Body"].read() == b"abc"
                s3_root.delete_object(Bucket=name, Key="a")
                s3_root.delete_bucket(Bucket=name)
            else:
                assert refused(s3_root.head_bucket, Bucket=name) == (404, "404")


def test_of_many_who_want_a_name_one_gets_it(bare_client: Callable[..., BaseClient]) -> None:
    clients = [bare_client() for _ in range(4)]
    name = new_name()

    def make(client: BaseClient) -> str:
        return outcome(client.create_bucket, Bucket=name)

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(make, clients))
    assert sorted(got) == ["", *["BucketAlreadyExists"] * 3]
    owner = clients[got.index("")]
    assert names(owner) == [name]
    owner.delete_bucket(Bucket=name)


def test_who_made_and_deleted_a_bucket_is_on_record(project_client: Callable[..., BaseClient], alice: Person) -> None:
    client = project_client()
    access_key_id = client._request_signer._credentials.access_key
    with made_bucket(client) as name:
        client.create_bucket(Bucket=name)
    events = alice.get("/projects/{p}/operations").json()["operations"]
    recorded = [
        (event["command"], event["resource_id"], event["status"], event["actor"])
        for event in reversed(events)
        if event["resource_type"] == "object_bucket"
    ]
    assert recorded == [
        ("create_object_bucket", name, "success", access_key_id),
        ("delete_object_bucket", name, "success", access_key_id),
    ]
