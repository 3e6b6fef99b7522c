"""Tables are loaded from objects of their project: one, the slices of a manifest, or those below a prefix."""

from __future__ import annotations

import gzip
import io
import json
import uuid
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.client import BaseClient

from tests.cast import TABLE, Person

IMPORT = TABLE + "/import/file"
PREVIEW = TABLE + "/preview"
MIB = 1 << 20


@pytest.fixture
def home(alice: Person) -> str:
    alice.make_table(alice.make_bucket(), "t", {"a": "INTEGER", "b": "VARCHAR"})
    return f"project_{alice.project_id}"


def load(person: Person, url: str, **body: Any) -> httpx.Response:
    return person.post(IMPORT, bucket="in.c-sales", table="t", json={"source_url": url} | body)


def rows(person: Person) -> list[tuple[str, str]]:
    found = person.get(PREVIEW, bucket="in.c-sales", table="t", params={"limit": 1000}).json()["rows"]
    return [(row["a"], row["b"]) for row in found]


def put(client: BaseClient, home: str, key: str, body: bytes) -> str:
    client.put_object(Bucket=home, Key=key, Body=body)
    return f"s3://{home}/{key}"


def parquet(**columns: list[Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize("spelling", ["project_{id}", "{id}", "project"])
def test_one_object_under_every_name_of_the_bucket(
    s3_root: BaseClient, alice: Person, home: str, spelling: str
) -> None:
    put(s3_root, home, "in/a b+c%d.csv", b"a,b\n1,x\n")
    bucket = spelling.format(id=alice.project_id)
    reply = load(alice, f"s3://{bucket}/in/a b+c%d.csv")
    assert reply.status_code == 200, reply.text
    assert reply.json()["imported_rows"] == 1
    assert rows(alice) == [(1, "x")]


@pytest.mark.parametrize(
    ("content", "order"),
    [
        (gzip.compress(b"a,b\n1,x\n"), {}),
        (b"1|x\n", {"csv_options": {"delimiter": "|", "header": False}}),
        (parquet(a=[1], b=["x"]), {"format": "parquet"}),
    ],
    ids=["gzip", "dialect", "parquet"],
)
def test_formats(s3_root: BaseClient, alice: Person, home: str, content: bytes, order: dict[str, Any]) -> None:
    load(alice, put(s3_root, home, "data", content), **order).raise_for_status()
    assert rows(alice) == [(1, "x")]


def test_an_object_of_several_parts(s3_root: BaseClient, alice: Person, home: str) -> None:
    text = "a,b\n" + "".join(f"{number},{'x' * 1000}\n" for number in range(6000))
    first, last = text[: 5 * MIB].encode(), text[5 * MIB :].encode()
    upload = s3_root.create_multipart_upload(Bucket=home, Key="big.csv")["UploadId"]
    names = {"Bucket": home, "Key": "big.csv", "UploadId": upload}
    parts = [
        {"PartNumber": number, "ETag": s3_root.upload_part(**names, PartNumber=number, Body=part)["ETag"]}
        for number, part in enumerate((first, last), 1)
    ]
    s3_root.complete_multipart_upload(**names, MultipartUpload={"Parts": parts})
    assert load(alice, f"s3://{home}/big.csv").json()["imported_rows"] == 6000


def test_a_registered_file_is_addressed_by_its_path(alice: Person, home: str) -> None:
    file_id = alice.upload(b"a,b\n7,file\n")
    path = alice.get("/projects/{p}/files/{file}", file=file_id).json()["path"]
    load(alice, f"s3://{path}").raise_for_status()
    assert rows(alice) == [(7, "file")]


def test_slices_of_a_manifest(s3_root: BaseClient, alice: Person, home: str) -> None:
    urls = [put(s3_root, home, f"s/{number}.csv", f"a,b\n{number},x\n".encode()) for number in range(3)]
    entries = [
        {"url": urls[2], "mandatory": True},
        {"url": "0.csv"},
        {"url": "/s/1.csv", "mandatory": True},
        {"url": f"s3://{home}/s/missing.csv", "mandatory": False},
    ]
    manifest = put(s3_root, home, "s/manifest", json.dumps({"entries": entries}).encode())
    reply = load(alice, manifest, source_type="manifest").json()
    assert (reply["imported_rows"], rows(alice)) == (3, [(2, "x"), (0, "x"), (1, "x")])
    assert reply["warnings"] == [f"s3://{home}/s/missing.csv is missing and was left out."]


def test_a_manifest_without_entries_loads_no_rows(s3_root: BaseClient, alice: Person, home: str) -> None:
    alice.load("a,b\n1,x\n", "t").raise_for_status()
    manifest = put(s3_root, home, "manifest", b'{"entries": []}')
    assert load(alice, manifest, source_type="manifest").json()["table_rows_after"] == 0


def test_objects_below_a_prefix(s3_root: BaseClient, alice: Person, home: str) -> None:
    for key, body in {
        "p/": b"",
        "p/b.parquet": parquet(a=[2], b=["second"]),
        "p/a.parquet": parquet(a=[1], b=["first"]),
        "p/manifest": b"{}",
        "q": b"of somebody else",
    }.items():
        put(s3_root, home, key, body)
    load(alice, f"s3://{home}/p/", source_type="prefix", format="parquet").raise_for_status()
    assert rows(alice) == [(1, "first"), (2, "second")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no json", "it is not JSON"),
        (b"[]", 'it has to be an object with a list "entries"'),
        (b'{"entries": [{"uri": "x"}]}', 'entry 1 has no "url"'),
        (b'{"entries": [{"url": "https://example.org/x"}]}', "entry 1: Invalid URL of an object"),
        (b"[" * 100_000, "it is not JSON"),
    ],
    ids=["text", "list", "no url", "other scheme", "deep"],
)
def test_broken_manifests(s3_root: BaseClient, alice: Person, home: str, content: bytes, reason: str) -> None:
    reply = load(alice, put(s3_root, home, "manifest", content), source_type="manifest")
    assert (reply.status_code, reply.json()["detail"]["error"]) == (400, "invalid_manifest")
    assert reason in reply.json()["detail"]["message"]


def test_a_missing_mandatory_slice_fails_the_load(s3_root: BaseClient, alice: Person, home: str) -> None:
    alice.load("a,b\n1,x\n", "t").raise_for_status()
    manifest = put(s3_root, home, "manifest", b'{"entries": [{"url": "missing"}]}')
    reply = load(alice, manifest, source_type="manifest")
    assert (reply.status_code, reply.json()["detail"]["error"]) == (404, "object_not_found")
    assert rows(alice) == [(1, "x")]


def test_other_projects_are_closed_and_not_told_of(
    s3_root: BaseClient, alice: Person, carol: Person, home: str, bucket: str
) -> None:
    theirs = put(s3_root, f"project_{carol.project_id}", "secret.csv", b"a,b\n1,secret\n")
    ours = put(s3_root, home, "manifest", json.dumps({"entries": [{"url": theirs}]}).encode())
    shared = f"shared-{uuid.uuid4().hex}"
    s3_root.create_bucket(Bucket=shared)
    tries = [
        load(alice, theirs),
        load(alice, theirs, source_type="prefix"),
        load(alice, f"s3://{carol.project_id}/secret.csv"),
        load(alice, f"s3://{shared}/x"),
        load(alice, f"s3://project_{uuid.uuid4().hex}/x"),
        load(alice, ours, source_type="manifest"),
    ]
    assert {(reply.status_code, reply.json()["detail"]["error"]) for reply in tries} == {
        (403, "object_bucket_not_allowed")
    }
    assert rows(alice) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"source_url": "s3://project/missing"}, 404, "object_not_found"),
        ({"source_url": "s3://project/../../etc/passwd"}, 404, "object_not_found"),
        ({"source_url": "/etc/passwd"}, 400, "invalid_object_url"),
        ({"source_url": "file:///etc/passwd"}, 400, "invalid_object_url"),
        ({"source_url": "s3://project"}, 400, "invalid_object_url"),
        ({"source_url": "s3://project/x", "source_type": "glob"}, 400, "invalid_import_source"),
        ({"source_url": "s3://project/x", "file_id": "x"}, 400, "invalid_import_source"),
        ({"source_url": "s3://project/\0"}, 400, "invalid_object_url"),
        ({"source_url": None}, 422, "validation_error"),
    ],
)
def test_refusals(alice: Person, home: str, body: dict[str, Any], status: int, code: str) -> None:
    reply = alice.post(IMPORT, bucket="in.c-sales", table="t", json=body)
    assert reply.status_code == status, reply.text
    if status != 422:
        assert reply.json()["detail"]["error"] == code


def test_a_bad_object_is_named(s3_root: BaseClient, alice: Person, home: str) -> None:
    url = put(s3_root, home, "bad.csv", b"a,b\nno number,x\n")
    error = load(alice, url).json()["detail"]
    assert (error["error"], error["details"]["source_url"], error["details"]["line"]) == ("import_failed", url, 2)


def test_as_a_job(s3_root: BaseClient, alice: Person, home: str) -> None:
    url = put(s3_root, home, "job.csv", b"a,b\n1,x\n")
    body = {"source_url": url}
    reply = alice.post(IMPORT, bucket="in.c-sales", table="t", json=body, headers={"Prefer": "respond-async"})
    job = alice.wait_for(reply.json()["id"])
    assert (job["state"], job["bytes"], job["result"]["imported_rows"]) == ("success", 8, 1)
