"""A server that dies by SIGKILL while an object is made leaves the old one or the new one, and no byte for ever."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from tests.live_server import LiveServer, manage
from tests.s3_cast import boto_client

pytestmark = pytest.mark.skipif(
    "KBSTORE_TEST_POSTGRES" in os.environ, reason="each test begins with a copy of a data directory, catalog included"
)
BUCKET, KEY = "crash", "dir/key"
PART = bytes(5 << 20)
OLD, NEW, COPIED = b"old", PART + b"end", b"source"
#: Ends what a real janitor would wait an hour for, and says what is left.
REAP = """
import json
from files.models import Content
from files.services.objects.content_store import pieces_of
from files.services.objects.find_lost import find_lost_objects
from files.services.objects.reap_contents import reap_contents
reap_contents(grace_seconds=0)
named = sorted(path for content in Content.objects.all() for path, _ in pieces_of(content))
print(json.dumps({"named": named, "lost": [found.key for found in find_lost_objects()]}))
"""


@dataclass(frozen=True)
class Template:
    """A data directory, its server stopped: one object under the key, a source, and an upload with three parts."""

    data_dir: Path
    upload_id: str
    etags: dict[int, str]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    data_dir = tmp_path_factory.mktemp("crash-objects") / "data"
    with LiveServer(data_dir) as server:
        client = client_of(server)
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key=KEY, Body=OLD)
        client.put_object(Bucket=BUCKET, Key="source", Body=COPIED)
        upload_id = client.create_multipart_upload(Bucket=BUCKET, Key=KEY)["UploadId"]
        etags = {
            number: client.upload_part(Bucket=BUCKET, Key=KEY, UploadId=upload_id, PartNumber=number, Body=body)["ETag"]
            for number, body in ((1, PART), (2, b"end"), (3, b"not named"))
        }
        assert server.terminate() == 0
    return Template(data_dir, upload_id, etags)


def client_of(server: LiveServer) -> BaseClient:
    return boto_client(f"http://127.0.0.1:{server.s3_port}")


Action = Callable[[BaseClient, Template], object]


def complete(client: BaseClient, template: Template) -> object:
    parts = [{"PartNumber": number, "ETag": template.etags[number]} for number in (1, 2)]
    return client.complete_multipart_upload(
        Bucket=BUCKET, Key=KEY, UploadId=template.upload_id, MultipartUpload={"Parts": parts}
    )


def copy(client: BaseClient, _: Template) -> object:
    return client.copy_object(Bucket=BUCKET, Key=KEY, CopySource={"Bucket": BUCKET, "Key": "source"})


def send_part(client: BaseClient, template: Template) -> object:
    return client.upload_part(Bucket=BUCKET, Key=KEY, UploadId=template.upload_id, PartNumber=2, Body=b"end")


def copy_part(client: BaseClient, template: Template) -> object:
    return client.upload_part_copy(
        Bucket=BUCKET,
        Key=KEY,
        UploadId=template.upload_id,
        PartNumber=2,
        CopySource={"Bucket": BUCKET, "Key": "source"},
    )


@pytest.mark.parametrize(
    ("action", "point", "expected", "repeated"),
    [
        (complete, "upload.before_commit", OLD, NEW),
        (complete, "upload.committed", NEW, NEW),
        (copy, "copy.before_commit", OLD, COPIED),
        (copy, "copy.committed", COPIED, COPIED),
        (send_part, "content.written", OLD, OLD),
        (send_part, "content.synced", OLD, OLD),
        (send_part, "part.before_commit", OLD, OLD),
        (copy_part, "part_copy.copied", OLD, OLD),
        (copy_part, "part.before_commit", OLD, OLD),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_a_crash_at_any_step_leaves_the_old_object_or_the_new_one(
    template: Template, tmp_path: Path, action: Action, point: str, expected: bytes, repeated: bytes
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(template.data_dir, data_dir, symlinks=True)
    with LiveServer(data_dir, KBSTORE_FAULT_POINT=point) as server:
        with pytest.raises((BotoCoreError, ClientError)):
            action(client_of(server), template)
        assert server.wait_until_dead() == -9
    with LiveServer(data_dir) as server:
        client = client_of(server)
        assert client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == expected
        action(client, template)
        assert client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == repeated
        assert server.terminate() == 0
    assert_nothing_is_left_over(data_dir)


def assert_nothing_is_left_over(data_dir: Path) -> None:
    """Every byte has a name and every name its bytes."""
    report = manage(data_dir, "shell", "-v", "0", "-c", REAP)
    assert report.returncode == 0, report.stderr
    found = json.loads(report.stdout.splitlines()[-1])
    files = data_dir / "files"
    there = sorted(str(path.relative_to(files)) for path in files.rglob("*") if path.is_file())
    assert (there, found["lost"]) == (found["named"], [])
    assert not list((data_dir / "_uploads").glob("*"))
    doctor = manage(data_dir, "doctor")
    assert doctor.returncode == 0, doctor.stdout
