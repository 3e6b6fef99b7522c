"""Backups hold the bytes of objects: of whole ones, of those made of parts, and of uploads that are open."""

from __future__ import annotations

from pathlib import Path

from tests.live_server import LiveServer, manage
from tests.s3_cast import boto_client

BUCKET = "backed-up"
PART = bytes(5 << 20)


def test_objects_come_back_from_a_backup(tmp_path: Path) -> None:
    data_dir, backup, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    with LiveServer(data_dir) as server:
        client = boto_client(f"http://127.0.0.1:{server.s3_port}")
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="whole", Body=b"whole", Metadata={"a": "b"})
        client.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "whole"})
        uploads = {}
        for key in ("parts", "open"):
            upload_id = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
            bodies = {1: PART, 2: key.encode()}
            named = {"Bucket": BUCKET, "Key": key, "UploadId": upload_id}
            etags = [client.upload_part(**named, PartNumber=n, Body=body)["ETag"] for n, body in bodies.items()]
            parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
            uploads[key] = named | {"MultipartUpload": {"Parts": parts}}
        client.complete_multipart_upload(**uploads["parts"])
        done = manage(data_dir, "backup", str(backup))
        assert done.returncode == 0, done.stderr + done.stdout
        client.delete_object(Bucket=BUCKET, Key="whole")
    done = manage(restored, "restore", str(backup))
    assert done.returncode == 0, done.stderr + done.stdout
    with LiveServer(restored) as server:
        client = boto_client(f"http://127.0.0.1:{server.s3_port}")
        client.complete_multipart_upload(**uploads["open"])
        expected = {"whole": b"whole", "copy": b"whole", "parts": PART + b"parts", "open": PART + b"open"}
        for key, body in expected.items():
            assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
        assert client.head_object(Bucket=BUCKET, Key="copy")["Metadata"] == {"a": "b"}
        report = manage(restored, "doctor")
        assert report.returncode == 0, report.stdout
