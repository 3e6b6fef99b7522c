"""Tables are exported to objects of their project, and read back from there."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient

from tests.cast import TABLE, Person

EXPORT, IMPORT = TABLE + "/export", TABLE + "/import/file"
ROWS = 40_000


@pytest.fixture
def home(alice: Person) -> str:
    bucket = alice.make_bucket()
    for name in ("t", "again"):
        alice.make_table(bucket, name, {"a": "INTEGER", "b": "VARCHAR"})
    return f"project_{alice.project_id}"


@pytest.fixture
def large(alice: Person, home: str) -> str:
    text = "a,b\n" + "".join(f"{number},{number * 7919 % 1000003:0100}\n" for number in range(ROWS))
    alice.load(text, "t").raise_for_status()
    return home


def export(person: Person, url: str, **body: Any) -> httpx.Response:
    return person.post(EXPORT, bucket="in.c-sales", table="t", json={"target_url": url} | body)


def keys(client: BaseClient, bucket: str) -> list[str]:
    return [found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_one_object(s3_root: BaseClient, alice: Person, home: str) -> None:
    alice.load("a,b\n1,x\n", "t").raise_for_status()
    answer = export(alice, "s3://project/out/t.csv.gz", compression="gzip").json()
    assert answer["target_url"] == f"s3://{home}/out/t.csv.gz"
    assert answer["file_path"] == f"{home}/out/t.csv.gz"
    assert (answer["file_id"], answer["rows_exported"], answer["file_count"]) == (None, 1, 1)
    got = s3_root.get_object(Bucket=home, Key="out/t.csv.gz")
    assert got["ContentType"] == "text/csv"
    assert got["ContentLength"] == answer["file_size_bytes"]
    assert gzip.decompress(got["Body"].read()) == b"a,b\n1,x\n"


def test_it_replaces_what_is_there(s3_root: BaseClient, alice: Person, home: str) -> None:
    for content in (b"a,b\n1,x\n", b"a,b\n2,y\n"):
        alice.load(content, "t").raise_for_status()
        export(alice, f"s3://{home}/t.csv").raise_for_status()
        assert s3_root.get_object(Bucket=home, Key="t.csv")["Body"].read() == content


@pytest.mark.parametrize("order", [{"compression": "gzip"}, {"header": False}, {"format": "parquet"}])
@pytest.mark.parametrize("by", ["manifest", "prefix"])
def test_slices_with_a_manifest_read_back(
    s3_root: BaseClient, alice: Person, large: str, order: dict[str, Any], by: str
) -> None:
    answer = export(alice, f"s3://{large}/out/t-", max_file_size=1 << 20, order_by=["a"], **order).json()
    assert answer["target_url"] == f"s3://{large}/out/t-manifest"
    assert answer["rows_exported"] == ROWS
    manifest = json.loads(s3_root.get_object(Bucket=large, Key="out/t-manifest")["Body"].read())
    slices = [entry["url"].removeprefix(f"s3://{large}/") for entry in manifest["entries"]]
    assert [*slices, "out/t-manifest"] == [key for key in keys(s3_root, large) if key.startswith("out/")]
    assert len(slices) == answer["file_count"] >= 1
    assert slices[0].startswith("out/t-000000000000.")
    url = answer["target_url"] if by == "manifest" else f"s3://{large}/out/t-"
    body = {"source_url": url, "source_type": by, "format": order.get("format", "csv")}
    if "header" in order:
        body["csv_options"] = {"header": order["header"]}
    again = alice.post(IMPORT, bucket="in.c-sales", table="again", json=body)
    assert again.json()["imported_rows"] == ROWS


def test_an_export_of_no_rows_has_a_slice(s3_root: BaseClient, alice: Person, home: str) -> None:
    answer = export(alice, "s3://project/none/", max_file_size=1 << 20).json()
    assert (answer["rows_exported"], answer["file_count"]) == (0, 1)
    assert s3_root.get_object(Bucket=home, Key="none/000000000000.csv")["Body"].read() == b"a,b\n"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"target_url": "s3://project/"}, 400, "invalid_export_target"),
        ({"target_url": "s3://project/" + "k" * 1020}, 400, "invalid_export_target"),
        ({"target_url": "/tmp/x"}, 400, "invalid_object_url"),
        ({"target_url": "s3://project_of_others/x"}, 403, "object_bucket_not_allowed"),
        ({"target_url": "s3://project/x", "format": "xml"}, 400, "invalid_format"),
    ],
)
def test_refusals(alice: Person, home: str, body: dict[str, Any], status: int, code: str) -> None:
    reply = alice.post(EXPORT, bucket="in.c-sales", table="t", json=body)
    assert (reply.status_code, reply.json()["detail"]["error"]) == (status, code)


def test_other_projects_are_closed(s3_root: BaseClient, alice: Person, carol: Person, home: str) -> None:
    reply = export(alice, f"s3://project_{carol.project_id}/x")
    assert (reply.status_code, reply.json()["detail"]["error"]) == (403, "object_bucket_not_allowed")
    assert keys(s3_root, f"project_{carol.project_id}") == []


def test_as_a_job(s3_root: BaseClient, alice: Person, home: str) -> None:
    body = {"target_url": "s3://project/job.csv"}
    reply = alice.post(EXPORT, bucket="in.c-sales", table="t", json=body, headers={"Prefer": "respond-async"})
    job = alice.wait_for(reply.json()["id"])
    assert (job["state"], job["result"]["target_url"]) == ("success", f"s3://{home}/job.csv")
    assert keys(s3_root, home) == ["job.csv"]
