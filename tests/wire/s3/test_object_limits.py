"""Sizes beyond what the settings allow, and what the server counts, on a server with settings of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.live_server import LiveServer, manage
from tests.s3_cast import boto_client
from tests.wire.s3.test_object_crash import REAP

BUCKET = "limits"
PART_BYTES, OBJECT_BYTES = 6 << 20, 8 << 20
GAUGE = "duckdb_s3_multipart_uploads_active"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    limits = {"S3_MAX_PUT_BYTES": str(PART_BYTES), "S3_MAX_OBJECT_BYTES": str(OBJECT_BYTES)}
    with LiveServer(tmp_path_factory.mktemp("limits") / "data", **limits) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: LiveServer) -> BaseClient:
    made = boto_client(f"http://127.0.0.1:{server.s3_port}")
    made.create_bucket(Bucket=BUCKET)
    return made


def code_of(info: pytest.ExceptionInfo[ClientError]) -> str:
    return str(info.value.response["Error"]["Code"])


def wait_for_open_uploads(server: LiveServer, expected: int) -> None:
    """Gauges are set anew once in a while."""
    deadline = time.monotonic() + 30
    with server.client() as http:
        while f"{GAUGE} {expected}.0" not in http.get("/metrics").text.splitlines():
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_parts_and_objects_have_a_greatest_size(server: LiveServer, client: BaseClient) -> None:
    upload_id = client.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    named = {"Bucket": BUCKET, "Key": "k", "UploadId": upload_id}
    with pytest.raises(ClientError) as info:
        client.upload_part(**named, PartNumber=1, Body=bytes(PART_BYTES + 1))
    assert code_of(info) == "EntityTooLarge"
    parts = [
        {"PartNumber": number, "ETag": client.upload_part(**named, PartNumber=number, Body=bytes(size))["ETag"]}
        for number, size in ((1, PART_BYTES), (2, OBJECT_BYTES - PART_BYTES), (3, 1))
    ]
    with pytest.raises(ClientError) as info:
        client.complete_multipart_upload(**named, MultipartUpload={"Parts": [parts[0], parts[2], parts[1]]})
    assert code_of(info) == "InvalidPartOrder"
    too_much = [parts[0], {**parts[0], "PartNumber": 4}]
    client.upload_part(**named, PartNumber=4, Body=bytes(PART_BYTES))
    with pytest.raises(ClientError) as info:
        client.complete_multipart_upload(**named, MultipartUpload={"Parts": too_much})
    assert code_of(info) == "EntityTooLarge"
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts[:2]})
    with pytest.raises(ClientError) as info:
        client.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "k"})
    assert code_of(info) == "InvalidRequest"
    wait_for_files(server, 2)


def wait_for_files(server: LiveServer, expected: int) -> None:
    """Bytes are removed beside the answer."""
    deadline = time.monotonic() + 20
    while len([path for path in (server.data_dir / "files" / "objects").rglob("*") if path.is_file()]) != expected:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_open_uploads_are_counted(server: LiveServer, client: BaseClient) -> None:
    open_now = len(client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))
    upload_id = client.create_multipart_upload(Bucket=BUCKET, Key="counted")["UploadId"]
    wait_for_open_uploads(server, open_now + 1)
    client.abort_multipart_upload(Bucket=BUCKET, Key="counted", UploadId=upload_id)
    wait_for_open_uploads(server, open_now)


def test_a_part_that_breaks_off_leaves_no_part(server: LiveServer, client: BaseClient) -> None:
    upload_id = client.create_multipart_upload(Bucket=BUCKET, Key="broken")["UploadId"]
    url = client.generate_presigned_url(
        "upload_part", {"Bucket": BUCKET, "Key": "broken", "UploadId": upload_id, "PartNumber": 1}
    )

    def half() -> Iterator[bytes]:
        yield bytes(1000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        httpx.put(url, content=half(), headers={"content-length": "5000"})
    assert "Parts" not in client.list_parts(Bucket=BUCKET, Key="broken", UploadId=upload_id)


def test_a_deleted_project_leaves_no_bytes(server: LiveServer, client: BaseClient) -> None:
    with server.client() as admin:
        admin.post("/projects", json={"id": "doomed"}).raise_for_status()
        bucket = "project_doomed"
        client.put_object(Bucket=bucket, Key="k", Body=b"x")
        client.put_object(Bucket=BUCKET, Key="kept", Body=b"kept")
        client.copy_object(Bucket=BUCKET, Key="copied", CopySource={"Bucket": bucket, "Key": "k"})
        upload_id = client.create_multipart_upload(Bucket=bucket, Key="open")["UploadId"]
        client.upload_part(Bucket=bucket, Key="open", UploadId=upload_id, PartNumber=1, Body=b"part")
        admin.delete("/projects/doomed").raise_for_status()
    reaped = manage(server.data_dir, "shell", "-v", "0", "-c", REAP)
    found = json.loads(reaped.stdout.splitlines()[-1])
    files = server.data_dir / "files"
    there = sorted(str(path.relative_to(files)) for path in files.rglob("*") if path.is_file())
    assert (there, found["lost"]) == (found["named"], [])
    assert client.get_object(Bucket=BUCKET, Key="copied")["Body"].read() == b"x"
