"""A server that dies by SIGKILL at any step of a PUT leaves the old object or the new one, whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import BotoCoreError

from tests.live_server import LiveServer
from tests.s3_cast import SignedHttp, boto_client

BUCKET, KEY = "crash-test", "k"
OLD, NEW = b"old", b"new" * (1 << 20)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one object, its server stopped."""
    data_dir = tmp_path_factory.mktemp("crash-put") / "data"
    with LiveServer(data_dir) as server:
        client = boto_client(f"http://127.0.0.1:{server.s3_port}")
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key=KEY, Body=OLD)
        assert server.terminate() == 0
    return data_dir


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ("content.written", OLD),
        ("content.synced", OLD),
        ("object.before_commit", OLD),
        ("object.committed", NEW),
    ],
)
def test_a_crash_at_any_step_leaves_the_old_object_or_the_new_one(
    template: Path, tmp_path: Path, point: str, expected: bytes
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(template, data_dir, symlinks=True)
    with LiveServer(data_dir, KBSTORE_FAULT_POINT=point) as server:
        raw = SignedHttp(f"http://127.0.0.1:{server.s3_port}")
        with pytest.raises((httpx.TransportError, BotoCoreError)):
            raw.put(f"{BUCKET}/{KEY}", content=NEW)
        raw.close()
        assert server.wait_until_dead() == -9

    with LiveServer(data_dir) as server:
        client = boto_client(f"http://127.0.0.1:{server.s3_port}")
        found = client.get_object(Bucket=BUCKET, Key=KEY)
        assert (found["Body"].read(), found["ContentLength"]) == (expected, len(expected))
        client.put_object(Bucket=BUCKET, Key=KEY, Body=b"after")
        assert client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"after"
        assert server.terminate() == 0
