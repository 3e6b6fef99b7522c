"""S3 clients of both mounts, a project, and buckets to put objects into."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from botocore.client import BaseClient

from tests.cast import Person, Server, new_project
from tests.s3_cast import SignedHttp, boto_client, empty_bucket


@pytest.fixture(scope="session")
def project(server: Server) -> Iterator[Person]:
    """Owns a project; its bucket is `project_bucket`."""
    with new_project(server) as owner:
        yield owner


@pytest.fixture(scope="session")
def project_bucket(project: Person) -> str:
    """The built-in bucket of the project: all tests of a worker share it."""
    return f"project_{project.project_id}"


@pytest.fixture(scope="session")
def root_endpoint(server: Server) -> str:
    """Where the aws profile is served, at the root of a port."""
    return f"http://127.0.0.1:{server.s3_port}"


@pytest.fixture(scope="session")
def contract_endpoint(server: Server) -> str:
    """Where the contract profile is served."""
    return f"{server.url}/s3"


@pytest.fixture(scope="session")
def s3_root(root_endpoint: str) -> BaseClient:
    """boto3 with the global pair at the root."""
    return boto_client(root_endpoint)


@pytest.fixture(scope="session")
def s3_contract(contract_endpoint: str) -> BaseClient:
    """boto3 with the global pair under /s3."""
    return boto_client(contract_endpoint)


@pytest.fixture(scope="session")
def raw_root(root_endpoint: str) -> Iterator[SignedHttp]:
    """Signed requests with any headers, at the root."""
    client = SignedHttp(root_endpoint)
    yield client
    client.close()


@pytest.fixture(scope="session")
def raw_contract(contract_endpoint: str) -> Iterator[SignedHttp]:
    """Signed requests with any headers, under /s3."""
    client = SignedHttp(contract_endpoint)
    yield client
    client.close()


@pytest.fixture
def bucket(s3_root: BaseClient) -> Iterator[str]:
    """An empty bucket of the test's own."""
    name = f"test-{uuid.uuid4().hex[:16]}"
    s3_root.create_bucket(Bucket=name)
    yield name
    empty_bucket(s3_root, name)
    s3_root.delete_bucket(Bucket=name)
