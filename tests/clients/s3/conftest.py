"""A project with S3 credentials of its own, and both ways to it: the port of S3, and `/s3` on the main port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.cast import Server, new_project, start_server

REGION = "local"
BINARIES = Path(sys.executable).parent


@dataclass(frozen=True)
class Account:
    """What a client needs to know."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str

    def boto(self, **options: Any) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
            **options,
        )

    @property
    def environment(self) -> dict[str, str]:
        """For programs: no configuration of whoever runs the tests, nothing asked of the network."""
        return {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }


def run(program: str, *arguments: str | Path, environment: dict[str, str], home: Path) -> str:
    """What the program printed. Fails with what it said if it fails."""
    done = subprocess.run(
        [BINARIES / program, *arguments],
        env=environment | {"HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{program} {arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("s3-clients"), S3_ENABLED="true")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def account(s3_server: Server) -> Iterator[Account]:
    """At the port of S3."""
    with new_project(s3_server) as owner:
        reply = owner.post("/projects/{p}/s3-credentials", json={"description": "clients"})
        assert reply.status_code == 201, reply.text
        made = reply.json()
        yield Account(
            endpoint=f"http://127.0.0.1:{s3_server.s3_port}",
            bucket=f"project_{owner.project_id}",
            access_key=made["access_key_id"],
            secret_key=made["secret_access_key"],
        )


@pytest.fixture(scope="session")
def account_below(s3_server: Server, account: Account) -> Account:
    """At `/s3` of the main port."""
    return Account(f"{s3_server.url}/s3", account.bucket, account.access_key, account.secret_key)


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of files with awkward names and sizes."""
    root = tmp_path_factory.mktemp("tree")
    block = os.urandom(1 << 20)
    sizes = {
        "empty": 0,
        "one byte.bin": 1,
        "a b+c%d/e.txt": 100,
        "deep/er/and/deeper/ä ö ü.csv": 5000,
        "five.bin": 5 << 20,
        "twenty.bin": 20 << 20,
    }
    for name, size in sizes.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((block * (size // len(block) + 1))[:size])
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
